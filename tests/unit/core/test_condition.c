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
    const char *canonical; /* NULL: itself */
} good[] = {
    { "true", NULL },
    { "has user", NULL },
    { "not true", NULL },
    { "not has user", NULL },
    { "user in @vip", NULL },
    { "user not in @vip", NULL },
    { "not user in @vip", NULL },
    { "not user not in @vip", NULL },
    { "  user\tin\n@vip\r\n ", "user in @vip" },
    { "user in@vip", "user in @vip" },
    { "user in @2fast", NULL },
    { "user in @a.b-c_d", NULL },
    { "city = 'BJ'", NULL },
    { "city='BJ'", "city = 'BJ'" },
    { "city = \"BJ\"", "city = 'BJ'" },
    { "city != 'BJ'", NULL },
    { "city!='BJ'", "city != 'BJ'" },
    { "name = 'it''s'", NULL },
    { "name = \"it's\"", "name = 'it''s'" },
    { "name = \"say \"\"hi\"\"\"", "name = 'say \"hi\"'" },
    { "name = ''''", NULL },
    { "name = 'a\\b'", NULL },
    { "city = '\xe5\x8c\x97\xe4\xba\xac'", NULL },
    { "x = ' '", NULL },
    { "x = 'and'", NULL },
    { "x = '@vip'", NULL },
    { "age = 5", NULL },
    { "age = -5", NULL },
    { "age=-5", "age = -5" },
    { "age = 5.25", NULL },
    { "age = 007", NULL },
    { "age != 12345678901234567890123456789", NULL },
    { "ip = 1.2.3.4", NULL },
    { "ip = ::ffff:1.2.3.4", "ip = 1.2.3.4" },
    { "ip = 10.0.0.0/8", NULL },
    { "ip != 10.0.0.0/8", NULL },
    { "ip = 2001:DB8::/32", "ip = 2001:db8::/32" },
    { "ip = fe80::1", NULL },
    { "ip = ::1", NULL },
    { "ip = ::/0", NULL },
    { "ip = 1::3:4:5:6:7:8", "ip = 1:0:3:4:5:6:7:8" },
    { "ip = abcd::", NULL },
    { "a = 1 and b = 2", NULL },
    { "a = 1 or b = 2", NULL },
    { "a = 1 and b = 2 and c = 3", NULL },
    { "a = 1 or b = 2 or c = 3", NULL },
    { "a = 1 and b = 2 or c = 3", NULL },
    { "a = 1 or b = 2 and c = 3", NULL },
    { "(a = 1 or b = 2) and c = 3", NULL },
    { "(a = 1 and b = 2) or c = 3", "a = 1 and b = 2 or c = 3" },
    { "a = 1 and (b = 2 and c = 3)", "a = 1 and b = 2 and c = 3" },
    { "(a = 1 and b = 2) and c = 3", "a = 1 and b = 2 and c = 3" },
    { "a = 1 or (b = 2 or (c = 3 or d = 4))",
        "a = 1 or b = 2 or c = 3 or d = 4" },
    { "a = 1 and (b = 2 or c = 3)", NULL },
    { "not (a = 1 and b = 2)", NULL },
    { "not (a = 1)", "not a = 1" },
    { "not (not a = 1)", NULL },
    { "not ((not (a = 1)))", "not (not a = 1)" },
    { "not a = 1 and b = 2", NULL },
    { "not (a = 1 and b = 2) or not c = 3", NULL },
    { "((((true))))", "true" },
    { "(true)and(true)", "true and true" },
    { "android = 1", NULL },
    { "order = 1 or oranges = 2", NULL },
    { "nothing = 1", NULL },
    { "hash = 1", NULL },
    { "truest = 1 and has trueish", NULL },
    { "_ = 1", NULL },
    { "AND = 1", NULL },
    { "v1 = 1", NULL },
    { "device_id in @testers or ip in @office", NULL },
    { "a < 5", NULL },
    { "a<=-5.5", "a <= -5.5" },
    { "a > 'x'", NULL },
    { "a>=\"it's\"", "a >= 'it''s'" },
    { "app >= v8.0.47.2560", NULL },
    { "app<v1.2.0-rc.1+build.5", "app < v1.2.0-rc.1+build.5" },
    { "app = v8", NULL },
    { "app != v08.00", NULL },
    { "since > 2026-12-01T00:00:00+08:00", NULL },
    { "a in ['x']", NULL },
    { "a in['x',\"y\" , 42,10.0.0.0/8 ,v1.2,::FFFF:1.2.3.4, "
      "2026-12-01T00:00:00Z]",
        "a in ['x', 'y', 42, 10.0.0.0/8, v1.2, 1.2.3.4, "
        "2026-12-01T00:00:00Z]" },
    { "a not in [1, 2] and b in ['and', ']', ',']", NULL },
    { "not a in [1]", NULL },
    { "a starts 'x'", NULL },
    { "a ends\"x\"", "a ends 'x'" },
    { "a contains 'it''s'", NULL },
    { "a matches '^(foo|bar)\\d+$'", NULL },
    { "a matches \"it's\"", "a matches 'it''s'" },
    { "now < 2026-12-01T00:00:00+08:00", NULL },
    { "now>=2026-12-01T00:00:00Z", "now >= 2026-12-01T00:00:00Z" },
    { "not now < 2026-12-01T00:00:00-00:30", NULL },
    { "nowhere = 1 or matching = 2", NULL },
};

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
    { "a < 10.0.0.0/8", 1, 5, "addresses have no order; write a = 10.0.0.0/8" },
    { "a >= 10.0.0.1", 1, 6,
        "addresses have no order; write a block, such as a = 10.0.0.0/8, or a "
        "version, v10.0.0.1" },
    { "a > ::1", 1, 5,
        "addresses have no order; write a block, such as a = 10.0.0.0/8, or a "
        "version, v::1" },
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


