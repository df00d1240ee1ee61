/* The core without memory: whatever allocation fails, the caller is told, and
 * what it gave is as it was. */

#include "core_document.h"
#include "core/condition.h"
#include "failing.h"

#define CONDITION                                                    \
    "device_id in @testers and not (plan = 'gold' or plan in ['a', " \
    "'b', 'c']) and (ip = 10.0.0.0/8 or version >= v1.2.3 or has "   \
    "beta) and email matches '@example[.]com$' and name starts 'x' " \
    "and now < 2030-01-01T00:00:00Z and age > 17.5 and id in @live"


static void
a_condition_is_refused_when_there_is_no_memory(void **state)
{
    gray_condition_t *condition;
    gray_error_t error;
    unsigned n;

    (void) state;

    for (n = 1; n < FAILING_MAX; n++) {
        int rc;

        failing_begin(n, false);
        rc = gray_condition_parse(str_of(CONDITION), &condition, &error);

        if (!failing_end()) {
            assert_int_equal(rc, 0);
            gray_condition_free(condition);
            break;
        }

        assert_int_equal(rc, -1);
        assert_int_equal(error.code, GRAY_ESYSTEM);
        assert_string_equal(error.message, "out of memory");
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static void
large_document(gray_document_t *document)
{
    char name[16], condition[512];
    unsigned i;

    document_init(document);

    /* More names than a set of names has room for at first. */
    for (i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "r%u", i % 100);
        snprintf(condition, sizeof(condition),
            "a%u in @l%u and b%u matches '^x%u' and %s", i, i, i, i, CONDITION);
        document_rule(document, name, condition, 1);
    }

    document_rule(document, "never", "true", 2);
    document_split(document, "device_id", 10000, 5000);
}


static void
a_document_is_not_compiled_when_there_is_no_memory(void **state)
{
    gray_document_t document;
    gray_error_t errors[4];
    void *bytes;
    size_t len;
    unsigned n;

    (void) state;
    large_document(&document);

    for (n = 1; n < FAILING_MAX; n++) {
        unsigned problems;

        failing_begin(n, n % 2 == 0);
        problems = gray_document_compile(&document, gray_str("shop"), list_kind,
            NULL, &bytes, &len, errors, COUNT(errors));

        if (!failing_end()) {
            assert_int_equal(problems, 0);
            free(bytes);
            break;
        }

        assert_true(problems > 0);
        assert_int_equal(errors[0].code, GRAY_ESYSTEM);
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
    gray_document_free(&document);
}


static void
a_release_is_not_loaded_when_there_is_no_memory(void **state)
{
    gray_document_t document;
    gray_release_t *release;
    gray_error_t error;
    void *bytes;
    size_t len;
    unsigned n;

    (void) state;
    large_document(&document);
    document_compile(&document, &bytes, &len);

    for (n = 1; n < FAILING_MAX; n++) {
        int rc;

        failing_begin(n, false);
        rc = gray_release_load(bytes, len, &release, &error);

        if (!failing_end()) {
            assert_int_equal(rc, 0);
            gray_release_free(release);
            break;
        }

        assert_int_equal(rc, -1);
        assert_int_equal(error.code, GRAY_ESYSTEM);
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
    free(bytes);
    gray_document_free(&document);
}


/* The split changes whole or not at all. */
static void
a_split_stays_as_it_was_when_there_is_no_memory(void **state)
{
    uint32_t before[GRAY_SPLIT_VARIANTS_MAX] = { 0, 30000, 20000, 10000 };
    uint32_t after[GRAY_SPLIT_VARIANTS_MAX] = { 0, 10000, 60000, 0, 12345 };
    gray_error_t error;
    unsigned n;

    (void) state;

    for (n = 1; n < FAILING_MAX; n++) {
        gray_split_t split;
        int rc;

        gray_split_init(&split);
        assert_int_equal(gray_split_set(&split, before, 5, 0, &error), 0);
        failing_begin(n, false);
        rc = gray_split_set(&split, after, 5, 0, &error);

        if (!failing_end()) {
            assert_int_equal(rc, 0);
            gray_split_free(&split);
            break;
        }

        assert_int_equal(rc, -1);
        assert_int_equal(error.code, GRAY_ESYSTEM);
        assert_memory_equal(split.weights, before, sizeof(before));
        assert_int_equal(gray_split_check(&split, 5, 0, &error), 0);
        gray_split_free(&split);
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static void
without_memory_a_document_has_no_warnings(void **state)
{
    gray_document_t document;
    gray_error_t warnings[4];
    unsigned n;

    (void) state;
    large_document(&document);

    for (n = 1; n < FAILING_MAX; n++) {
        unsigned found, i;

        failing_begin(n, true);
        found = gray_document_lint(&document, warnings, COUNT(warnings));

        if (!failing_end()) {
            break;
        }

        for (i = 0; i < found && i < COUNT(warnings); i++) {
            assert_string_not_equal(warnings[i].message, "");
        }
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
    gray_document_free(&document);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_is_refused_when_there_is_no_memory),
        cmocka_unit_test(a_document_is_not_compiled_when_there_is_no_memory),
        cmocka_unit_test(a_release_is_not_loaded_when_there_is_no_memory),
        cmocka_unit_test(a_split_stays_as_it_was_when_there_is_no_memory),
        cmocka_unit_test(without_memory_a_document_has_no_warnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
