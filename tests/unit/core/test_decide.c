/* Rules in order, and the facts of the host. */

#include "core_facts.h"


/* Three rules, by their lists' answers; the split gives 100 % to blue by
 * `user`. */
static gray_release_t *
three_rules(int first, int second, int third, bool split)
{
    gray_document_t document;

    document_init(&document);
    document_rule(&document, "one", "x in @live1", first);
    document_rule(&document, "two", "x in @live2", second);
    document_rule(&document, "three", "x in @live3", third);

    if (split) {
        document_split(&document, "user", 0, GRAY_BUCKETS);
    }

    return document_release(&document);
}


static void
test_rules_decide_in_order_and_doubts_never_make_anybody_gray(void **state)
{
    enum {
        S = 0, /* the default */
        G = 1,
        B = 2
    };
    static const struct {
        int variants[3];
        char answers[4]; /* T, F, U, P */
        bool split;
        const char *variant, *reason;
        unsigned pending, skipped;
    } cases[] = {
        { { G, B, G }, "TTT", 0, "gray", "targeting_match:one", 0, 0 },
        { { G, B, G }, "FTT", 0, "blue", "targeting_match:two", 0, 0 },
        { { G, B, G }, "FFT", 0, "gray", "targeting_match:three", 0, 0 },
        { { G, B, G }, "FFF", 0, "stable", "default", 0, 0 },
        { { G, B, G }, "FFF", 1, "blue", "split:user:20116", 0, 0 },
        { { S, G, G }, "TTT", 0, "stable", "targeting_match:one", 0, 0 },

        /* An unknown rule of the default ends the decision. */
        { { S, G, G }, "UTT", 0, "stable", "error:live:live1", 0, 0 },
        { { G, S, G }, "FUT", 1, "stable", "error:live:live2", 0, 0 },

        /* One of another variant is skipped. */
        { { G, B, G }, "UTT", 0, "blue", "targeting_match:two", 0, 1 },
        { { G, B, G }, "UFF", 0, "stable", "error:live:live1", 0, 1 },
        { { G, B, G }, "UUF", 0, "stable", "error:live:live1", 0, 2 },
        { { G, B, G }, "UUF", 1, "blue", "split:user:20116", 0, 2 },
        { { G, S, G }, "UTT", 0, "stable", "targeting_match:two", 0, 1 },
        { { G, S, G }, "UUT", 0, "stable", "error:live:live2", 0, 1 },

        /* Pending ones are collected as far as they could matter. */
        { { G, B, G }, "PTT", 0, "blue", "targeting_match:two", 1, 1 },
        { { G, B, G }, "PPT", 0, "gray", "targeting_match:three", 2, 2 },
        { { G, B, G }, "PPP", 0, "stable", "error:live:live1", 3, 3 },
        { { G, B, G }, "TPP", 0, "gray", "targeting_match:one", 0, 0 },
        { { G, B, G }, "FPF", 1, "blue", "split:user:20116", 1, 1 },
        { { S, G, G }, "PPP", 0, "stable", "error:live:live1", 3, 0 },
        { { S, G, G }, "PTP", 0, "stable", "error:live:live1", 1, 0 },
        { { S, S, G }, "PUP", 0, "stable", "error:live:live1", 1, 0 },
        { { S, G, G }, "PUP", 0, "stable", "error:live:live1", 2, 0 },
        { { S, G, G }, "UPP", 0, "stable", "error:live:live1", 0, 0 },
        { { G, S, G }, "PUP", 0, "stable", "error:live:live2", 1, 1 },
        { { G, S, G }, "PPT", 0, "stable", "error:live:live2", 2, 1 },
    };
    static const gray_answer_t answers[] = {
        ['T'] = GRAY_YES,
        ['F'] = GRAY_NO,
        ['U'] = GRAY_UNKNOWN_LIVE,
        ['P'] = GRAY_PENDING,
    };
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        const char *a = cases[i].answers;
        facts_t facts = { .attributes = { "x=1", "user=ann" },
            .answers = { { "live1", answers[(int) a[0]] },
                { "live2", answers[(int) a[1]] },
                { "live3", answers[(int) a[2]] } } };
        gray_release_t *release = three_rules(cases[i].variants[0],
            cases[i].variants[1], cases[i].variants[2], cases[i].split);
        gray_decision_t d = decide(release, &facts);

        assert_decision(release, &d, cases[i].variant, cases[i].reason);

        if (d.ntests != cases[i].pending || d.skipped != cases[i].skipped) {
            fail_msg(
                "case %zu: %u pending, %u skipped", i, d.ntests, d.skipped);
        }

        gray_release_free(release);
    }
}


