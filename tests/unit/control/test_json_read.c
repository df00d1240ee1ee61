/* Errors that go as JSON and come back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "control/json.h"


static void
test_an_error_comes_back_as_it_went(void **state)
{
    json_t *json;
    gray_error_t error, back;

    (void) state;
    (void) gray_error_set(&error, GRAY_ECONFLICT, "release '%s' changed", "é");
    (void) gray_error_hint(&error, "read it again");
    (void) gray_error_place(&error, "rules[2].if");
    error.line = 3;
    error.column = 14;

    json = gray_json_error(&error);
    gray_json_read_error(json, &back);
    assert_memory_equal(&back.code, &error.code, sizeof(back.code));
    assert_int_equal(back.line, 3);
    assert_int_equal(back.column, 14);
    assert_string_equal(back.message, error.message);
    assert_string_equal(back.hint, error.hint);
    assert_string_equal(back.place, error.place);
    json_decref(json);
}


static void
test_every_code_comes_back(void **state)
{
    (void) state;

    for (int code = GRAY_OK; code <= GRAY_ESYSTEM; code++) {
        assert_int_equal(
            gray_error_code_find(gray_error_code_name(code)), code);
    }
    assert_int_equal(gray_error_code_find("nonsense"), GRAY_ESYSTEM);
}


static void
test_a_problem_has_one_error_or_several(void **state)
{
    gray_errors_t errors;
    json_t *problem = json_pack("{s:s, s:s, s:i}", "code", "not_found",
        "detail", "no release", "line", -5);

    (void) state;
    gray_json_read_errors(problem, &errors);
    assert_int_equal(errors.n, 1);
    assert_int_equal(errors.list[0].code, GRAY_ENOTFOUND);
    assert_int_equal(errors.list[0].line, 0);
    assert_string_equal(errors.list[0].message, "no release");

    json_object_set_new(problem, "errors",
        json_pack("[{s:s, s:s}, {s:s}]", "code", "syntax", "message", "one",
            "message", "two"));
    json_object_set_new(problem, "total", json_integer(40));
    gray_json_read_errors(problem, &errors);
    assert_int_equal(errors.n, 2);
    assert_int_equal(errors.total, 40);
    assert_string_equal(errors.list[1].message, "two");
    json_decref(problem);
}


static void
test_what_is_no_problem_is_one_all_the_same(void **state)
{
    gray_error_t error;
    json_t *list = json_array();

    (void) state;
    gray_json_read_error(list, &error);
    assert_int_equal(error.code, GRAY_ESYSTEM);
    assert_string_equal(error.message, "");
    gray_json_read_error(NULL, &error);
    assert_int_equal(error.code, GRAY_ESYSTEM);
    json_decref(list);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_comes_back_as_it_went),
        cmocka_unit_test(test_every_code_comes_back),
        cmocka_unit_test(test_a_problem_has_one_error_or_several),
        cmocka_unit_test(test_what_is_no_problem_is_one_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
