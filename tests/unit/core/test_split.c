#include "core_test.h"
#include "core/split.h"

#define NOBODY 255

typedef struct {
    uint8_t owner[GRAY_BUCKETS];
} owners_t;


/* Overlaps are gray_split_check's to find. */
static void
read_owners(const gray_split_t *split, owners_t *owners)
{
    unsigned i;

    memset(owners, NOBODY, sizeof(*owners));

    for (i = 0; i < split->nowned; i++) {
        memset(owners->owner + split->owned[i].first,
            (int) split->owned[i].variant,
            split->owned[i].end - split->owned[i].first);
    }
}


static void
set(gray_split_t *split, unsigned nvariants, const uint32_t *weights)
{
    uint32_t all[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
    gray_error_t error;

    memcpy(all, weights, nvariants * sizeof(*weights));

    if (gray_split_set(split, all, nvariants, 0, &error) != 0) {
        fail_msg("%s", error.message);
    }

    if (gray_split_check(split, nvariants, 0, &error) != 0) {
        fail_msg("%s", error.message);
    }
}


static void
assert_range(
    const gray_range_t *range, uint32_t first, uint32_t end, uint32_t variant)
{
    assert_int_equal(range->first, first);
    assert_int_equal(range->end, end);
    assert_int_equal(range->variant, variant);
}


static void
test_growing_from_nothing_takes_the_lowest_buckets(void **state)
{
    gray_split_t split;

    (void) state;

    gray_split_init(&split);
    set(&split, 2, (uint32_t[]){ 0, 5000 });
    assert_int_equal(split.nowned, 1);
    assert_range(&split.owned[0], 0, 5000, 1);
    assert_int_equal(split.nreleased, 0);
    assert_int_equal(split.weights[0], 0);
    assert_int_equal(split.weights[1], 5000);

    set(&split, 2, (uint32_t[]){ 0, 7000 });
    assert_int_equal(split.nowned, 1);
    assert_range(&split.owned[0], 0, 7000, 1);
    gray_split_free(&split);
}


static void
test_shrinking_gives_back_the_last_taken_and_regrowing_takes_them(void **state)
{
    gray_split_t split;

    (void) state;

    gray_split_init(&split);
    set(&split, 3, (uint32_t[]){ 0, 10, 0 });
    set(&split, 3, (uint32_t[]){ 0, 10, 10 });
    set(&split, 3, (uint32_t[]){ 0, 20, 10 });
    assert_int_equal(split.nowned, 3);
    assert_range(&split.owned[0], 0, 10, 1);
    assert_range(&split.owned[1], 20, 30, 1);
    assert_range(&split.owned[2], 10, 20, 2);

    set(&split, 3, (uint32_t[]){ 0, 5, 10 });
    assert_range(&split.owned[0], 0, 5, 1);
    assert_int_equal(split.nreleased, 2);
    assert_range(&split.released[0], 20, 30, 1);
    assert_range(&split.released[1], 5, 10, 1);

    /* Another takes the lowest free, which were the first's. */
    set(&split, 3, (uint32_t[]){ 0, 5, 12 });
    assert_range(&split.released[1], 7, 10, 1);

    /* Back: what is left of the own ones, last given back first. */
    set(&split, 3, (uint32_t[]){ 0, 9, 12 });
    assert_range(&split.owned[0], 0, 5, 1);
    assert_range(&split.owned[1], 7, 10, 1);
    assert_range(&split.owned[2], 20, 21, 1);
    assert_int_equal(split.nreleased, 1);
    assert_range(&split.released[0], 21, 30, 1);
    gray_split_free(&split);
}


static void
test_weights_over_a_hundred_percent_change_nothing(void **state)
{
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0, 60000, 40001 };
    gray_split_t split;
    gray_error_t error;

    (void) state;

    gray_split_init(&split);
    set(&split, 3, (uint32_t[]){ 0, 5000, 1000 });
    assert_int_equal(gray_split_set(&split, weights, 3, 0, &error), -1);
    assert_int_equal(error.code, GRAY_EINVALID);
    assert_string_equal(
        error.message, "the weights add up to 100.001 %, more than 100 %");
    assert_int_equal(split.weights[1], 5000);
    assert_int_equal(split.nowned, 2);

    weights[2] = 40000;
    assert_int_equal(gray_split_set(&split, weights, 3, 0, &error), 0);
    weights[1] = UINT32_MAX;
    weights[2] = 2;
    assert_int_equal(gray_split_set(&split, weights, 3, 0, &error), -1);
    gray_split_free(&split);
}


static void
test_the_defaults_own_weight_is_ignored(void **state)
{
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 95000, 5000 };
    gray_split_t split;
    gray_error_t error;

    (void) state;

    gray_split_init(&split);
    assert_int_equal(gray_split_set(&split, weights, 2, 0, &error), 0);
    assert_int_equal(split.weights[0], 0);
    assert_int_equal(split.nowned, 1);

    /* Another default: it gives back what it owned. */
    assert_int_equal(gray_split_set(&split, weights, 2, 1, &error), 0);
    assert_int_equal(split.weights[1], 0);
    assert_int_equal(split.weights[0], 95000);
    assert_int_equal(gray_split_check(&split, 2, 1, &error), 0);
    gray_split_free(&split);
}


