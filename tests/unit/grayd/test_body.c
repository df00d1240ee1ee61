/* Reading a JSON body. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grayd/body.h"


static grayd_request_t request;


static void
have(const char *text)
{
    grayd_reply_clear(&request.reply);
    json_decref(request.body);
    request.body = text != NULL ? json_loads(text, 0, NULL) : NULL;
}


static void
refused(const char *words)
{
    assert_int_equal(request.reply.status, 422);
    assert_non_null(
        memmem(request.reply.body, request.reply.len, words, strlen(words)));
    grayd_reply_clear(&request.reply);
}


static void
test_a_member_that_nobody_knows_is_named(void **state)
{
    (void) state;

    static const char *const names[] = { "a", NULL };

    have("{\"a\": 1, \"b\": 2}");
    assert_int_equal(grayd_body_only(&request, names), -1);
    refused("\"place\":\"b\"");
    have(NULL);
}


static void
test_values_have_their_types(void **state)
{
    (void) state;

    const char *text;
    uint64_t number;
    bool flag;

    have("{\"t\": \"x\", \"n\": 7, \"f\": true, \"z\": null}");
    assert_int_equal(grayd_body_text(&request, "t", true, &text), 0);
    assert_string_equal(text, "x");
    assert_int_equal(grayd_body_number(&request, "n", 1, 7, &number), 0);
    assert_int_equal(number, 7);
    assert_int_equal(grayd_body_number(&request, "z", 5, 7, &number), 0);
    assert_int_equal(number, 5);
    assert_int_equal(grayd_body_flag(&request, "f", &flag), 0);
    assert_true(flag);

    assert_int_equal(grayd_body_text(&request, "z", true, &text), -1);
    refused("missing");
    assert_int_equal(grayd_body_text(&request, "n", false, &text), -1);
    refused("not a string");
    assert_int_equal(grayd_body_number(&request, "n", 1, 6, &number), -1);
    refused("from 0 to 6");
    assert_int_equal(grayd_body_flag(&request, "n", &flag), -1);
    refused("true or false");
    have(NULL);
}


static void
test_a_list_of_strings_has_strings_and_bounds(void **state)
{
    (void) state;

    const char **texts;
    unsigned n;

    have("{\"l\": [\"a\", \"b\"], \"e\": [], \"m\": [\"a\", 1]}");
    assert_int_equal(grayd_body_texts(&request, "l", true, 2, &texts, &n), 0);
    assert_int_equal(n, 2);
    assert_string_equal(texts[1], "b");
    free(texts);
    assert_int_equal(grayd_body_texts(&request, "l", true, 1, &texts, &n), -1);
    refused("up to 1");
    assert_int_equal(grayd_body_texts(&request, "e", true, 1, &texts, &n), -1);
    refused("up to 1");
    assert_int_equal(grayd_body_texts(&request, "m", true, 2, &texts, &n), -1);
    refused("[1] is not a string");
    have(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_member_that_nobody_knows_is_named),
        cmocka_unit_test(test_values_have_their_types),
        cmocka_unit_test(test_a_list_of_strings_has_strings_and_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
