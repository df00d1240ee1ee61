#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "control/log_line.h"

#define SHOP "time=2026-01-31T12:00:00+00:00 release=shop "

static char text[4096];
static gray_log_line_t line;
static gray_error_t error;


static int
parse(const char *source)
{
    (void) snprintf(text, sizeof(text), "%s", source);

    return gray_log_line_parse(text, strlen(text), &line, &error);
}


static void
good(const char *source)
{
    if (parse(source) != 0) {
        fail_msg("%s: column %u: %s", source, error.column, error.message);
    }
}


static void
bad(const char *source, const char *message)
{
    assert_int_equal(parse(source), -1);
    if (strstr(error.message, message) == NULL) {
        fail_msg("%s: %s", source, error.message);
    }
}


static void
same(gray_str_t got, const char *wanted)
{
    assert_int_equal(got.len, strlen(wanted));
    assert_memory_equal(got.data, wanted, got.len);
}


static void
attribute(unsigned i, const char *name, const char *value)
{
    assert_true(i < line.nattributes);
    same(line.attributes[i].name, name);
    same(line.attributes[i].value, value);
}


static void
the_text_form_is_read(void **state)
{
    (void) state;
    good(SHOP "variant=gray reason=split:user:31415 revision=42 status=200 "
              "request=\"GET /a?b=c HTTP/1.1\" attr.ip=\"10.0.0.1\" "
              "attr.user=\"a b\"");
    assert_int_equal(line.time, 1769860800);
    same(line.release, "shop");
    same(line.variant, "gray");
    same(line.reason, "split:user:31415");
    assert_int_equal(line.revision, 42);
    assert_int_equal(line.nattributes, 2);
    attribute(0, "ip", "10.0.0.1");
    attribute(1, "user", "a b");
}


static void
the_json_form_is_read(void **state)
{
    (void) state;
    good("{\"time\":\"2026-01-31T13:00:00+01:00\",\"release\":\"shop\","
         "\"variant\":\"gray\",\"reason\":\"default\",\"revision\":\"42\","
         "\"status\":200,\"attr.ip\":\"10.0.0.1\",\"attr.user\":\"a b\"}");
    assert_int_equal(line.time, 1769860800);
    same(line.release, "shop");
    same(line.variant, "gray");
    same(line.reason, "default");
    assert_int_equal(line.revision, 42);
    assert_int_equal(line.nattributes, 2);
    attribute(1, "user", "a b");
    good("{ \"revision\" : 7 , \"release\":\"a\",\"time\":"
         "\"2026-01-31T12:00:00Z\" } \r\n");
    assert_int_equal(line.revision, 7);
}