static void
test_pending_tests_are_distinct_and_in_order(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1", "b=2" },
        .answers = { { "live1", GRAY_PENDING }, { "live2", GRAY_PENDING } } };
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_rule(&document, "r1", "a in @live1 or b in @live2", 1);
    document_rule(&document, "r2", "b in @live2 and b in @live1", 2);
    document_rule(&document, "r3", "a in @live1", 1);
    release = document_release(&document);
    d = decide(release, &facts);

    assert_true(d.pending);
    assert_int_equal(d.ntests, 3);
    assert_int_equal(d.tests[0].list, 0);
    assert_int_equal(d.tests[0].attribute, 0);
    assert_int_equal(d.tests[1].list, 1);
    assert_int_equal(d.tests[1].attribute, 1);
    assert_int_equal(d.tests[2].list, 0);
    assert_int_equal(d.tests[2].attribute, 1);
    gray_release_free(release);
}


static void
test_more_pending_tests_than_allowed_count_as_unknown(void **state)
{
    char condition[1024] = "true and not true", *p = condition;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1" } };
    gray_decision_t d;
    char names[20][8];
    int i;

    (void) state;

    for (i = 0; i < 20; i++) {
        snprintf(names[i], sizeof(names[i]), "s%d", i);
        facts.answers[i].list = names[i];
        facts.answers[i].answer = GRAY_PENDING;
        p += sprintf(p, "%sa in @s%d", i ? " or " : "", i);
    }

    release = release_of(condition);
    d = decide(release, &facts);
    assert_int_equal(d.ntests, GRAY_LIVE_TESTS_MAX);
    assert_decision(release, &d, "stable", "error:live:s0");
    gray_release_free(release);
}


static void
test_off_comes_before_override_and_override_before_rules(void **state)
{
    gray_release_t *release = release_of("true");
    facts_t facts = { .release = release };
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;

    host.override_plus_one = 3;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "override");

    host.off = true;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "stable", "disabled");

    host.default_plus_one = 2;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "disabled");

    /* An override of a variant that is not there does not count. */
    host.off = false;
    host.override_plus_one = 4;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "targeting_match:r");
    gray_release_free(release);
}


static void
test_unknown_is_judged_by_the_default_in_force(void **state)
{
    facts_t facts = { .attributes = { "x=1" },
        .answers = { { "live1", GRAY_UNKNOWN_LIVE }, { "live2", GRAY_YES } } };
    gray_release_t *release = three_rules(1, 2, 0, false);
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;
    facts.release = release;

    /* The release's own: gray is another variant, and is skipped. */
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "targeting_match:two");

    /* nginx.conf's default is gray: unknown ends with it. */
    host.default_plus_one = 2;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "gray", "error:live:live1");

    /* A default that the release does not name. */
    host.default_plus_one = 4;
    facts.answers[1].answer = GRAY_NO;
    gray_decide(release, &host, &d);
    assert_int_equal(d.variant, 3);
    assert_decision(release, &d, "", "error:live:live1");
    assert_int_equal(gray_decide_default(release, &host), 3);
    gray_release_free(release);
}


static void
test_what_no_variant_owns_is_the_default_in_forces(void **state)
{
    facts_t facts = { .attributes = { "user=ann" } };
    gray_document_t document;
    gray_release_t *release;
    gray_host_t host = host_of(&facts);
    gray_decision_t d;

    (void) state;

    document_init(&document);
    document_split(&document, "user", 10, 0);
    facts.release = release = document_release(&document);
    host.default_plus_one = 3;
    gray_decide(release, &host, &d);
    assert_decision(release, &d, "blue", "split:user:20116");
    gray_release_free(release);
}


