/* Random conditions. */

#include "core_test.h"
#include "core/condition.h"

typedef struct {
    random_t random;
    char *p;
} generator_t;


static void
put(generator_t *g, const char *text)
{
    g->p = stpcpy(g->p, text);
}


static void
put_one(generator_t *g, const char *const *choices, uint32_t n)
{
    put(g, choices[random_below(&g->random, n)]);
}


static const char *const addresses[] = { "10.0.0.0/8", "::ffff:1.2.3.4",
    "1::3:4:5:6:7:8", "2001:DB8::/32", "::/0", "0.0.0.0/0" };

static const char *const times[] = { "2026-12-01T00:00:00+08:00",
    "1969-12-31T23:59:59Z", "2024-02-29T12:00:00-00:30" };

static const char *const texts[] = { "'it''s'", "\"say \"\"x\"\"\"", "' '",
    "'\xe5\x8c\x97'", "'in ['", "\"'\"", "'\\'", "'v1.2'", "'@x'" };

static const char *const regexes[] = { "'^a|b$'", "\"it's [a-z]{2,3}\"",
    "'(?i)\xe5\x8c\x97+'", "'\\d+\\.\\d+'", "'a''*'" };


static void
put_number(generator_t *g)
{
    g->p += sprintf(g->p, "%s%u", random_below(&g->random, 3) ? "" : "-",
        random_below(&g->random, 1000));

    if (random_below(&g->random, 2)) {
        g->p += sprintf(g->p, ".%02u", random_below(&g->random, 100));
    }
}


static void
put_version(generator_t *g)
{
    static const char *const tails[] = { "", "", "-rc.1", "-0.a--b+5", "+x.y" };
    unsigned i, n = random_below(&g->random, 5);

    g->p += sprintf(g->p, "v%u", random_below(&g->random, 30));

    for (i = 0; i < n; i++) {
        g->p += sprintf(g->p, ".%u", random_below(&g->random, 3000));
    }

    put_one(g, tails, COUNT(tails));
}


static void
put_value(generator_t *g, bool ordered)
{
    switch (random_below(&g->random, ordered ? 4 : 5)) {
    case 0:
        put_number(g);
        break;
    case 1:
        put_version(g);
        break;
    case 2:
        put_one(g, times, COUNT(times));
        break;
    case 3:
        put_one(g, texts, COUNT(texts));
        break;
    default:
        put_one(g, addresses, COUNT(addresses));
    }
}


static void
put_set(generator_t *g)
{
    static const char *const commas[] = { ",", " , ", ", ", ",\n" };
    unsigned i, n = 1 + random_below(&g->random, 5);

    put(g, random_below(&g->random, 2) ? " in [" : " not in[ ");

    for (i = 0; i < n; i++) {
        if (i > 0) {
            put_one(g, commas, COUNT(commas));
        }
        put_value(g, false);
    }

    put(g, " ]");
}


static void
put_comparison(generator_t *g)
{
    static const char *const any[] = { " = ", "!=", "=", "  =\n" };
    static const char *const ordered[] = { "<", " <= ", " >", ">= " };
    static const char *const words[]
        = { " starts ", " ends\t", " contains ", " starts" };

    switch (random_below(&g->random, 3)) {
    case 0:
        put_one(g, any, COUNT(any));
        put_value(g, false);
        break;
    case 1:
        put_one(g, ordered, COUNT(ordered));
        put_value(g, true);
        break;
    default:
        put_one(g, words, COUNT(words));
        put_one(g, texts, COUNT(texts));
    }
}


static void
put_test(generator_t *g)
{
    static const char *const attributes[] = { "a", "user", "device_id", "_x" };
    static const char *const tests[] = { " in @vip", " not in @a.b-c" };

    switch (random_below(&g->random, 8)) {
    case 0:
        put(g, "true");
        break;
    case 1:
        put(g, "has ");
        put_one(g, attributes, COUNT(attributes));
        break;
    case 2:
        put(g, random_below(&g->random, 2) ? "now <\t" : "now>=");
        put_one(g, times, COUNT(times));
        break;
    case 3:
        put_one(g, attributes, COUNT(attributes));
        put_set(g);
        break;
    case 4:
        put_one(g, attributes, COUNT(attributes));
        put_one(g, tests, COUNT(tests));
        break;
    case 5:
        put_one(g, attributes, COUNT(attributes));
        put(g, " matches ");
        put_one(g, regexes, COUNT(regexes));
        break;
    default:
        put_one(g, attributes, COUNT(attributes));
        put_comparison(g);
    }
}


static void
put_tree(generator_t *g, unsigned depth)
{
    static const char *const words[] = { " and ", " or ", "\tand\n", " or  " };
    unsigned i, n = 1 + random_below(&g->random, 3);

    for (i = 0; i < n; i++) {
        if (i > 0) {
            put_one(g, words, COUNT(words));
        }

        if (random_below(&g->random, 4) == 0) {
            put(g, "not ");
        }

        if (depth > 0 && random_below(&g->random, 2) == 0) {
            put(g, "(");
            put_tree(g, depth - 1);
            put(g, ")");
        } else {
            put_test(g);
        }
    }
}


static void
assert_same_str(gray_str_t a, gray_str_t b)
{
    assert_int_equal(a.len, b.len);

    if (a.len > 0) {
        assert_memory_equal(a.data, b.data, a.len);
    }
}


static void
assert_same_tree(const gray_node_t *a, const gray_node_t *b)
{
    assert_int_equal(a->op, b->op);
    assert_int_equal(a->kind, b->kind);
    assert_same_str(a->attribute, b->attribute);
    assert_same_str(a->list, b->list);
    assert_same_str(a->text, b->text);
    assert_memory_equal(&a->address, &b->address, sizeof(a->address));

    for (a = a->child, b = b->child; a && b; a = a->next, b = b->next) {
        assert_same_tree(a, b);
    }

    assert_null(a);
    assert_null(b);
}


static void
test_parse_print_parse_is_the_identity_for_ten_thousand_trees(void **state)
{
    static char text[65536], first[65536], second[65536];
    generator_t g = { { 42 }, NULL };
    gray_condition_t *a, *b;
    gray_error_t error;
    size_t n;
    int i;

    (void) state;

    for (i = 0; i < 10000; i++) {
        g.p = text;
        put_tree(&g, 4);

        if (gray_condition_parse(str_of(text), &a, &error) != 0) {
            fail_msg("%s: column %u: %s", text, error.column, error.message);
        }

        n = gray_condition_print(gray_condition_root(a), first, sizeof(first));
        assert_int_equal(
            gray_condition_parse((gray_str_t){ n, first }, &b, &error), 0);
        assert_same_tree(gray_condition_root(a), gray_condition_root(b));

        gray_condition_print(gray_condition_root(b), second, sizeof(second));
        assert_string_equal(first, second);

        gray_condition_free(a);
        gray_condition_free(b);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_parse_print_parse_is_the_identity_for_ten_thousand_trees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
