/* What docs/conditions.md shows is so. */

#include "core_test.h"
#include "core/condition.h"

#define EXAMPLES_MIN 15
#define ERRORS_MIN 8


/* The code between the next two back quotes; a table has "\|" for "|". */
static bool
next_code(const char **p, char *code)
{
    const char *start = strchr(*p, '`');
    const char *end = start ? strchr(start + 1, '`') : NULL;

    if (end == NULL) {
        return false;
    }

    for (start++; start < end; start++) {
        if (start[0] != '\\' || start[1] != '|') {
            *code++ = *start;
        }
    }

    *code = '\0';
    *p = end + 1;
    return true;
}


static void
assert_good(const char *code)
{
    gray_condition_t *condition;
    gray_error_t error;
    char text[256];

    if (gray_condition_parse(str_of(code), &condition, &error) != 0) {
        fail_msg("%s: column %u: %s", code, error.column, error.message);
    }

    gray_condition_print(gray_condition_root(condition), text, sizeof(text));
    assert_string_equal(text, code);
    gray_condition_free(condition);
}


static void
assert_bad(const char *code, const char *expected)
{
    gray_condition_t *condition;
    gray_error_t error;
    char line[700];

    assert_int_equal(
        gray_condition_parse(str_of(code), &condition, &error), -1);
    gray_error_print(&error, line, sizeof(line));
    assert_string_equal(line, expected);
}


static void
test_the_documented_conditions_are_good_and_the_errors_as_told(void **state)
{
    char line[512], code[512], message[512], section[64] = "";
    unsigned examples = 0, errors = 0;
    FILE *file = fopen(GRAY_ROOT "/docs/conditions.md", "r");

    (void) state;
    assert_non_null(file);

    while (fgets(line, sizeof(line), file) != NULL) {
        const char *p = line;

        if (strncmp(line, "## ", 3) == 0) {
            snprintf(section, sizeof(section), "%.60s", line + 3);
        }

        if (strncmp(line, "| `", 3) != 0 || !next_code(&p, code)) {
            continue;
        }

        if (section[0] == '\0') {
            assert_good(code);
            examples++;
        } else if (strcmp(section, "Errors\n") == 0 && next_code(&p, message)) {
            assert_bad(code, message);
            errors++;
        }
    }

    fclose(file);
    assert_true(examples >= EXAMPLES_MIN);
    assert_true(errors >= ERRORS_MIN);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_the_documented_conditions_are_good_and_the_errors_as_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