static void
escapes_are_the_bytes_that_nginx_escaped(void **state)
{
    (void) state;
    good(SHOP "attr.user=\"\\x22a\\x5C\\xC3\\xA9\\x09\" attr.b=\\x41");
    attribute(0, "user", "\"a\\\xc3\xa9\t");
    attribute(1, "b", "A");
    good("{\"time\":\"2026-01-31T12:00:00Z\",\"release\":\"shop\",\"attr.user\""
         ":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"}");
    attribute(
        0, "user", "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}


static void
bytes_that_are_no_utf8_stay(void **state)
{
    (void) state;
    good("{\"time\":\"2026-01-31T12:00:00Z\",\"release\":\"shop\",\"attr.user\""
         ":\"\xff\xfe\"}");
    attribute(0, "user", "\xff\xfe");
}


static void
what_nginx_logs_for_nothing_is_absent(void **state)
{
    (void) state;
    good("time=2026-01-31T12:00:00Z release=- variant=- reason=- revision=- "
         "attr.user=\"-\" attr.ip=\"\" attr.b=\"x\"");
    assert_int_equal(line.release.len, 0);
    assert_int_equal(line.variant.len, 0);
    assert_int_equal(line.revision, 0);
    assert_int_equal(line.nattributes, 1);
    attribute(0, "b", "x");
    good("{\"time\":\"2026-01-31T12:00:00Z\",\"release\":\"\",\"revision\":\"\""
         ",\"attr.user\":\"\",\"attr.b\":\"-\",\"attr.c\":null}");
    assert_int_equal(line.release.len, 0);
    assert_int_equal(line.nattributes, 1);
    attribute(0, "b", "-");
}


static void
other_members_are_passed_over(void **state)
{
    (void) state;
    good("host=a.b.c " SHOP "colour=red x-y=\"1 2\" colour=blue");
    good("{\"a\":[1,[2,{\"b\":[]}],{}],\"release\":\"shop\",\"c\":-1.5e+9,"
         "\"d\":true,\"time\":\"2026-01-31T12:00:00Z\",\"release2\":{}}");
    same(line.release, "shop");
}


static void
a_client_cannot_write_a_member(void **state)
{
    (void) state;
    bad(SHOP "agent=Mozilla/5.0 (X11) release=other", "expected NAME=VALUE");
    bad(SHOP "agent=x release=other", "a second release");
    bad(SHOP "attr.user=\"7\" agent=x attr.user=\"8\"", "a second attr.user");
    bad(SHOP "attr.user=\"-\" agent=x attr.user=\"8\"", "a second attr.user");
    bad("{\"time\":\"2026-01-31T12:00:00Z\",\"release\":\"shop\",\"attr.u\":"
        "\"7\",\"attr.u\":\"8\"}",
        "a second attr.u");
}


static void
a_bad_line_says_what_is_wrong(void **state)
{
    unsigned i;
    char deep[128];
    static const struct {
        const char *text;
        const char *message;
    } lines[] = {
        { "", "expected NAME=VALUE" },
        { "10.0.0.1 - - [x] \"GET /\"", "expected NAME=VALUE" },
        { SHOP, "expected NAME=VALUE" },
        { "release=shop", "has no time" },
        { "time=2026-01-31T12:00:00Z", "has no release" },
        { "time=31/Jan/2026 release=shop", "is no time" },
        { "time=2026-02-31T12:00:00Z release=shop", "is no time" },
        { "time= release=shop", "is no time" },
        { SHOP "revision=-4", "is no revision" },
        { SHOP "revision=1234567890123456789", "is no revision" },
        { SHOP "variant=a/b", "is no name of a variant" },
        { SHOP "reason=\"a b\"", "the reason is none" },
        { SHOP "attr.1=x", "is no name of an attribute" },
        { SHOP "attr.not=x", "is no name of an attribute" },
        { SHOP "attr.user=\"7", "the quote is not closed" },
        { SHOP "attr.user=\"7\"8", "expected a space" },
        { SHOP "attr.user=7\"8", "a byte that nginx" },
        { SHOP "attr.user=\"\\\"\"", "expected \\xHH" },
        { SHOP "attr.user=\"\\x4", "expected \\xHH" },
        { SHOP "attr.user=\"a\tb\"", "a byte that nginx" },
        { SHOP " attr.user=7", "expected NAME=VALUE" },
        { "{", "expected '\"'" },
        { "{}", "has no time" },
        { "{}x", "something follows" },
        { "{\"a\":}", "expected a value" },
        { "{\"a\":01}", "expected a value" },
        { "{\"a\":1.}", "expected a value" },
        { "{\"a\":-}", "expected a value" },
        { "{\"a\":nul}", "expected a value" },
        { "{\"a\":1,}", "expected '\"'" },
        { "{\"a\" 1}", "expected ':'" },
        { "{\"a\":\"\\q\"}", "a bad escape" },
        { "{\"a\":\"\\u12\"}", "a bad escape" },
        { "{\"a\":\"\\ud800x\"}", "a bad escape" },
        { "{\"a\":\"\\udc00\"}", "a bad escape" },
        { "{\"a\":\"\n\"}", "a control character" },
        { "{\"a\":[1,}", "expected a value" },
        { "{\"a\":[1}", "expected ']'" },
        { "{\"a\":{1:2}}", "expected \"NAME\":" },
        { "{\"time\":[]}", "has no time" },
    };

    (void) state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        bad(lines[i].text, lines[i].message);
    }

    (void) snprintf(deep, sizeof(deep), "{\"a\":%s", "[[[[[[[[[[[[[[[[[[[[");
    bad(deep, "nested too deep");
}


static void
the_place_of_a_mistake_is_its_column(void **state)
{
    (void) state;
    bad("time=2026-01-31T12:00:00Z release=shop x", "expected NAME=VALUE");
    assert_int_equal(error.column, 40);
    bad("{\"a\": nul}", "expected a value");
    assert_int_equal(error.column, 7);
}


static void
a_line_has_a_limit(void **state)
{
    static char huge[GRAY_LOG_LINE_MAX + 1];
    unsigned i;
    size_t len;

    (void) state;
    memset(huge, 'a', sizeof(huge));
    assert_int_equal(
        gray_log_line_parse(huge, sizeof(huge), &line, &error), -1);
    assert_non_null(strstr(error.message, "at most 65536"));

    len = (size_t) snprintf(text, sizeof(text), "%s", SHOP);
    for (i = 0; i <= GRAY_LOG_ATTRIBUTES_MAX; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%sattr.a%u=x",
            i > 0 ? " " : "", i);
    }
    assert_int_equal(gray_log_line_parse(text, len, &line, &error), -1);
    assert_non_null(strstr(error.message, "more than 64 attributes"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_form_is_read),
        cmocka_unit_test(the_json_form_is_read),
        cmocka_unit_test(escapes_are_the_bytes_that_nginx_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_stay),
        cmocka_unit_test(what_nginx_logs_for_nothing_is_absent),
        cmocka_unit_test(other_members_are_passed_over),
        cmocka_unit_test(a_client_cannot_write_a_member),
        cmocka_unit_test(a_bad_line_says_what_is_wrong),
        cmocka_unit_test(the_place_of_a_mistake_is_its_column),
        cmocka_unit_test(a_line_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
