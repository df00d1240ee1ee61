#include "grayctl/shop.h"

typedef struct {
    watch_trail_t *trail;
    watch_reading_t reading;
} story_t;


static int
setup(void **state)
{
    story_t *story = calloc(1, sizeof(*story));

    story->trail = watch_trail_create();
    story->reading = shop_reading(1);
    *state = story;

    return 0;
}


static int
teardown(void **state)
{
    story_t *story = *state;

    watch_trail_free(story->trail);
    watch_reading_free(&story->reading);
    free(story);

    return 0;
}


static watch_variant_t *
gray(story_t *story)
{
    return &story->reading.releases[0].variants[1];
}


/* As whole numbers; -1: not known. */
static void
assert_rates(story_t *story, const int *rates, unsigned n)
{
    watch_point_t points[WATCH_POINTS + 10];

    watch_trail_points(story->trail, "shop", "gray", points, n);

    for (unsigned i = 0; i < n; i++) {
        assert_int_equal((int) points[i].rate, rates[i]);
    }
}


static void
points_are_the_oldest_first_and_end_with_the_newest(void **state)
{
    story_t *story = *state;

    for (unsigned i = 1; i <= 3; i++) {
        gray(story)->interval.requests = 10 * i;
        assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    }

    assert_rates(story, (int[]){ -1, -1, 10, 20, 30 }, 5);
    assert_rates(story, (int[]){ 30 }, 1);
}


static void
a_rate_is_per_second_however_long_the_interval_was(void **state)
{
    story_t *story = *state;
    watch_point_t point;

    story->reading.seconds = 4;
    gray(story)->interval.requests = 100;
    gray(story)->interval.errors = 25;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    watch_trail_points(story->trail, "shop", "gray", &point, 1);
    assert_int_equal((int) point.rate, 25);
    assert_int_equal((int) (point.errors * 100), 25);
    assert_int_equal((int) point.p95_us, 25000);
}


static void
what_is_not_known_is_no_zero(void **state)
{
    story_t *story = *state;
    watch_point_t point;

    /* the first look, a new start of the counts */
    gray(story)->counted = false;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_rates(story, (int[]){ -1 }, 1);

    /* no request is none, and has no time */
    gray(story)->counted = true;
    gray(story)->interval.requests = 0;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    watch_trail_points(story->trail, "shop", "gray", &point, 1);
    assert_int_equal((int) point.rate, 0);
    assert_true(point.p95_us < 0 && point.errors < 0);

    /* a variant that nobody has heard of */
    watch_trail_points(story->trail, "shop", "blue", &point, 1);
    assert_true(point.rate < 0);
}


static void
readings_without_a_release_are_gaps_in_its_line(void **state)
{
    story_t *story = *state;
    watch_reading_t none = { .seconds = 1 };

    gray(story)->interval.requests = 7;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_int_equal(watch_trail_add(story->trail, &none), 0);
    assert_int_equal(watch_trail_add(story->trail, &none), 0);
    assert_rates(story, (int[]){ 7, -1, -1 }, 3);

    gray(story)->interval.requests = 8;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_rates(story, (int[]){ -1, 7, -1, -1, 8 }, 5);

    for (unsigned i = 0; i < 2 * WATCH_POINTS; i++) {
        assert_int_equal(watch_trail_add(story->trail, &none), 0);
    }
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_rates(story, (int[]){ -1, -1, 8 }, 3);
}


static void
points_are_kept_for_so_long_and_no_longer(void **state)
{
    story_t *story = *state;
    watch_point_t points[WATCH_POINTS + 10];

    for (unsigned i = 0; i < 3 * WATCH_POINTS; i++) {
        gray(story)->interval.requests = i;
        assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    }

    watch_trail_points(story->trail, "shop", "gray", points, WATCH_POINTS + 10);
    assert_true(points[9].rate < 0);
    assert_int_equal((int) points[10].rate, 2 * WATCH_POINTS);
    assert_int_equal((int) points[WATCH_POINTS + 9].rate, 3 * WATCH_POINTS - 1);
}


static void
releases_that_are_long_gone_make_room(void **state)
{
    story_t *story = *state;
    watch_reading_t other;
    char name[32];

    for (unsigned i = 0; i < 10 * WATCH_POINTS; i++) {
        other = shop_reading(1);
        snprintf(name, sizeof(name), "r%u", i);
        strcpy(other.releases[0].name, name);
        assert_int_equal(watch_trail_add(story->trail, &other), 0);
        watch_reading_free(&other);
    }

    assert_true(story->trail->nseries <= 2 * (WATCH_POINTS + 2));
}


static void
changes_are_kept_the_newest_first_and_a_few_only(void **state)
{
    story_t *story = *state;
    watch_reading_t reading = { .seconds = 1 };
    char text[32];

    for (unsigned i = 0; i < 3 * WATCH_CHANGES; i++) {
        snprintf(text, sizeof(text), "change %u", i);
        shop_change(&reading, "shop", text);
    }
    assert_int_equal(watch_trail_add(story->trail, &reading), 0);
    assert_int_equal(story->trail->nchanges, WATCH_CHANGES);
    assert_string_equal(story->trail->changes[0].summary, text);

    /* another store's take their place */
    watch_reading_free(&reading);
    shop_change(&reading, "shop", "of the other");
    reading.first_changes = true;
    assert_int_equal(watch_trail_add(story->trail, &reading), 0);
    assert_int_equal(story->trail->nchanges, 1);
    watch_reading_free(&reading);
}


static void
how_long_no_worker_was_there_is_counted(void **state)
{
    story_t *story = *state;

    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    story->reading.workers.serving = 0;
    story->reading.seconds = 2.5;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_int_equal((int) story->trail->idle, 5);

    story->reading.workers.exiting = 1;
    assert_int_equal(watch_trail_add(story->trail, &story->reading), 0);
    assert_int_equal((int) story->trail->idle, 0);
}


int
main(void)
{
#define story(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        story(points_are_the_oldest_first_and_end_with_the_newest),
        story(a_rate_is_per_second_however_long_the_interval_was),
        story(what_is_not_known_is_no_zero),
        story(readings_without_a_release_are_gaps_in_its_line),
        story(points_are_kept_for_so_long_and_no_longer),
        story(releases_that_are_long_gone_make_room),
        story(changes_are_kept_the_newest_first_and_a_few_only),
        story(how_long_no_worker_was_there_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