/* Parses, prints into `buffer`, frees. */
static int
canonical(gray_str_t text, char *buffer, size_t size, gray_error_t *error)
{
    gray_condition_t *condition;
    size_t n;

    memset(error, 0, sizeof(*error));

    if (gray_condition_parse(text, &condition, error) != 0) {
        return -1;
    }

    n = gray_condition_print(gray_condition_root(condition), buffer, size);
    assert_true(n < size);
    assert_int_equal(strlen(buffer), n);
    gray_condition_free(condition);
    return 0;
}


static void
test_good_conditions_print_canonically(void **state)
{
    char buffer[256];
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(good); i++) {
        const char *expected
            = good[i].canonical ? good[i].canonical : good[i].text;

        if (canonical(str_of(good[i].text), buffer, sizeof(buffer), &error)
            != 0) {
            fail_msg("%s: %s", good[i].text, error.message);
        }
        assert_string_equal(buffer, expected);
    }
}


static void
test_bad_conditions_say_where_and_what(void **state)
{
    char buffer[512];
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(bad); i++) {
        if (canonical(str_of(bad[i].text), buffer, sizeof(buffer), &error) == 0)
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


static void
test_every_part_of_a_test_is_in_its_node(void **state)
{
    gray_condition_t *condition;
    const gray_node_t *node, *nodes;
    gray_error_t error;
    unsigned n;

    (void) state;

    assert_int_equal(
        gray_condition_parse(gray_str("not (user not in @vip\n or ip = "
                                      "10.0.0.0/8 or a != 5 or b = 'c')"),
            &condition, &error),
        0);

    node = gray_condition_root(condition);
    assert_int_equal(node->op, GRAY_OP_NOT);
    assert_null(node->next);
    node = node->child;
    assert_int_equal(node->op, GRAY_OP_OR);
    assert_int_equal(node->column, 6);

    node = node->child;
    assert_int_equal(node->op, GRAY_OP_NOT_IN);
    assert_memory_equal(node->attribute.data, "user", node->attribute.len);
    assert_memory_equal(node->list.data, "vip", node->list.len);
    assert_int_equal(node->column, 6);
    assert_int_equal(node->list_column, 18);
    assert_int_equal(node->list_line, 1);

    node = node->next;
    assert_int_equal(node->op, GRAY_OP_EQ);
    assert_int_equal(node->kind, GRAY_VALUE_ADDRESS);
    assert_int_equal(node->address.bits, 104);
    assert_int_equal(node->line, 2);
    assert_int_equal(node->column, 5);

    node = node->next;
    assert_int_equal(node->op, GRAY_OP_NE);
    assert_int_equal(node->kind, GRAY_VALUE_NUMBER);
    assert_memory_equal(node->text.data, "5", node->text.len);

    node = node->next;
    assert_int_equal(node->kind, GRAY_VALUE_TEXT);
    assert_memory_equal(node->text.data, "c", node->text.len);
    assert_null(node->next);

    nodes = gray_condition_nodes(condition, &n);
    assert_int_equal(n, 6);
    assert_non_null(nodes);
    gray_condition_free(condition);
    gray_condition_free(NULL);
}


static void
test_a_nul_byte_is_an_error_where_it_stands(void **state)
{
    char buffer[64];
    gray_error_t error;

    (void) state;

    assert_int_equal(
        canonical(gray_str("a = 1\0"), buffer, sizeof(buffer), &error), -1);
    assert_int_equal(error.column, 6);
    assert_int_equal(
        canonical(gray_str("a = '\0'"), buffer, sizeof(buffer), &error), -1);
    assert_int_equal(error.column, 6);
}


static void
test_a_long_word_is_cut_between_characters(void **state)
{
    char text[256] = "a = x", buffer[512];
    gray_error_t error;
    int i;

    (void) state;

    for (i = 0; i < 40; i++) {
        strcat(text, "\xe5\x8c\x97");
    }

    assert_int_equal(
        canonical(str_of(text), buffer, sizeof(buffer), &error), -1);

    /* 1 + 26 * 3 bytes of the word are shown. */
    assert_int_equal(strlen(error.hint), strlen("write ''") + 79);
}


static void
test_printing_cuts_as_snprintf_does(void **state)
{
    gray_condition_t *condition;
    const gray_node_t *root;
    gray_error_t error;
    char buffer[16];
    size_t size;

    (void) state;

    assert_int_equal(
        gray_condition_parse(gray_str("user in @vip"), &condition, &error), 0);
    root = gray_condition_root(condition);
    assert_int_equal(gray_condition_print(root, NULL, 0), 12);

    for (size = 1; size <= sizeof(buffer); size++) {
        memset(buffer, 'x', sizeof(buffer));
        assert_int_equal(gray_condition_print(root, buffer, size), 12);
        assert_int_equal(strlen(buffer), size > 12 ? 12 : size - 1);
        assert_memory_equal(buffer, "user in @vip", strlen(buffer));
    }

    gray_condition_free(condition);
}


/* The text: `before` n times, `middle`, `after` n times. */
static char *
repeat(const char *before, const char *middle, const char *after, unsigned n,
    size_t *len)
{
    size_t size = n * (strlen(before) + strlen(after)) + strlen(middle);
    char *text = malloc(size + 1), *p = text;
    unsigned i;

    for (i = 0; i < n; i++) {
        p = stpcpy(p, before);
    }

    p = stpcpy(p, middle);

    for (i = 0; i < n; i++) {
        p = stpcpy(p, after);
    }

    *len = size;
    return text;
}


static int
parse_repeated(
    const char *before, const char *middle, const char *after, unsigned n)
{
    gray_condition_t *condition;
    gray_error_t error;
    size_t len;
    char *text = repeat(before, middle, after, n, &len);
    int rc
        = gray_condition_parse((gray_str_t){ len, text }, &condition, &error);

    free(text);

    if (rc == 0) {
        gray_condition_free(condition);
    }

    return rc;
}


static void
test_parentheses_nest_sixty_four_deep_and_no_deeper(void **state)
{
    (void) state;

    assert_int_equal(parse_repeated("(", "true", ")", 64), 0);
    assert_int_equal(parse_repeated("(", "true", ")", 65), -1);
    assert_int_equal(parse_repeated("(", "true", ")", 30000), -1);
    assert_int_equal(parse_repeated("not (", "true", ")", 64), 0);
    assert_int_equal(
        parse_repeated("a = 1 or b = 2 and not (", "true", ")", 64), 0);
    assert_int_equal(parse_repeated("not (", "true", ")", 13000), -1);
}


static void
test_chains_of_thousands_are_parsed_and_longer_text_is_refused(void **state)
{
    (void) state;

    assert_int_equal(parse_repeated("a=1 or ", "a=1", "", 9000), 0);
    assert_int_equal(parse_repeated("", "a=1", " and a=1", 8000), 0);
    assert_int_equal(parse_repeated("", "a=1", " and b=2 or c=3", 4000), 0);
    assert_int_equal(parse_repeated("", "true", "or(true)", 0), 0);
    assert_int_equal(parse_repeated("", "(true)", "or(true)", 8000), 0);
    assert_int_equal(parse_repeated("a=1 or ", "a=1", "", 10000), -1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_conditions_print_canonically),
        cmocka_unit_test(test_bad_conditions_say_where_and_what),
        cmocka_unit_test(test_every_part_of_a_test_is_in_its_node),
        cmocka_unit_test(test_a_nul_byte_is_an_error_where_it_stands),
        cmocka_unit_test(test_a_long_word_is_cut_between_characters),
        cmocka_unit_test(test_printing_cuts_as_snprintf_does),
        cmocka_unit_test(test_parentheses_nest_sixty_four_deep_and_no_deeper),
        cmocka_unit_test(
            test_chains_of_thousands_are_parsed_and_longer_text_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
