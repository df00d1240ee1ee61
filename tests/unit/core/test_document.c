#include "core_document.h"

#define MAX_ERRORS 32

typedef struct {
    gray_error_t errors[MAX_ERRORS];
    unsigned n;
} problems_t;


static void
compile(const gray_document_t *document, const char *name, problems_t *problems)
{
    void *bytes = NULL;
    size_t len;

    memset(problems, 0, sizeof(*problems));
    problems->n = gray_document_compile(document, str_of(name), list_kind, NULL,
        &bytes, &len, problems->errors, MAX_ERRORS);

    if (problems->n == 0) {
        free(bytes);
    }
}


static void
assert_problem(
    const problems_t *problems, unsigned i, const char *place, const char *text)
{
    char line[600];
    gray_error_t error = problems->errors[i];

    assert_true(i < problems->n);
    assert_string_equal(error.place, place);
    error.place[0] = '\0';
    gray_error_print(&error, line, sizeof(line));
    assert_string_equal(line, text);
}


static void
test_a_small_document_compiles_and_its_release_names_everything(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    gray_rule_t *rule;

    (void) state;

    document_init(&document);
    document_rule(&document, "qa", "(device_id in @testers)  or ip in @ips", 1);
    document_rule(&document, "live", "user in @live1 and user in @live1", 2);
    rule = document_rule(&document, "part", "true", -1);
    set_split(&rule->split, 10000, 0);
    document_split(&document, "user", 5000, 1000);
    release = document_release(&document);

    assert_int_equal(gray_release_variants(release), 3);
    assert_string_equal(gray_release_variant(release, 2).data, "blue");
    assert_int_equal(gray_release_default(release), 0);
    assert_int_equal(gray_release_attributes(release), 3);
    assert_string_equal(gray_release_attribute(release, 0).data, "device_id");
    assert_string_equal(gray_release_attribute(release, 1).data, "ip");
    assert_string_equal(gray_release_attribute(release, 2).data, "user");
    assert_int_equal(gray_release_lists(release), 3);
    assert_string_equal(gray_release_list(release, 0).data, "testers");
    assert_int_equal(gray_release_list_kind(release, 0), GRAY_LIST_STRING);
    assert_int_equal(gray_release_list_kind(release, 1), GRAY_LIST_IP);
    assert_int_equal(gray_release_list_kind(release, 2), GRAY_LIST_LIVE);
    assert_int_equal(gray_release_rules(release), 3);
    assert_string_equal(gray_release_rule(release, 1).data, "live");
    assert_string_equal(gray_release_condition(release, 0).data,
        "device_id in @testers or ip in @ips");

    assert_int_equal(gray_release_variant(release, 3).len, 0);
    assert_int_equal(gray_release_rule(release, 3).len, 0);
    assert_int_equal(gray_release_list(release, 3).len, 0);
    assert_int_equal(gray_release_list_kind(release, 3), GRAY_LIST_UNKNOWN);
    assert_int_equal(gray_release_attribute(release, 3).len, 0);
    assert_int_equal(gray_release_condition(release, 3).len, 0);
    gray_release_free(release);
    gray_release_free(NULL);
}


static void
test_all_problems_are_found_at_once_each_with_its_place(void **state)
{
    gray_document_t document;
    gray_rule_t *rule;
    problems_t problems;

    (void) state;

    document_init(&document);
    strcpy(document.variants[2], "gray");
    strcpy(document.variants[1], "gr ay");
    document.default_variant = 3;
    document.salt = strdup("");
    document.has_split = true;
    document.split.weights[1] = 5;
    document.by[document.nby++] = strdup("2fast");
    document_rule(&document, "a/b", "user == 'x'", 1);
    document_rule(&document, "qa", "user in @nobody and\n x in @none", 7);
    document_rule(&document, "qa", NULL, 1);
    rule = document_rule(&document, "part", "true", -1);
    rule->by[rule->nby++] = strdup("not");
    compile(&document, "off", &problems);
    gray_document_free(&document);

    assert_problem(&problems, 0, "", "'off' is no release's name");
    assert_problem(&problems, 1, "salt", "a salt has 1 to 255 bytes");
    assert_problem(&problems, 2, "variants[1]",
        "'gr ay' is no variant's name; a name has letters, digits, '_', '.' "
        "and '-', at most 63");
    assert_problem(
        &problems, 3, "default", "the default is none of the variants");
    assert_problem(&problems, 4, "rules[0].name",
        "'a/b' is no rule's name; a name has letters, digits, '_', '.' and "
        "'-', at most 63");
    assert_problem(&problems, 5, "rules[0].if",
        "column 6: unknown operator '=='; write '='");
    assert_problem(&problems, 6, "rules[1].if",
        "column 9: there is no list 'nobody'; grayctl list create nobody");
    assert_problem(&problems, 7, "rules[1].if",
        "line 2, column 7: there is no list 'none'; grayctl list create none");
    assert_int_equal(problems.errors[7].code, GRAY_ENOTFOUND);
    assert_problem(
        &problems, 8, "rules[1].variant", "it is none of the variants");
    assert_problem(&problems, 9, "rules[2].name", "there are two rules 'qa'");
    assert_problem(&problems, 10, "rules[2].if", "the rule has no condition");
    assert_problem(
        &problems, 11, "rules[3].by[0]", "'not' is no attribute's name");
    assert_problem(
        &problems, 12, "split", "variant 1 has weight 5 but owns 0 buckets");
    assert_problem(&problems, 13, "by[0]", "'2fast' is no attribute's name");
    assert_int_equal(problems.n, 14);
}


