/* What a bad condition is told, and where. */

#include "core_test.h"
#include "core/condition.h"

#define NAME_HINT "; a name has letters, digits, '_', '.' and '-', at most 63"
#define OPERATOR                                              \
    "expected an operator (in, not in, =, !=, <, <=, >, >=, " \
    "starts, ends, contains, matches)"
#define WORD_HINT \
    "; a name has letters, digits and '_', no digit first, at most 63"

static const struct {
    const char *text;
    unsigned line, column;
    const char *message; /* with the hint, as gray_error_print joins them */
} bad[] = {
    { "", 1, 1, "the condition is empty; write 'true' for everyone" },
    { "  \n ", 2, 2, "the condition is empty; write 'true' for everyone" },
    { "user == 'x'", 1, 6, "unknown operator '=='; write '='" },
    { "user === 'x'", 1, 6, "unknown operator '==='; write '='" },
    { "user <> 'x'", 1, 6, "unknown operator '<>'; write '!='" },
    { "user =~ 'x'", 1, 6, "unknown operator '=~'; write 'matches'" },
    { "user ~ 'x'", 1, 6, "unknown operator '~'; write 'matches'" },
    { "user ! 'x'", 1, 6, "unknown operator '!'; write 'not'" },
    { "user && x", 1, 6, "unknown operator '&&'; write 'and'" },
    { "user => 5", 1, 6, "unknown operator '=>'; write '>='" },
    { "a = 1 && b = 2", 1, 7,
        "expected 'and', 'or' or the end, not '&&'; write 'and'" },
    { "a = 1 || b = 2", 1, 7,
        "expected 'and', 'or' or the end, not '||'; write 'or'" },
    { "a = 1 & b = 2", 1, 7,
        "expected 'and', 'or' or the end, not '&'; write 'and'" },
    { "a = 1 | b = 2", 1, 7,
        "expected 'and', 'or' or the end, not '|'; write 'or'" },
    { "a = 1 AND b = 2", 1, 7,
        "expected 'and', 'or' or the end, not 'AND'; write 'and'" },
    { "a = 1 OR b = 2", 1, 7,
        "expected 'and', 'or' or the end, not 'OR'; write 'or'" },
    { "(a = 1 && b = 2)", 1, 8,
        "expected 'and', 'or' or ')', not '&&'; write 'and'" },
    { "!a = 1", 1, 1, "expected a test, not '!'; write 'not'" },
    { "!(a = 1)", 1, 1, "expected a test, not '!'; write 'not'" },
    { "a = 1 and !b = 2", 1, 11, "expected a test, not '!'; write 'not'" },
    { "a ==! 1", 1, 3, OPERATOR ", not '==!'" },
    { "user IN @vip", 1, 6, OPERATOR ", not 'IN'; write 'in'" },
    { "false", 1, 1, "expected a test, not 'false'; write 'not true'" },
    { "a =< 5", 1, 3, "unknown operator '=<'; write '<='" },
    { "a !== 5", 1, 3, "unknown operator '!=='; write '!='" },
    { "a < 10.0.0.0/8", 1, 5, "a block has no order; write a = 10.0.0.0/8" },
    { "a >= 2001:db8::/32", 1, 6,
        "a block has no order; write a = 2001:db8::/32" },
    { "a <", 1, 4, "expected a value, not the end" },
    { "a < @vip", 1, 5,
        "expected a value, not '@vip'; a list is asked with 'in'" },
    { "a < ''", 1, 5,
        "an empty value is the same as an absent one; write has a" },
    { "a starts x", 1, 10, "expected a text in quotes, not 'x'; write 'x'" },
    { "a starts 5", 1, 10, "expected a text in quotes, not '5'; write '5'" },
    { "a ends", 1, 7, "expected a text in quotes, not the end" },
    { "a contains @x", 1, 12, "expected a text in quotes, not '@x'" },
    { "a contains ''", 1, 12,
        "an empty value is the same as an absent one; write has a" },
    { "a contains ['x']", 1, 12, "expected a text in quotes, not '['" },
    { "a matches ''", 1, 11,
        "an empty value is the same as an absent one; write has a" },
    { "a matches ^x", 1, 11, "unexpected character '^'" },
    { "a matches 'a('", 1, 14, "the pattern: missing closing parenthesis" },
    { "a matches '*a'", 1, 12,
        "the pattern: quantifier does not follow a repeatable item" },
    { "a matches 'it''s [a-'", 1, 21,
        "the pattern: missing terminating ] for character class" },
    { "true and\na matches '[z-a]'", 2, 15,
        "the pattern: range out of order in character class" },
    { "a matches 'x\\C'", 1, 15,
        "the pattern: using \\C is disabled by the application" },
    { "now", 1, 4, "expected '<' or '>=' after 'now', not the end" },
    { "now = 2026-10-01T00:00:00Z", 1, 5,
        "expected '<' or '>=' after 'now', not '='" },
    { "now > 2026-10-01T00:00:00Z", 1, 5,
        "expected '<' or '>=' after 'now', not '>'" },
    { "now < 2026-10-01", 1, 7,
        "'2026-10-01' is no time; write one such as 2026-12-01T00:00:00Z or "
        "2026-12-01T00:00:00+08:00" },
    { "now < 2026-13-01T00:00:00Z", 1, 7,
        "'2026-13-01T00:00:00Z' is no time; write one such as "
        "2026-12-01T00:00:00Z or 2026-12-01T00:00:00+08:00" },
    { "now < 5", 1, 7,
        "expected a time, not '5'; write one such as "
        "2026-12-01T00:00:00+08:00" },
    { "now < 'x'", 1, 7,
        "expected a time, not ''x''; write one such as "
        "2026-12-01T00:00:00+08:00" },
    { "now <", 1, 6,
        "expected a time, not the end; write one such as "
        "2026-12-01T00:00:00+08:00" },
    { "now < v1.2", 1, 7,
        "expected a time, not 'v1.2'; write one such as "
        "2026-12-01T00:00:00+08:00" },
    { "now < x", 1, 7,
        "expected a time, not 'x'; write one such as "
        "2026-12-01T00:00:00+08:00" },
    { "a = 2026-10-01T00:00:00", 1, 5,
        "'2026-10-01T00:00:00' is no time; write one such as "
        "2026-12-01T00:00:00Z or 2026-12-01T00:00:00+08:00" },
    { "a in []", 1, 7, "expected a value, not ']'" },
    { "a in [", 1, 7, "expected a value, not the end" },
    { "a in ['x'", 1, 10, "expected ',' or ']', not the end" },
    { "a in ['x',]", 1, 11, "expected a value, not ']'" },
    { "a in ['x' 'y']", 1, 11, "expected ',' or ']', not ''y''" },
    { "a in ['x', '']", 1, 12,
        "an empty value is the same as an absent one; leave it out" },
    { "a in ['x', y]", 1, 12, "the text y has no quotes; write 'y'" },
    { "a in [@vip]", 1, 7,
        "expected a value, not '@vip'; a list is asked with 'in'" },
    { "a in [5, 1.2.3]", 1, 10,
        "'1.2.3' is neither a number nor an address; a version is written "
        "v1.2.3" },
    { "a not in [1,\n x]", 2, 2, "the text x has no quotes; write 'x'" },
    { "a = v", 1, 5, "the text v has no quotes; write 'v'" },
    { "a = v1.", 1, 5,
        "'v1.' is no version; write one such as v8.0.47 or v1.2.0-rc.1" },
    { "a >= v1.x", 1, 6,
        "'v1.x' is no version; write one such as v8.0.47 or v1.2.0-rc.1" },
    { "a = v1.2-", 1, 5,
        "'v1.2-' is no version; write one such as v8.0.47 or v1.2.0-rc.1" },
    { "a = v1.2-rc_1", 1, 5,
        "'v1.2-rc_1' is no version; write one such as v8.0.47 or "
        "v1.2.0-rc.1" },
    { "a = 8.0.47", 1, 5,
        "'8.0.47' is neither a number nor an address; a version is written "
        "v8.0.47" },
    { "a >= 8.0.47.2560", 1, 6,
        "'8.0.47.2560' is neither a number nor an address; a version is "
        "written v8.0.47.2560" },
    { "a = '\xff'", 1, 6, "byte 0xff is no UTF-8" },
    { "a = 1\nand b = 'x\xe5\x8c'", 2, 11, "byte 0xe5 is no UTF-8" },
    { "\xc0\xaf", 1, 1, "byte 0xc0 is no UTF-8" },
    { "a = 01.2.3.4", 1, 5,
        "'01.2.3.4' is neither a number nor an address; a version is written "
        "v01.2.3.4" },
    { "a = 10.0.0/8", 1, 5,
        "'10.0.0/8' is neither a number nor an address; a block needs all "
        "four parts, such as 10.0.0.0/8" },
    { "a = 10.0.0.1/8", 1, 5,
        "'10.0.0.1/8' has address bits beyond its prefix; write 10.0.0.0/8" },
    { "a = 10.0.0.0/33", 1, 5,
        "'10.0.0.0/33' has no prefix length of 0 to 32; write 10.0.0.0/32" },
    { "a = 2001:db8::/129", 1, 5,
        "'2001:db8::/129' has no prefix length of 0 to 128; write "
        "2001:db8::/128" },
    { "a = BJ", 1, 5, "the text BJ has no quotes; write 'BJ'" },
    { "a = b-c", 1, 5, "the text b-c has no quotes; write 'b-c'" },
    { "a = 5x", 1, 5, "the text 5x has no quotes; write '5x'" },
    { "a = 1.", 1, 5, "the text 1. has no quotes; write '1.'" },
    { "a = +5", 1, 5, "the text +5 has no quotes; write '+5'" },
    { "a = true", 1, 5, "the text true has no quotes; write 'true'" },
    { "a = \xe5\x8c\x97", 1, 5,
        "the text \xe5\x8c\x97 has no quotes; write '\xe5\x8c\x97'" },
    { "a = ''", 1, 5,
        "an empty value is the same as an absent one; write not has a" },
    { "a != \"\"", 1, 6,
        "an empty value is the same as an absent one; write has a" },
    { "a = @vip", 1, 5,
        "expected a value, not '@vip'; a list is asked with 'in'" },
    { "a =", 1, 4, "expected a value, not the end" },
    { "a = (", 1, 5, "expected a value, not '('" },
    { "a = = 5", 1, 5, "expected a value, not '='" },
    { "a != and", 1, 6, "the text and has no quotes; write 'and'" },
    { "a", 1, 2, OPERATOR ", not the end" },
    { "a b", 1, 3, OPERATOR ", not 'b'" },
    { "a )", 1, 3, OPERATOR ", not ')'" },
    { "a and b", 1, 3, OPERATOR ", not 'and'" },
    { "a in", 1, 5,
        "expected a list or a set, not the end; a list is written @NAME, a set "
        "['a', 'b']" },
    { "a in vip", 1, 6, "expected a list or a set, not 'vip'; write @vip" },
    { "a in 'vip'", 1, 6,
        "expected a list or a set, not ''vip''; a list is written @NAME, a set "
        "['a', 'b']" },
    { "a in @", 1, 6, "'@' is no list's name" NAME_HINT },
    { "a in @-x", 1, 6, "'@-x' is no list's name" NAME_HINT },
    { "a in @x/y", 1, 6, "'@x/y' is no list's name" NAME_HINT },
    { "a in @off", 1, 6, "'@off' is no list's name" NAME_HINT },
    { "a not", 1, 6, "expected 'in' after 'not', not the end" },
    { "a not @vip", 1, 7, "expected 'in' after 'not', not '@vip'" },
    { "has", 1, 4, "expected an attribute, not the end" },
    { "has @vip", 1, 5, "expected an attribute, not '@vip'" },
    { "has and", 1, 5, "expected an attribute, not 'and'" },
    { "has 5", 1, 5, "'5' is no attribute's name" WORD_HINT },
    { "has device-id", 1, 5, "'device-id' is no attribute's name" WORD_HINT },
    { "device-id = 5", 1, 1, "'device-id' is no attribute's name" WORD_HINT },
    { "5 = 5", 1, 1, "'5' is no attribute's name" WORD_HINT },
    { "'user' = 5", 1, 1, "expected a test, not ''user''" },
    { "@vip", 1, 1, "expected a test, not '@vip'" },
    { "$user = 5", 1, 1,
        "unexpected character '$'; attributes are written without it" },
    { "user # x", 1, 6, "unexpected character '#'" },
    { "user = 5; true", 1, 9, "unexpected character ';'" },
    { "user = 5\x01", 1, 9, "unexpected byte 0x01" },
    { "now 'x", 1, 5, "the text has no closing '" },
    { "user = 'x", 1, 8, "the text has no closing '" },
    { "user = \"x'", 1, 8, "the text has no closing \"" },
    { "user = 'x''", 1, 8, "the text has no closing '" },
    { "user = 'x\ty'", 1, 10, "control character 0x09 in a text" },
    { "user = 'x\ny'", 1, 10, "control character 0x0a in a text" },
    { "and", 1, 1, "expected a test, not 'and'" },
    { "true and", 1, 9, "expected a test, not the end" },
    { "true or", 1, 8, "expected a test, not the end" },
    { "or true", 1, 1, "expected a test, not 'or'" },
    { "true and or true", 1, 10, "expected a test, not 'or'" },
    { "not", 1, 4, "expected a test, not the end" },
    { "not not true", 1, 5, "expected a test, not 'not'" },
    { "true true", 1, 6, "expected 'and', 'or' or the end, not 'true'" },
    { "true)", 1, 5, "expected 'and', 'or' or the end, not ')'" },
    { "(true", 1, 6,
        "expected 'and', 'or' or ')', not the end; the '(' is in line 1, "
        "column 1" },
    { "true and\n  (a = 1\n or b = 2", 3, 10,
        "expected 'and', 'or' or ')', not the end; the '(' is in line 2, "
        "column 3" },
    { "(", 1, 2, "expected a test, not the end" },
    { "()", 1, 2, "expected a test, not ')'" },
    { ")", 1, 1, "expected a test, not ')'" },
    { "a = 1\nand b == 2", 2, 7, "unknown operator '=='; write '='" },
    { "a = 1\r\n\r\nand\tb == 2", 3, 7, "unknown operator '=='; write '='" },
    { "starts = 5", 1, 1, "expected a test, not 'starts'" },
    { "a = 1,", 1, 6, "expected 'and', 'or' or the end, not ','" },
};


static void
test_bad_conditions_say_where_and_what(void **state)
{
    gray_condition_t *condition;
    char buffer[512];
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(bad); i++) {
        if (gray_condition_parse(str_of(bad[i].text), &condition, &error) == 0)
        {
            fail_msg("'%s' is good", bad[i].text);
        }

        if (error.line != bad[i].line || error.column != bad[i].column) {
            fail_msg("'%s': line %u, column %u", bad[i].text, error.line,
                error.column);
        }

        assert_int_equal(error.code, GRAY_ESYNTAX);
        error.line = error.column = 0;
        gray_error_print(&error, buffer, sizeof(buffer));
        assert_string_equal(buffer, bad[i].message);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_conditions_say_where_and_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
