/* What is no error and still not meant. */

#include "core_document.h"

#define MAX_WARNINGS 8


static void
assert_warnings(const gray_document_t *document, const char *const *expected)
{
    gray_error_t warnings[MAX_WARNINGS];
    char line[700];
    unsigned i, n = gray_document_lint(document, warnings, MAX_WARNINGS);

    for (i = 0; i < n; i++) {
        gray_error_print(&warnings[i], line, sizeof(line));

        if (expected[i] == NULL) {
            fail_msg("one more: %s", line);
        }
        assert_string_equal(line, expected[i]);
    }

    assert_null(expected[n]);
}


static void
test_a_document_that_is_meant_has_no_warning(void **state)
{
    gray_document_t document;

    (void) state;

    document_init(&document);
    document_rule(&document, "a", "user in @vip", 0);
    document_rule(&document, "b", "user in @vip or ip = 10.0.0.0/8", 1);
    document_rule(&document, "c", "has user and true", 1);
    document_rule(&document, "d", "user not in @vip", 2);
    document_rule(&document, "e", "not (has x and not true) and has y", 2);
    document_split(&document, "user", 1000, 0);
    assert_warnings(&document, (const char *const[]){ NULL });

    document_rule(&document, "bad", "a ==", 1);
    document_rule(&document, "none", NULL, 1);
    assert_warnings(&document, (const char *const[]){ NULL });
    gray_document_free(&document);
}


static void
test_rules_after_one_for_everyone_are_never_reached(void **state)
{
    gray_document_t document;
    gray_rule_t *rule;

    (void) state;

    document_init(&document);
    document_rule(&document, "qa", "user in @vip", 1);
    document_rule(&document, "all",
        "has x or (true and not not_there = 1 or "
        "not (has y and not true))",
        1);
    document_rule(&document, "late", "user in @testers", 1);
    rule = document_rule(&document, "part", "true", -1);
    set_split(&rule->split, 1000, 0);
    document_split(&document, "user", 1000, 0);
    assert_warnings(&document,
        (const char *const[]){
            "rules[2]: rule 'late' is never reached: rule 'all' before it "
            "holds for everyone; move it before 'all', or remove it",
            "rules[3]: rule 'part' is never reached: rule 'all' before it "
            "holds for everyone; move it before 'all', or remove it",
            "split: the split is never reached: rule 'all' holds for everyone; "
            "remove the rule, or give it the split",
            NULL });
    gray_document_free(&document);
}


static void
test_a_rule_with_an_earlier_rules_condition_is_never_reached(void **state)
{
    gray_document_t document;

    (void) state;

    document_init(&document);
    document_rule(&document, "a", "city in ['BJ'] and v >= v8", 1);
    document_rule(&document, "b", "v >= v8 and city in ['BJ']", 1);
    document_rule(&document, "c", "(city in [\"BJ\"]) and (v>=v8)", 2);
    assert_warnings(&document,
        (const char *const[]){
            "rules[2]: rule 'c' is never reached: rule 'a' before it has the "
            "same condition; move it before 'a', or remove it",
            NULL });
    gray_document_free(&document);
}


static void
test_a_condition_that_holds_for_nobody_is_told(void **state)
{
    gray_document_t document;

    (void) state;

    document_init(&document);
    document_rule(&document, "a", "not true", 1);
    document_rule(&document, "b", "has x and not (has y or true)", 1);
    assert_warnings(&document,
        (const char *const[]){
            "rules[0].if: the condition of rule 'a' holds for nobody; remove "
            "the rule, or switch the release off",
            "rules[1].if: the condition of rule 'b' holds for nobody; remove "
            "the rule, or switch the release off",
            NULL });
    gray_document_free(&document);
}


static void
test_more_warnings_than_asked_for_are_counted(void **state)
{
    gray_document_t document;
    gray_error_t warning;
    char name[16];
    int i;

    (void) state;

    document_init(&document);

    for (i = 0; i < GRAY_RULES_MAX; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        document_rule(&document, name, "has x", 1);
    }

    assert_int_equal(
        gray_document_lint(&document, &warning, 1), GRAY_RULES_MAX - 1);
    assert_string_equal(warning.place, "rules[1]");
    assert_int_equal(
        gray_document_lint(&document, NULL, 0), GRAY_RULES_MAX - 1);
    gray_document_free(&document);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_that_is_meant_has_no_warning),
        cmocka_unit_test(test_rules_after_one_for_everyone_are_never_reached),
        cmocka_unit_test(
            test_a_rule_with_an_earlier_rules_condition_is_never_reached),
        cmocka_unit_test(test_a_condition_that_holds_for_nobody_is_told),
        cmocka_unit_test(test_more_warnings_than_asked_for_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
