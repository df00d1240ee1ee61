/* Taking targets apart. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grayd/uri.h"


static grayd_uri_t uri;
static gray_error_t error;


static int
parse(const char *target)
{
    return grayd_uri_parse(target, strlen(target), &uri, &error);
}


static void
test_a_path_is_taken_apart_and_each_part_decoded_by_itself(void **state)
{
    (void) state;

    assert_int_equal(parse("/v1/lists/a%2Fb/%2e%2E%00x"), 0);
    assert_int_equal(uri.nsegments, 4);
    assert_string_equal(uri.segments[2].data, "a/b");
    assert_int_equal(uri.segments[3].len, 4);
    assert_memory_equal(uri.segments[3].data, "..\0x", 5);
    grayd_uri_free(&uri);
}


static void
test_a_query_is_taken_apart_and_a_plus_is_a_space(void **state)
{
    (void) state;

    assert_int_equal(parse("/?a=1+2&b&&c=%3D=&d="), 0);
    assert_int_equal(uri.nquery, 4);
    assert_string_equal(grayd_uri_query(&uri, "a")->data, "1 2");
    assert_string_equal(grayd_uri_query(&uri, "b")->data, "");
    assert_string_equal(grayd_uri_query(&uri, "c")->data, "==");
    assert_int_equal(grayd_uri_query(&uri, "d")->len, 0);
    assert_null(grayd_uri_query(&uri, "e"));
    grayd_uri_free(&uri);
}


static void
test_what_is_bad_is_refused(void **state)
{
    (void) state;

    static const char *const bad[] = { "", "v1", "/%", "/%1", "/%zz", "/.",
        "/a/..", "/%2e%2e/a", "/%2E", "/?a=%", "/?a=1&a=2", "/?%61=1&a=2",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m", NULL };

    for (int i = 0; bad[i] != NULL; i++) {
        assert_int_equal(parse(bad[i]), -1);
        assert_int_equal(error.code, GRAY_EINVALID);
    }
    assert_int_equal(grayd_uri_parse("/a\0b", 4, &uri, &error), -1);
}


static void
test_the_longest_target_fits_and_a_longer_one_does_not(void **state)
{
    (void) state;

    char *target = malloc(GRAYD_URI_MAX + 2);

    memset(target, 'a', GRAYD_URI_MAX + 1);
    target[0] = '/';
    target[GRAYD_URI_MAX + 1] = '\0';
    assert_int_equal(parse(target), -1);
    target[GRAYD_URI_MAX] = '\0';
    assert_int_equal(parse(target), 0);
    assert_int_equal(uri.segments[0].len, GRAYD_URI_MAX - 1);
    grayd_uri_free(&uri);
    free(target);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_a_path_is_taken_apart_and_each_part_decoded_by_itself),
        cmocka_unit_test(test_a_query_is_taken_apart_and_a_plus_is_a_space),
        cmocka_unit_test(test_what_is_bad_is_refused),
        cmocka_unit_test(
            test_the_longest_target_fits_and_a_longer_one_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
