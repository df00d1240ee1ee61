/* Tokens, scopes, Host and Origin. */

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "grayd/access.h"


static gray_error_t error;


/* A token with these scopes in a file of its own: what it may. */
static grayd_verdict_t
verdict(const char *scopes, grayd_scope_t scope, const char *object)
{
    char path[] = "/tmp/grayd-token-XXXXXX", token[64], line[512];
    char header[96], name[GRAYD_TOKEN_NAME_MAX];
    FILE *file = fdopen(mkstemp(path), "w");
    grayd_access_t *access;
    grayd_verdict_t found;

    assert_int_equal(grayd_token_make("me", scopes, token, line, &error), 0);
    fprintf(file, "# one\n\n%s\n", line);
    fclose(file);
    assert_int_equal(grayd_access_create(path, &access, &error), 0);
    unlink(path);

    snprintf(header, sizeof(header), "Bearer %s", token);
    found = grayd_access_token(
        access, header, scope, (gray_str_t){ strlen(object), object }, name);
    assert_string_equal(name, "me");
    grayd_access_free(access);

    return found;
}


static void
test_a_scope_allows_what_it_names_and_looking(void **state)
{
    (void) state;

    static const struct {
        const char *scopes;
        grayd_scope_t scope;
        const char *object;
        grayd_verdict_t verdict;
    } cases[] = {
        { "read", GRAYD_READ, "", GRAYD_ALLOWED },
        { "read", GRAYD_LIST, "vip", GRAYD_NOT_ENOUGH },
        { "list:vip", GRAYD_READ, "", GRAYD_ALLOWED },
        { "list:vip", GRAYD_LIST, "vip", GRAYD_ALLOWED },
        { "list:vip", GRAYD_LIST, "vip2", GRAYD_NOT_ENOUGH },
        { "list:vip", GRAYD_LIST, "vi", GRAYD_NOT_ENOUGH },
        { "list:vip", GRAYD_LIST, "", GRAYD_NOT_ENOUGH },
        { "list:vip", GRAYD_RELEASE, "vip", GRAYD_NOT_ENOUGH },
        { "list:*", GRAYD_LIST, "any", GRAYD_ALLOWED },
        { "list:*", GRAYD_ADMIN, "", GRAYD_NOT_ENOUGH },
        { "release:shop", GRAYD_RELEASE, "shop", GRAYD_ALLOWED },
        { "read,release:shop,list:vip", GRAYD_LIST, "vip", GRAYD_ALLOWED },
        { "admin", GRAYD_ADMIN, "", GRAYD_ALLOWED },
        { "admin", GRAYD_RELEASE, "shop", GRAYD_ALLOWED },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(
            verdict(cases[i].scopes, cases[i].scope, cases[i].object),
            cases[i].verdict);
    }
}


static void
test_two_tokens_are_never_the_same(void **state)
{
    (void) state;

    char first[64], second[64], line[512];

    assert_int_equal(grayd_token_make("a", "read", first, line, &error), 0);
    assert_int_equal(grayd_token_make("a", "read", second, line, &error), 0);
    assert_int_equal(strlen(first), 43);
    assert_string_not_equal(first, second);
    assert_null(strstr(line, second));
}


static void
test_a_host_is_one_of_ours_with_any_port(void **state)
{
    (void) state;

    static const char *const hosts[] = { "gray.example", NULL };
    static const char *const good[] = { "localhost", "LocalHost:80",
        "127.0.0.1:8600", "[::1]", "[::1]:1", "Gray.Example", NULL };
    static const char *const bad[] = { "", ":80", "[::1", "[::2]", "localhost.",
        "gray.example.evil", "xgray.example", "127.0.0.2", NULL };

    for (int i = 0; good[i] != NULL; i++) {
        assert_true(grayd_host_allowed(good[i], hosts));
    }
    for (int i = 0; bad[i] != NULL; i++) {
        assert_false(grayd_host_allowed(bad[i], hosts));
    }
    assert_false(grayd_host_allowed("gray.example", NULL));
}


static void
test_a_change_comes_from_here_or_from_an_allowed_page(void **state)
{
    (void) state;

    static const char *const origins[] = { "https://page.example", NULL };

    assert_true(grayd_origin_allowed(NULL, NULL, NULL, NULL));
    assert_true(grayd_origin_allowed(NULL, "same-origin", "h", NULL));
    assert_false(grayd_origin_allowed(NULL, "cross-site", "h", NULL));
    assert_true(grayd_origin_allowed("http://h:1", NULL, "h:1", NULL));
    assert_false(grayd_origin_allowed("http://h:2", NULL, "h:1", NULL));
    assert_false(grayd_origin_allowed("null", NULL, "null", NULL));
    assert_false(grayd_origin_allowed("http://h", NULL, NULL, NULL));
    assert_true(
        grayd_origin_allowed("https://page.example", NULL, "h", origins));
    assert_false(
        grayd_origin_allowed("http://page.example", NULL, "h", origins));
}


/* Writes a file of one token that is this old, which `header` then bears. */
static void
write_token(const char *path, time_t age, char header[96])
{
    struct timespec times[2] = { { .tv_sec = time(NULL) - age } };
    char token[64], line[512];
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(grayd_token_make("me", "read", token, line, &error), 0);
    fprintf(file, "%s\n", line);
    fclose(file);
    times[1] = times[0];
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    snprintf(header, 96, "Bearer %s", token);
}


static void
test_a_file_that_could_not_be_opened_is_read_when_it_can(void **state)
{
    char path[] = "/tmp/grayd-token-XXXXXX", name[GRAYD_TOKEN_NAME_MAX];
    char old[96], new[96];
    struct rlimit files, none;
    grayd_access_t *access;

    (void) state;
    close(mkstemp(path));
    write_token(path, 60, old);
    assert_int_equal(grayd_access_create(path, &access, &error), 0);
    write_token(path, 30, new);

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = files;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(grayd_access_look(access, &error), -1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(
        grayd_access_token(access, old, GRAYD_READ, (gray_str_t){ 0 }, name),
        GRAYD_ALLOWED);

    assert_int_equal(grayd_access_look(access, &error), 0);
    assert_int_equal(
        grayd_access_token(access, old, GRAYD_READ, (gray_str_t){ 0 }, name),
        GRAYD_NO_TOKEN);
    assert_int_equal(
        grayd_access_token(access, new, GRAYD_READ, (gray_str_t){ 0 }, name),
        GRAYD_ALLOWED);

    grayd_access_free(access);
    unlink(path);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_scope_allows_what_it_names_and_looking),
        cmocka_unit_test(
            test_a_file_that_could_not_be_opened_is_read_when_it_can),
        cmocka_unit_test(test_two_tokens_are_never_the_same),
        cmocka_unit_test(test_a_host_is_one_of_ours_with_any_port),
        cmocka_unit_test(test_a_change_comes_from_here_or_from_an_allowed_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
