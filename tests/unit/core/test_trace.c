/* What the steps tell of each test. */

#include "core_facts.h"

#define NOW 1796054400 /* 2026-12-01T00:00:00+08:00 */


/* Decides with the steps in `facts`. */
static gray_release_t *
trace(const char *condition, facts_t *facts)
{
    gray_release_t *release = release_of(condition);
    gray_host_t host = host_of(facts);
    gray_decision_t decision;

    facts->release = release;
    facts->nsteps = 0;
    host.step = fact_step;
    gray_decide(release, &host, &decision);

    return release;
}


static void
test_each_step_prints_its_test_as_the_condition_has_it(void **state)
{
    static const char everything[]
        = "true and has a and a in @yes and a not in @empty and a = 'x' and a "
          "!= 'y' and n < 7 and n <= 7.5 and v > v8.0 and v >= v8.0-rc.1 and a "
          "in [5, 'x', 10.0.0.0/8] and a not in ['it''s', v1.2, "
          "2026-12-01T00:00:00Z] and a starts 'x' and a ends 'x' and a "
          "contains 'x' and a matches '^x$' and now < 2026-12-02T00:00:00Z and "
          "now >= 2026-12-01T00:00:00+08:00 and ip = 10.0.0.0/8";
    facts_t facts
        = { .attributes = { "a=x", "n=6", "v=8.0.1", "ip=::ffff:10.1.1.1" },
              .answers = { { "yes", GRAY_YES } },
              .now = NOW };
    gray_release_t *release = trace(everything, &facts);
    char joined[2048], text[128], cut[5], *p = joined;
    unsigned i;

    (void) state;
    assert_int_equal(facts.nsteps, 20);

    for (i = 0; i < facts.nsteps - 1; i++) {
        size_t n
            = gray_step_print(release, &facts.steps[i], text, sizeof(text));

        assert_int_equal(n, strlen(text));
        assert_int_equal(facts.steps[i].truth, GRAY_TRUE);
        assert_int_equal(
            gray_step_print(release, &facts.steps[i], cut, sizeof(cut)), n);
        assert_memory_equal(cut, text, 4);
        p = stpcpy(stpcpy(p, i > 0 ? " and " : ""), text);
    }

    assert_string_equal(joined, everything);
    gray_release_free(release);
}


static void
test_a_set_tells_the_value_that_is_equal(void **state)
{
    facts_t facts = { .attributes = { "a=10.1.1.1" } };
    gray_release_t *release
        = trace("a in ['x', 10.0.0.0/8] and a not in ['x', 5]", &facts);

    (void) state;
    assert_int_equal(facts.steps[0].literal_kind, GRAY_VALUE_ADDRESS);
    assert_int_equal(facts.steps[0].literal.len, 10);
    assert_memory_equal(facts.steps[0].literal.data, "10.0.0.0/8", 10);
    assert_memory_equal(facts.steps[0].value.data, "10.1.1.1", 8);
    assert_int_equal(facts.steps[1].literal_kind, GRAY_VALUE_NONE);
    gray_release_free(release);
}


static void
test_now_tells_the_time_and_reads_no_attribute(void **state)
{
    facts_t facts = { .now = NOW };
    gray_release_t *release = trace("now < 2026-12-01T00:00:00Z", &facts);

    (void) state;
    assert_int_equal(facts.steps[0].now, NOW);
    assert_int_equal(facts.steps[0].attribute, -1);
    assert_false(facts.steps[0].present);
    assert_int_equal(facts.steps[0].literal_kind, GRAY_VALUE_TIME);
    gray_release_free(release);
}


static void
test_a_regex_past_its_limit_tells_so(void **state)
{
    static char fact[900];
    facts_t facts = { .attributes = { fact } };
    gray_release_t *release;

    (void) state;
    strcpy(fact, "a=");
    memset(fact + 2, 'a', 800);
    strcpy(fact + 802, "!");
    release = trace("a matches '(a|aa)+$'", &facts);
    assert_int_equal(facts.steps[0].truth, GRAY_UNKNOWN);
    assert_int_equal(facts.steps[0].cause, GRAY_CAUSE_REGEX);
    assert_int_equal(facts.steps[1].truth, GRAY_UNKNOWN);
    gray_release_free(release);
}


/* Its outcome is told by the step of the split. */
static void
test_a_rule_that_gives_a_split_tells_no_variant(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    gray_rule_t *rule;
    gray_decision_t decision;
    facts_t facts = { .attributes = { "user=7" } };
    gray_host_t host = host_of(&facts);

    (void) state;
    document_init(&document);
    rule = document_rule(&document, "some", "true", -1);
    set_split(&rule->split, GRAY_BUCKETS, 0);
    rule->by[rule->nby++] = strdup("user");
    release = document_release(&document);

    facts.release = release;
    host.step = fact_step;
    gray_decide(release, &host, &decision);

    assert_int_equal(facts.nsteps, 3);
    assert_int_equal(facts.steps[1].kind, GRAY_STEP_RULE);
    assert_int_equal(facts.steps[1].truth, GRAY_TRUE);
    assert_int_equal(facts.steps[1].variant, -1);
    assert_int_equal(facts.steps[2].kind, GRAY_STEP_SPLIT);
    assert_int_equal(facts.steps[2].truth, GRAY_TRUE);
    assert_int_equal(facts.steps[2].bucket, decision.bucket);
    assert_int_equal(facts.steps[2].variant, 1);
    gray_release_free(release);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_each_step_prints_its_test_as_the_condition_has_it),
        cmocka_unit_test(test_a_set_tells_the_value_that_is_equal),
        cmocka_unit_test(test_now_tells_the_time_and_reads_no_attribute),
        cmocka_unit_test(test_a_regex_past_its_limit_tells_so),
        cmocka_unit_test(test_a_rule_that_gives_a_split_tells_no_variant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