static void
test_ranges_that_are_not_sound_are_refused(void **state)
{
    static const struct {
        gray_range_t ranges[2];
        unsigned nowned, nreleased;
        uint32_t weight;
        const char *message;
    } cases[] = {
        { { { 0, 5, 1 } }, 1, 0, 5, NULL },
        { { { 0, 5, 1 }, { 5, 6, 1 } }, 1, 1, 5, NULL },
        { { { 0, 5, 1 } }, 1, 0, 6,
            "variant 1 has weight 6 but owns 5 "
            "buckets" },
        { { { 5, 5, 1 } }, 1, 0, 0,
            "owned buckets 5-5 are not within "
            "0-100000" },
        { { { 0, 100001, 1 } }, 1, 0, 100001,
            "owned buckets 0-100001 are not within 0-100000" },
        { { { 0, 5, 0 } }, 1, 0, 0,
            "owned buckets 0-5 belong to variant 0, which can own none" },
        { { { 0, 5, 2 } }, 1, 0, 0,
            "owned buckets 0-5 belong to variant 2, which can own none" },
        { { { 0, 5, 4000000000u } }, 1, 0, 0,
            "owned buckets 0-5 belong to variant 4000000000, which can own "
            "none" },
        { { { 0, 5, 1 }, { 4, 6, 1 } }, 2, 0, 7, "bucket 4 is in two ranges" },
        { { { 0, 5, 1 }, { 4, 6, 1 } }, 1, 1, 5, "bucket 4 is in two ranges" },
    };
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
    gray_error_t error;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        gray_range_t ranges[2];
        gray_split_t split = { { 0, cases[i].weight }, cases[i].nowned, ranges,
            cases[i].nreleased, ranges + cases[i].nowned };
        int rc;

        memcpy(ranges, cases[i].ranges, sizeof(ranges));
        rc = gray_split_check(&split, 2, 0, &error);
        assert_int_equal(rc, cases[i].message ? -1 : 0);

        if (rc != 0) {
            assert_string_equal(error.message, cases[i].message);

            /* A change refuses them too, but for another default's. */
            if (ranges[0].variant == 1) {
                assert_int_equal(
                    gray_split_set(&split, weights, 2, 0, &error), -1);
            }
        }
    }
}


/* Left only by a variant that shrank, entered only by one that grew. */
static void
assert_move_allowed(
    uint8_t was, uint8_t is, const uint32_t *old, const uint32_t *new)
{
    if (was != is
        && ((was != NOBODY && new[was] >= old[was])
            || (is != NOBODY && new[is] <= old[is])))
    {
        fail_msg("a bucket moved from %u to %u", was, is);
    }
}


/* What must hold from one state to the next. */
static void
assert_nobody_moved(const owners_t *before, const owners_t *after,
    const uint32_t *old, const uint32_t *new)
{
    uint32_t i, j;

    for (i = 0; i < GRAY_BUCKETS; i += 100) {
        if (memcmp(before->owner + i, after->owner + i, 100) == 0) {
            continue;
        }

        for (j = i; j < i + 100; j++) {
            assert_move_allowed(before->owner[j], after->owner[j], old, new);
        }
    }
}


/* Changes one weight, or all. */
static void
choose_weights(random_t *random, uint32_t *weights, unsigned nvariants)
{
    uint32_t left = GRAY_BUCKETS;
    unsigned v, changed = 1 + random_below(random, nvariants - 1);
    bool all = random_below(random, 8) == 0;

    for (v = 1; v < nvariants; v++) {
        if (v != changed && !all) {
            left -= weights[v];
        }
    }

    for (v = 1; v < nvariants; v++) {
        if (v == changed || all) {
            weights[v] = random_below(
                random, random_below(random, 2) ? left + 1 : left / 10 + 1);
            left -= weights[v];
        }
    }
}


static void
test_ten_thousand_random_changes_move_nobody_needlessly(void **state)
{
    static owners_t before, after;
    random_t random = { 7 };
    unsigned nvariants;
    int i;

    (void) state;

    for (nvariants = 2; nvariants <= 8; nvariants++) {
        uint32_t old[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
        uint32_t new[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
        gray_split_t split;

        gray_split_init(&split);
        read_owners(&split, &before);

        for (i = 0; i < 10000 / 7 + 1; i++) {
            choose_weights(&random, new, nvariants);
            set(&split, nvariants, new);
            read_owners(&split, &after);
            assert_nobody_moved(&before, &after, old, new);
            memcpy(old, new, sizeof(old));
            before = after;
        }

        gray_split_free(&split);
    }
}


static void
test_raising_a_weight_again_brings_the_same_people_back(void **state)
{
    static owners_t before, after;
    random_t random = { 9 };
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
    uint32_t lowered[GRAY_SPLIT_VARIANTS_MAX];
    gray_split_t split;
    int i, j;

    (void) state;

    gray_split_init(&split);

    for (i = 0; i < 500; i++) {
        unsigned v = 1 + random_below(&random, 4);

        choose_weights(&random, weights, 5);
        set(&split, 5, weights);
        read_owners(&split, &before);
        memcpy(lowered, weights, sizeof(lowered));

        /* Down in up to three steps, and up again in one. */
        for (j = 0; j < 3; j++) {
            lowered[v] = random_below(&random, lowered[v] + 1);
            set(&split, 5, lowered);
        }

        set(&split, 5, weights);
        read_owners(&split, &after);
        assert_memory_equal(&before, &after, sizeof(before));
    }

    gray_split_free(&split);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_from_nothing_takes_the_lowest_buckets),
        cmocka_unit_test(
            test_shrinking_gives_back_the_last_taken_and_regrowing_takes_them),
        cmocka_unit_test(test_weights_over_a_hundred_percent_change_nothing),
        cmocka_unit_test(test_the_defaults_own_weight_is_ignored),
        cmocka_unit_test(test_ranges_that_are_not_sound_are_refused),
        cmocka_unit_test(
            test_ten_thousand_random_changes_move_nobody_needlessly),
        cmocka_unit_test(
            test_raising_a_weight_again_brings_the_same_people_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
