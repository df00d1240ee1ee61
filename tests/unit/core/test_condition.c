#include "core_test.h"
#include "core/condition.h"

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
