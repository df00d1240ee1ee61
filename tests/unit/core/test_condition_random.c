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


static void
put_test(generator_t *g)
{
    static const char *const attributes[] = { "a", "user", "device_id", "_x" };
    static const char *const tests[]
        = { " in @vip", " not in @a.b-c", " = 'it''s'", " != \"say \"\"x\"\"\"",
              " = 5", "!=-0.50", " = 10.0.0.0/8", "=::ffff:1.2.3.4",
              "='\xe5\x8c\x97'", " = 1::3:4:5:6:7:8", "  =\n2001:DB8::/32" };

    switch (random_below(&g->random, 8)) {
    case 0:
        put(g, "true");
        break;
    case 1:
        put(g, "has ");
        put_one(g, attributes, COUNT(attributes));
        break;
    default:
        put_one(g, attributes, COUNT(attributes));
        put_one(g, tests, COUNT(tests));
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
