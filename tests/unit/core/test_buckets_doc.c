/* The vectors that docs/buckets.md publishes. */

#include "core_test.h"
#include "core/split.h"

#define VECTORS_MIN 20


/* The text between the next two back quotes. */
static bool
next_quoted(const char **p, gray_str_t *text)
{
    const char *start = strchr(*p, '`');
    const char *end = start ? strchr(start + 1, '`') : NULL;

    if (end == NULL) {
        return false;
    }

    *text = (gray_str_t){ (size_t) (end - start - 1), start + 1 };
    *p = end + 1;
    return true;
}


static void
test_the_published_vectors_are_right(void **state)
{
    char line[512];
    unsigned n = 0;
    FILE *file = fopen(GRAY_ROOT "/docs/buckets.md", "r");

    (void) state;
    assert_non_null(file);

    while (fgets(line, sizeof(line), file) != NULL) {
        const char *p = line;
        gray_str_t salt, value;
        unsigned bucket;

        if (strncmp(line, "| `", 3) != 0 || !next_quoted(&p, &salt)
            || !next_quoted(&p, &value) || sscanf(p, " | %u |", &bucket) != 1)
        {
            continue;
        }

        if (gray_bucket(salt, value) != bucket) {
            fail_msg("%s is %u", line, gray_bucket(salt, value));
        }
        n++;
    }

    fclose(file);
    assert_true(n >= VECTORS_MIN);
}


/* "at 5 % those below 5000" */
static void
test_a_variant_grown_from_nothing_owns_the_buckets_from_zero_on(void **state)
{
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
    gray_split_t split;
    gray_error_t error;

    (void) state;
    gray_split_init(&split);

    for (weights[1] = 500; weights[1] <= 5000; weights[1] += 500) {
        assert_int_equal(gray_split_set(&split, weights, 2, 0, &error), 0);
    }

    assert_int_equal(split.owned[0].first, 0);
    assert_int_equal(split.owned[split.nowned - 1].end, 5000);
    gray_split_free(&split);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_vectors_are_right),
        cmocka_unit_test(
            test_a_variant_grown_from_nothing_owns_the_buckets_from_zero_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
