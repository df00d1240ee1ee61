/* Tests and three-valued logic, as the value of a rule. */

#include "core_facts.h"


static void
test_tests_of_values_come_out(void **state)
{
    static const struct {
        const char *condition, *attribute;
        bool holds;
    } cases[] = {
        { "true", NULL, true },
        { "not true", NULL, false },
        { "has a", "a=1", true },
        { "has a", "a=", false },
        { "has a", NULL, false },
        { "not has a", NULL, true },
        { "a = 'x'", "a=x", true },
        { "a = 'x'", "a=y", false },
        { "a = 'x'", "a=xx", false },
        { "a = 'xx'", "a=x", false },
        { "a = 'x'", "a=X", false },
        { "a = 'x'", NULL, false },
        { "a = 'x'", "a=", false },
        { "a != 'x'", "a=y", true },
        { "a != 'x'", "a=x", false },
        { "a != 'x'", NULL, false },
        { "not a = 'x'", NULL, true },
        { "a = '5'", "a=5", true },
        { "a = '5'", "a=5.0", false },
        { "a = 5", "a=5", true },
        { "a = 5", "a=5.0", true },
        { "a = 5", "a=005", true },
        { "a = 5", "a=6", false },
        { "a = 5", "a=5x", false },
        { "a = 5", "a= 5", false },
        { "a = 5", "a=abc", false },
        { "a = 5", NULL, false },
        { "a != 5", "a=6", true },
        { "a != 5", "a=5.00", false },
        { "a != 5", "a=abc", false },
        { "a != 5", NULL, false },
        { "a = -0", "a=0", true },
        { "a = 12345678901234567890", "a=12345678901234567891", false },
        { "a = 1.2.3.4", "a=1.2.3.4", true },
        { "a = 1.2.3.4", "a=::ffff:1.2.3.4", true },
        { "a = ::ffff:1.2.3.4", "a=1.2.3.4", true },
        { "a = 1.2.3.4", "a=1.2.3.5", false },
        { "a = 1.2.3.4", "a=01.2.3.4", false },
        { "a = 10.0.0.0/8", "a=10.1.2.3", true },
        { "a = 10.0.0.0/8", "a=11.1.2.3", false },
        { "a = 10.0.0.0/8", "a=10.0.0.0/8", false },
        { "a != 10.0.0.0/8", "a=11.1.2.3", true },
        { "a != 10.0.0.0/8", "a=10.1.2.3", false },
        { "a != 10.0.0.0/8", "a=unknown", false },
        { "a != 10.0.0.0/8", NULL, false },
        { "a = 2001:db8::/32", "a=2001:DB8::7", true },
        { "a in @yes", "a=1", true },
        { "a in @empty", "a=1", false },
        { "a in @yes", NULL, false },
        { "a in @yes", "a=", false },
        { "a not in @yes", "a=1", false },
        { "a not in @empty", "a=1", true },
        { "a not in @empty", NULL, false },
        { "not a in @empty", NULL, true },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { cases[i].attribute },
            .answers = { { "yes", GRAY_YES } } };
        gray_decision_t decision = decide(release, &facts);

        if (decision.variant != cases[i].holds) {
            fail_msg("%s with %s", cases[i].condition, cases[i].attribute);
        }

        assert_int_equal(decision.rule, cases[i].holds ? 0 : -1);
        assert_false(decision.pending);
        gray_release_free(release);
    }
}


/* T is true, F false, U unknown (the store), P pending. A rule that gives
 * gray: true is gray; false is the default; unknown is the default with an
 * error. `pending` is what is asked. */