static void
test_reasons_have_names(void **state)
{
    static const char *const names[] = { "default", "targeting_match", "split",
        "disabled", "override", "error" };
    gray_decision_t d = { .reason = GRAY_REASON_ERROR,
        .cause = GRAY_CAUSE_NO_RELEASE,
        .cause_list = -1,
        .rule = -1,
        .attribute = -1 };
    char text[GRAY_REASON_TEXT_MAX];
    unsigned i;

    (void) state;

    for (i = 0; i < GRAY_REASONS; i++) {
        assert_string_equal(gray_reason_name((gray_reason_t) i), names[i]);
    }

    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "error:no_release");
    d.cause = GRAY_CAUSE_NO_TARGET;
    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "error:no_target");
    d.reason = GRAY_REASON_DISABLED;
    gray_reason_print(NULL, &d, text);
    assert_string_equal(text, "disabled");
}


static void
test_every_step_is_told(void **state)
{
    facts_t facts = { .attributes = { "x=1", "user=ann" },
        .answers = { { "live1", GRAY_UNKNOWN_LIVE } } };
    gray_document_t document;
    gray_release_t *release;
    gray_host_t host = host_of(&facts);
    gray_decision_t d;
    const gray_step_t *s = facts.steps;

    (void) state;

    document_init(&document);
    document_rule(&document, "one", "x in @live1 and y = 'z' and has x", 1);
    document_rule(&document, "two", "not x = 5 and x in @live1", 2);
    document_split(&document, "user", 10, 0);
    facts.release = release = document_release(&document);
    host.step = fact_step;
    gray_decide(release, &host, &d);

    assert_int_equal(facts.nsteps, 7);
    assert_int_equal(s[0].kind, GRAY_STEP_TEST);
    assert_int_equal(s[0].op, GRAY_OP_IN);
    assert_int_equal(s[0].truth, GRAY_UNKNOWN);
    assert_int_equal(s[0].answer, GRAY_UNKNOWN_LIVE);
    assert_int_equal(s[0].list, 0);
    assert_int_equal(s[0].attribute, 0);
    assert_true(s[0].present);
    assert_int_equal(s[0].rule, 0);

    assert_int_equal(s[1].op, GRAY_OP_EQ);
    assert_int_equal(s[1].truth, GRAY_FALSE);
    assert_false(s[1].present);
    assert_int_equal(s[1].literal_kind, GRAY_VALUE_TEXT);
    assert_string_equal(s[1].literal.data, "z");
    assert_int_equal(s[1].list, -1);

    assert_int_equal(s[2].kind, GRAY_STEP_RULE);
    assert_int_equal(s[2].truth, GRAY_FALSE);
    assert_int_equal(s[2].variant, 1);

    assert_int_equal(s[3].literal_kind, GRAY_VALUE_NUMBER);
    assert_int_equal(s[3].rule, 1);

    /* x in @live1 again, then the rule: unknown. */
    assert_int_equal(s[4].truth, GRAY_UNKNOWN);
    assert_int_equal(s[5].kind, GRAY_STEP_RULE);
    assert_int_equal(s[5].truth, GRAY_UNKNOWN);

    assert_int_equal(s[6].kind, GRAY_STEP_SPLIT);
    assert_int_equal(s[6].rule, -1);
    assert_int_equal(s[6].bucket, 20116);
    assert_int_equal(s[6].variant, 0);
    assert_string_equal(s[6].value.data, "ann");
    gray_release_free(release);
}


static void
test_a_chain_of_thousands_decides(void **state)
{
    char *condition = malloc(100000), *p = condition;
    gray_release_t *release;
    facts_t facts = { .attributes = { "a=1" } };
    gray_decision_t d;
    int i;

    (void) state;

    for (i = 0; i < 6000; i++) {
        p += sprintf(p, "a=2 or ");
    }

    strcpy(p, "a=1");
    release = release_of(condition);
    d = decide(release, &facts);
    assert_decision(release, &d, "gray", "targeting_match:r");
    gray_release_free(release);
    free(condition);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_rules_decide_in_order_and_doubts_never_make_anybody_gray),
        cmocka_unit_test(test_pending_tests_are_distinct_and_in_order),
        cmocka_unit_test(test_more_pending_tests_than_allowed_count_as_unknown),
        cmocka_unit_test(
            test_off_comes_before_override_and_override_before_rules),
        cmocka_unit_test(test_unknown_is_judged_by_the_default_in_force),
        cmocka_unit_test(test_what_no_variant_owns_is_the_default_in_forces),
        cmocka_unit_test(test_reasons_have_names),
        cmocka_unit_test(test_every_step_is_told),
        cmocka_unit_test(test_a_chain_of_thousands_decides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