static void
test_variants_are_distinct_and_one_to_sixteen(void **state)
{
    gray_document_t document;
    problems_t problems;
    unsigned i;

    (void) state;

    document_init(&document);
    strcpy(document.variants[2], "stable");
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 1);
    assert_problem(
        &problems, 0, "variants[2]", "there are two variants 'stable'");

    document.nvariants = 0;
    compile(&document, "shop", &problems);
    assert_problem(
        &problems, 0, "variants", "a release has 1 to 16 variants, not 0");

    for (i = 0; i < GRAY_VARIANTS_MAX; i++) {
        snprintf(document.variants[i], GRAY_NAME_MAX, "v%u", i);
    }

    document.nvariants = 16;
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);
    document.nvariants = 17;
    compile(&document, "shop", &problems);
    assert_problem(
        &problems, 0, "variants", "a release has 1 to 16 variants, not 17");
    gray_document_free(&document);
}


static void
test_a_split_needs_an_attribute_unless_it_is_nobody_or_everybody(void **state)
{
    gray_document_t document;
    problems_t problems;

    (void) state;

    document_init(&document);
    document_split(&document, NULL, 5000, 0);
    compile(&document, "shop", &problems);
    assert_problem(&problems, 0, "by",
        "the split has no attribute to hash; name one or more in \"by\"");

    document_split(&document, NULL, 0, 0);
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);
    document_split(&document, NULL, GRAY_BUCKETS, 0);
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);
    gray_document_free(&document);
}


static void
test_a_rules_split_inherits_by_from_the_document(void **state)
{
    gray_document_t document;
    gray_rule_t *rule;
    problems_t problems;

    (void) state;

    document_init(&document);
    rule = document_rule(&document, "part", "true", -1);
    set_split(&rule->split, 10000, 0);
    compile(&document, "shop", &problems);
    assert_problem(&problems, 0, "rules[0].by",
        "the split has no attribute to hash; name one or more in \"by\"");

    document.by[document.nby++] = strdup("user");
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);
    gray_document_free(&document);
}


static void
test_sixteen_live_tests_are_the_limit_each_pair_counted_once(void **state)
{
    gray_document_t document;
    problems_t problems;
    char condition[64], name[16];
    int i;

    (void) state;

    document_init(&document);

    for (i = 0; i < 32; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        snprintf(
            condition, sizeof(condition), "user in @live%d or true", i % 16);
        document_rule(&document, name, condition, 1);
    }

    document_rule(&document, "string", "user in @testers", 1);
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);

    document_rule(&document, "more", "device in @live0", 1);
    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 1);
    assert_problem(&problems, 0, "rules[33].if",
        "column 11: this is one live test more than the 16 that a release "
        "may have");
    gray_document_free(&document);
}


static void
test_ten_thousand_rules_compile_and_one_more_does_not(void **state)
{
    gray_document_t document;
    problems_t problems;
    char name[16], condition[64];
    int i;

    (void) state;

    document_init(&document);

    for (i = 0; i < GRAY_RULES_MAX; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        snprintf(condition, sizeof(condition), "a%d in @l%d and b = %d",
            i % 700, i % 1000, i);
        document_rule(&document, name, condition, 1);
    }

    compile(&document, "shop", &problems);
    assert_int_equal(problems.n, 0);
    document_rule(&document, "one-more", "true", 1);
    compile(&document, "shop", &problems);
    assert_problem(
        &problems, 0, "rules", "a release has at most 10000 rules, not 10001");
    gray_document_free(&document);
}