static void
test_logic_follows_kleene_and_asks_only_what_could_matter(void **state)
{
    static const struct {
        const char *condition;
        char value;
        unsigned pending;
    } cases[] = {
        { "x in @T", 'T', 0 },
        { "x in @F", 'F', 0 },
        { "x in @U", 'U', 0 },
        { "x in @P", 'U', 1 },
        { "x not in @T", 'F', 0 },
        { "x not in @F", 'T', 0 },
        { "x not in @U", 'U', 0 },
        { "x not in @P", 'U', 1 },
        { "not x in @T", 'F', 0 },
        { "not x in @F", 'T', 0 },
        { "not x in @U", 'U', 0 },
        { "not x in @P", 'U', 1 },

        { "x in @T and x in @T", 'T', 0 },
        { "x in @T and x in @F", 'F', 0 },
        { "x in @T and x in @U", 'U', 0 },
        { "x in @F and x in @T", 'F', 0 },
        { "x in @F and x in @F", 'F', 0 },
        { "x in @F and x in @U", 'F', 0 },
        { "x in @U and x in @T", 'U', 0 },
        { "x in @U and x in @F", 'F', 0 },
        { "x in @U and x in @U", 'U', 0 },

        { "x in @T or x in @T", 'T', 0 },
        { "x in @T or x in @F", 'T', 0 },
        { "x in @T or x in @U", 'T', 0 },
        { "x in @F or x in @T", 'T', 0 },
        { "x in @F or x in @F", 'F', 0 },
        { "x in @F or x in @U", 'U', 0 },
        { "x in @U or x in @T", 'T', 0 },
        { "x in @U or x in @F", 'U', 0 },
        { "x in @U or x in @U", 'U', 0 },

        { "x in @T and x in @P", 'U', 1 },
        { "x in @P and x in @T", 'U', 1 },
        { "x in @F and x in @P", 'F', 0 },
        { "x in @P and x in @F", 'F', 0 },
        { "x in @U and x in @P", 'U', 1 },
        { "x in @P and x in @U", 'U', 1 },
        { "x in @T or x in @P", 'T', 0 },
        { "x in @P or x in @T", 'T', 0 },
        { "x in @F or x in @P", 'U', 1 },
        { "x in @P or x in @F", 'U', 1 },
        { "x in @U or x in @P", 'U', 1 },
        { "x in @P or x in @P2", 'U', 2 },
        { "x in @P and x in @P2", 'U', 2 },
        { "x in @P and x in @P2 and x in @P3", 'U', 3 },
        { "x in @P and x in @P2 and x in @F", 'F', 0 },
        { "x in @P or x in @P2 or x in @T", 'T', 0 },

        { "x in @P and x in @P", 'U', 1 },
        { "x in @P and y in @P", 'U', 2 },
        { "x in @P and gone in @P2", 'F', 0 },
        { "x in @P or gone in @P2", 'U', 1 },

        { "x in @P or (x in @P2 and x in @F)", 'U', 1 },
        { "(x in @P2 and x in @F) or x in @P", 'U', 1 },
        { "x in @P and (x in @P2 or x in @T)", 'U', 1 },
        { "(x in @P2 or x in @T) and x in @P", 'U', 1 },
        { "x in @P or (x in @P and x in @F)", 'U', 1 },
        { "(x in @P and x in @F) or x in @P", 'U', 1 },
        { "not (x in @P and x in @F)", 'T', 0 },
        { "not (x in @P or x in @T)", 'F', 0 },
        { "not (x in @P or x in @P2)", 'U', 2 },
        { "not (x in @U or x in @F)", 'U', 0 },
        { "not (x in @U and x in @F)", 'T', 0 },
        { "(x in @U or x in @P) and (x in @F or x in @T)", 'U', 1 },
        { "(x in @U or x in @P) and (x in @F and x in @P2)", 'F', 0 },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { "x=1", "y=2" },
            .answers = { { "T", GRAY_YES }, { "U", GRAY_UNKNOWN_STORE },
                { "P", GRAY_PENDING }, { "P2", GRAY_PENDING },
                { "P3", GRAY_PENDING } } };
        gray_decision_t d = decide(release, &facts);
        char value = d.reason == GRAY_REASON_TARGETING_MATCH ? 'T'
                     : d.reason == GRAY_REASON_ERROR         ? 'U'
                                                             : 'F';

        if (value != cases[i].value || d.ntests != cases[i].pending
            || d.pending != (d.ntests > 0) || d.skipped != (value == 'U'))
        {
            fail_msg("%s: %c, %u pending", cases[i].condition, value, d.ntests);
        }

        gray_release_free(release);
    }
}


static void
test_the_cause_is_the_first_doubt_that_mattered(void **state)
{
    static const struct {
        const char *condition, *reason;
    } cases[] = {
        { "x in @store", "error:store" },
        { "x in @live", "error:live:live" },
        { "x in @early", "error:early:early" },
        { "x in @gone", "error:list:gone" },
        { "x in @waits", "error:live:waits" },
        { "x in @live or x in @store", "error:live:live" },
        { "(x in @live and x in @F) or x in @early", "error:early:early" },
        { "x in @store or (x in @live and x in @F)", "error:store" },
        { "not (x in @live and x in @F) and x in @gone", "error:list:gone" },
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_release_t *release = release_of(cases[i].condition);
        facts_t facts = { .attributes = { "x=1" },
            .answers = { { "store", GRAY_UNKNOWN_STORE },
                { "live", GRAY_UNKNOWN_LIVE }, { "early", GRAY_UNKNOWN_EARLY },
                { "gone", GRAY_UNKNOWN_LIST }, { "waits", GRAY_PENDING } } };
        gray_decision_t decision = decide(release, &facts);

        assert_decision(release, &decision, "stable", cases[i].reason);
        gray_release_free(release);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tests_of_values_come_out),
        cmocka_unit_test(
            test_logic_follows_kleene_and_asks_only_what_could_matter),
        cmocka_unit_test(test_the_cause_is_the_first_doubt_that_mattered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
