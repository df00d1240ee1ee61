/* Errors as problem documents. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grayd/problem.h"


static void
test_every_code_has_a_status_with_a_title(void **state)
{
    (void) state;

    for (int code = 0; code <= GRAY_ESYSTEM; code++) {
        unsigned status = grayd_problem_status(code);

        assert_true(status >= 400 && status < 600);
        assert_string_not_equal(grayd_status_title(status), "Error");
    }
    assert_int_equal(grayd_problem_status(9999), 500);
}


static void
test_what_is_not_known_is_left_out(void **state)
{
    (void) state;

    gray_error_t error;
    json_t *problem;

    (void) gray_error_set(&error, GRAY_ENOTFOUND, "no '%s'", "\xff");
    problem = grayd_problem(404, &error, NULL);
    assert_int_equal(json_object_size(problem), 5);
    assert_string_equal(
        json_string_value(json_object_get(problem, "code")), "not_found");
    /* what is no UTF-8 is told as grayctl --json tells it */
    assert_string_equal(
        json_string_value(json_object_get(problem, "detail")), "no '\\xff'");
    json_decref(problem);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_a_status_with_a_title),
        cmocka_unit_test(test_what_is_not_known_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