static void
test_what_is_no_utf8_is_told_with_its_place(void **state)
{
    gray_document_t document;
    gray_rule_t *rule;
    problems_t problems;

    (void) state;

    document_init(&document);
    strcpy(document.variants[1], "gr\xe5y");
    document.salt = strdup("s\xff");
    document.note = strdup("\xe5\x8c\x97 \xed\xa0\x80");
    rule = document_rule(&document, "q\x80", "a = 'x'\nor a = '\xc3'", -1);
    set_split(&rule->split, 1000, 0);
    rule->by[rule->nby++] = strdup("user");
    rule->by[rule->nby++] = strdup("u\xfe");
    compile(&document, "shop", &problems);
    gray_document_free(&document);

    assert_problem(&problems, 0, "salt", "byte 2 is 0xff, which is no UTF-8");
    assert_problem(&problems, 1, "note", "byte 5 is 0xed, which is no UTF-8");
    assert_problem(
        &problems, 2, "variants[1]", "byte 3 is 0xe5, which is no UTF-8");
    assert_problem(
        &problems, 3, "rules[0].name", "byte 2 is 0x80, which is no UTF-8");
    assert_problem(
        &problems, 4, "rules[0].if", "line 2, column 9: byte 0xc3 is no UTF-8");
    assert_problem(
        &problems, 5, "rules[0].by[1]", "byte 2 is 0xfe, which is no UTF-8");
    assert_int_equal(problems.n, 6);
}


static void
test_weights_over_a_hundred_percent_are_refused(void **state)
{
    gray_document_t document;
    gray_range_t owned[2] = { { 0, 60000, 1 }, { 60000, 100000, 2 } };
    problems_t problems;

    (void) state;

    document_init(&document);
    document.by[document.nby++] = strdup("user");
    document.has_split = true;
    document.split.weights[1] = 60000;
    document.split.weights[2] = 50000;
    document.split.owned = malloc(sizeof(owned));
    memcpy(document.split.owned, owned, sizeof(owned));
    document.split.nowned = 2;
    compile(&document, "shop", &problems);
    gray_document_free(&document);

    assert_int_equal(problems.n, 1);
    assert_problem(&problems, 0, "split",
        "the weights add up to 110.000 %, more than 100 %; the default "
        "variant has what the others leave");
}


static void
test_more_problems_than_asked_for_are_counted(void **state)
{
    gray_document_t document;
    gray_error_t errors[2];
    void *bytes;
    size_t len;

    (void) state;

    document_init(&document);
    document_rule(&document, "a", "a", 1);
    document_rule(&document, "b", "b", 1);
    document_rule(&document, "c", "c", 1);
    assert_int_equal(gray_document_compile(&document, gray_str("shop"),
                         list_kind, NULL, &bytes, &len, errors, 2),
        3);
    assert_string_equal(errors[1].place, "rules[1].if");
    assert_int_equal(gray_document_compile(&document, gray_str("shop"),
                         list_kind, NULL, &bytes, &len, NULL, 0),
        3);
    gray_document_free(&document);
}


static void
test_equal_documents_compile_to_equal_bytes(void **state)
{
    void *bytes[2];
    size_t len[2];
    int i;

    (void) state;

    for (i = 0; i < 2; i++) {
        gray_document_t document;

        document_init(&document);
        document_rule(&document, "qa",
            i == 0 ? "a in @b and ip = 10.0.0.0/8"
                   : "(a in @b)  and ip=::ffff:10.0.0.0/104",
            1);
        document_split(&document, "user", 5000, 0);
        document_compile(&document, &bytes[i], &len[i]);
        gray_document_free(&document);
    }

    assert_int_equal(len[0], len[1]);
    assert_memory_equal(bytes[0], bytes[1], len[0]);
    free(bytes[0]);
    free(bytes[1]);
}


static void
test_variants_and_rules_are_found_by_name(void **state)
{
    gray_document_t document;

    (void) state;

    document_init(&document);
    document_rule(&document, "qa", "true", 1);
    assert_int_equal(gray_document_variant(&document, gray_str("blue")), 2);
    assert_int_equal(gray_document_variant(&document, gray_str("blu")), -1);
    assert_int_equal(gray_document_rule(&document, gray_str("qa")), 0);
    assert_int_equal(gray_document_rule(&document, gray_str("")), -1);
    gray_document_free(&document);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_small_document_compiles_and_its_release_names_everything),
        cmocka_unit_test(
            test_all_problems_are_found_at_once_each_with_its_place),
        cmocka_unit_test(test_variants_are_distinct_and_one_to_sixteen),
        cmocka_unit_test(
            test_a_split_needs_an_attribute_unless_it_is_nobody_or_everybody),
        cmocka_unit_test(test_a_rules_split_inherits_by_from_the_document),
        cmocka_unit_test(
            test_sixteen_live_tests_are_the_limit_each_pair_counted_once),
        cmocka_unit_test(test_ten_thousand_rules_compile_and_one_more_does_not),
        cmocka_unit_test(test_what_is_no_utf8_is_told_with_its_place),
        cmocka_unit_test(test_weights_over_a_hundred_percent_are_refused),
        cmocka_unit_test(test_more_problems_than_asked_for_are_counted),
        cmocka_unit_test(test_equal_documents_compile_to_equal_bytes),
        cmocka_unit_test(test_variants_and_rules_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
