#include "grayctl/shop.h"
#include "grayctl/output.h"
#include "grayctl/watch_format.h"

typedef struct {
    watch_trail_t *trail;
    watch_reading_t reading;
    watch_view_t view;
    char *text;
} story_t;


static story_t
story(unsigned nreleases, unsigned width, unsigned height)
{
    story_t made = { .trail = watch_trail_create(),
        .reading = shop_reading(nreleases),
        .view = { .room = { width, height, false, true } } };

    assert_non_null(made.trail);

    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(watch_trail_add(made.trail, &made.reading), 0);
    }
    watch_view_follow(&made.view, &made.reading);

    return made;
}


static const char *
draw(story_t *story)
{
    watch_page_t page;

    watch_draw(&story->view, &story->reading, story->trail, &page);
    assert_false(page.failed);
    free(story->text);
    story->text = strdup(page.text ? page.text : "");
    watch_page_free(&page);

    return story->text;
}


static void
end(story_t *story)
{
    free(story->text);
    watch_trail_free(story->trail);
    watch_reading_free(&story->reading);
}


/* Line i of the text, in `line`. */
static bool
line_of(const char *text, unsigned i, char line[4096])
{
    size_t len;

    for (; i > 0; i--) {
        text = strchr(text, '\n');
        if (text == NULL) {
            return false;
        }
        text++;
    }

    len = strcspn(text, "\n");
    assert_true(len < 4096);
    memcpy(line, text, len);
    line[len] = '\0';

    return true;
}


/* The line that holds the word. */
static const char *
line_with(const char *text, const char *word, char line[4096])
{
    for (unsigned i = 0; line_of(text, i, line); i++) {
        if (strstr(line, word) != NULL) {
            return line;
        }
    }

    fail_msg("no line with '%s' in:\n%s", word, text);
    return NULL;
}


static void
assert_fits(story_t *story)
{
    unsigned n;
    char line[4096];
    const char *text = draw(story);

    for (n = 0; line_of(text, n, line); n++) {
        if (grayctl_width(line) > story->view.room.width) {
            fail_msg("%u columns: %s", story->view.room.width, line);
        }
    }
    assert_true(n <= story->view.room.height);
}


static void
figures_stand_in_the_row_of_their_variant(void **state)
{
    story_t shop = story(1, 120, 30);
    char line[4096];
    const char *text = draw(&shop);

    (void) state;
    line_with(text, "WEIGHT", line);
    assert_non_null(strstr(line, "REQ/S"));

    line_with(text, "stable", line);
    assert_non_null(strstr(line, "95%"));
    assert_non_null(strstr(line, "1,204"));
    assert_non_null(strstr(line, " 0%"));
    assert_non_null(strstr(line, "1.20ms"));
    assert_non_null(strstr(line, "25.0ms"));
    assert_non_null(strstr(line, "1.50s"));
    assert_non_null(strstr(line, "█"));

    line_with(text, "    gray ", line);
    assert_non_null(strstr(line, " 5%"));
    assert_non_null(strstr(line, "3.12%"));

    line_with(text, "shop ", line);
    assert_non_null(strstr(line, "> shop  on  3 rules, revision 41"));
    line_with(text, "/var/lib/gray", line);
    assert_non_null(strstr(line, "revision 42  2 workers"));
    end(&shop);
}


static void
there_are_never_more_lines_or_columns_than_there_is_room_for(void **state)
{
    static const unsigned sizes[] = { 1, 2, 3, 5, 8, 10, 17, 20, 24, 40, 57, 79,
        80, 81, 100, 132, 200, 300 };
    const unsigned n = sizeof(sizes) / sizeof(sizes[0]);

    (void) state;

    for (unsigned i = 0; i < n * n; i++) {
        story_t shop = story(20, sizes[i / n], sizes[i % n]);

        shop_change(&shop.reading, "shop", "weights gray 5 -> 10");
        assert_int_equal(watch_trail_add(shop.trail, &shop.reading), 0);
        assert_fits(&shop);
        shop.view.help = true;
        assert_fits(&shop);
        shop.view.help = false;
        shop.view.room.utf8 = false;
        strcpy(shop.view.open, "shop-07");
        assert_fits(&shop);
        strcpy(shop.reading.trouble, "the store is damaged: all of it, a long "
                                     "text that has no room on some terminals");
        shop.reading.workers.serving = 0;
        assert_fits(&shop);
        end(&shop);
    }
}


static void
a_terminal_that_knows_no_utf8_gets_ascii(void **state)
{
    story_t shop = story(2, 100, 30);

    (void) state;
    shop.view.room.utf8 = false;
    shop_change(&shop.reading, "shop", "note 灰度发布");
    strcpy(shop.reading.trouble, "é");
    assert_int_equal(watch_trail_add(shop.trail, &shop.reading), 0);

    for (const char *c = draw(&shop); *c != '\0'; c++) {
        assert_true((*c >= ' ' && *c <= '~') || *c == '\n');
    }
    /* as wide as it was */
    assert_non_null(strstr(shop.text, "note ????????"));
    assert_non_null(strstr(shop.text, "! ?"));
    assert_non_null(strstr(shop.text, "###"));
    end(&shop);
}


static void
wide_characters_count_as_two_columns(void **state)
{
    (void) state;

    for (unsigned width = 1; width < 60; width++) {
        story_t shop = story(1, width, 24);

        strcpy(
            shop.reading.trouble, "灰度灰度灰度灰度灰度灰度灰度灰度灰度灰度");
        assert_fits(&shop);
        end(&shop);
    }
}


static void
colour_is_there_only_when_it_is_wanted(void **state)
{
    story_t shop = story(1, 100, 30);

    (void) state;
    assert_null(strchr(draw(&shop), '\033'));
    shop.view.room.color = true;
    assert_non_null(strstr(draw(&shop), "\033[31m"));
    end(&shop);
}


static void
the_chosen_release_is_on_the_screen(void **state)
{
    char wanted[80];

    (void) state;

    for (unsigned height = 4; height < 40; height++) {
        story_t shop = story(20, 80, height);

        for (unsigned i = 0; i < 20; i++) {
            snprintf(wanted, sizeof(wanted), "> %s ", shop.view.chosen);
            assert_non_null(strstr(draw(&shop), wanted));
            assert_true(
                watch_view_key(&shop.view, &shop.reading, WATCH_KEY_DOWN));
        }
        end(&shop);
    }
}


static void
a_narrow_terminal_keeps_what_matters_most(void **state)
{
    static const struct {
        unsigned width;
        const char *there;
        const char *missing;
    } cases[] = {
        { 20, "REQ/S", "ERR" },
        { 30, "ERR", "P95" },
        { 36, "P95", "WEIGHT" },
        { 80, "P99", "CONN/S" },
        { 200, "UP99", "nothing" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        story_t shop = story(1, cases[i].width, 20);

        assert_non_null(strstr(draw(&shop), cases[i].there));
        assert_null(strstr(shop.text, cases[i].missing));
        end(&shop);
    }
}


static void
what_is_off_missing_or_unknown_is_said(void **state)
{
    story_t shop = story(1, 100, 30);
    watch_release_t *release = shop.reading.releases;
    char line[4096];

    (void) state;
    release->off = true;
    assert_non_null(strstr(draw(&shop), "shop  OFF"));
    release->running = false;
    assert_non_null(strstr(draw(&shop), "no running nginx names it"));
    release->stored = false;
    assert_non_null(strstr(draw(&shop), "not in the store"));

    release->variants[1].counted = false;
    memset(&release->variants[1].interval, 0, sizeof(gray_interval_t));
    release->variants[1].weighed = false;
    line_with(draw(&shop), "    gray ", line);
    assert_null(strpbrk(line, "0123456789"));

    strcpy(shop.view.open, "removed");
    assert_non_null(
        strstr(draw(&shop), "release removed is not there any more"));
    end(&shop);
}


static void
workers_that_are_not_well_are_said(void **state)
{
    story_t shop = story(1, 100, 30);
    watch_workers_t *workers = &shop.reading.workers;

    (void) state;
    workers->silent = 1;
    workers->no_store = 2;
    workers->exiting = 3;
    assert_non_null(strstr(draw(&shop), "! 1 worker: no sign of life for 5 s"));
    assert_non_null(strstr(shop.text, "! 2 workers cannot read the store"));
    assert_non_null(strstr(shop.text, "! 3 workers drain after a reload"));

    memset(workers, 0, sizeof(*workers));
    assert_non_null(strstr(draw(&shop), "! no counters"));
    workers->known = true;
    shop.reading.seconds = 5;
    assert_int_equal(watch_trail_add(shop.trail, &shop.reading), 0);
    assert_non_null(strstr(draw(&shop), "! no worker for 5 s"));
    shop.trail->worked = false;
    assert_non_null(strstr(draw(&shop), "! no nginx worker uses this store"));
    end(&shop);
}


static void
one_release_shows_why_and_its_own_changes(void **state)
{
    story_t shop = story(2, 100, 40);
    char line[4096];

    (void) state;
    shop_change(&shop.reading, "shop", "weights gray 5 -> 10");
    shop_change(&shop.reading, "shop-01", "of the other");
    assert_int_equal(watch_trail_add(shop.trail, &shop.reading), 0);
    assert_non_null(strstr(draw(&shop), "of the other"));

    strcpy(shop.view.open, "shop");
    line_with(draw(&shop), "RULES", line);
    assert_non_null(strstr(line, "OVERRIDE"));
    assert_non_null(strstr(shop.text, "weights gray 5 -> 10"));
    assert_null(strstr(shop.text, "of the other"));
    assert_null(strstr(shop.text, "shop-01"));
    line_with(shop.text, "requests/s", line);
    assert_non_null(strstr(line, "<= 1,204"));
    end(&shop);
}


static void
an_empty_store_says_what_to_type(void **state)
{
    story_t shop = story(0, 80, 24);

    (void) state;
    assert_non_null(strstr(draw(&shop), "grayctl release create shop"));

    /* and one that cannot be read says nothing of releases */
    strcpy(shop.reading.trouble, "the store is damaged");
    assert_null(strstr(draw(&shop), "grayctl release create shop"));
    assert_non_null(strstr(shop.text, "! the store is damaged"));
    end(&shop);
}


/* --- figures ------------------------------------------------------------------ */

static void
figures_are_short(void **state)
{
    char text[WATCH_FORMAT_MAX];

    (void) state;
    assert_string_equal(watch_rate(text, 0), "0");
    assert_string_equal(watch_rate(text, 0.5), "0.5");
    assert_string_equal(watch_rate(text, 99.94), "99.9");
    assert_string_equal(watch_rate(text, 99.96), "100");
    assert_string_equal(watch_rate(text, 1204), "1,204");
    assert_string_equal(watch_rate(text, 12345), "12.3k");
    assert_string_equal(watch_rate(text, 2.5e6), "2.5M");

    assert_string_equal(watch_share(text, 0, 0), "-");
    assert_string_equal(watch_share(text, 0, 9), "0%");
    assert_string_equal(watch_share(text, 9, 9), "100%");
    assert_string_equal(watch_share(text, 1, 8), "12.5%");
    assert_string_equal(watch_share(text, 1, 200), "0.50%");
    assert_string_equal(watch_share(text, 1, 1000000), "<0.01%");

    assert_string_equal(watch_weight(text, 5000), "5%");
    assert_string_equal(watch_weight(text, 12500), "12.5%");
    assert_string_equal(watch_weight(text, 99999), "99.999%");
    assert_string_equal(watch_weight(text, 1), "0.001%");

    assert_string_equal(watch_time(text, 0), "0.00ms");
    assert_string_equal(watch_time(text, 430), "0.43ms");
    assert_string_equal(watch_time(text, 9999), "10.0ms");
    assert_string_equal(watch_time(text, 12345), "12.3ms");
    assert_string_equal(watch_time(text, 123456), "123ms");
    assert_string_equal(watch_time(text, 1234567), "1.23s");
    assert_string_equal(watch_time(text, 134217728), "134.2s");

    for (double n = 0.001; n < 1e9; n *= 1.07) {
        assert_true(strlen(watch_rate(text, n)) <= 7);
        assert_true(strlen(watch_time(text, (uint64_t) n)) <= 8);
    }
}


static void
bars_are_as_high_as_their_values(void **state)
{
    char text[64];
    static const float values[] = { 0, 1, 2, 3, 4, 5, 6, 7, -1 };
    static const float zeros[] = { 0, 0, -1 };

    (void) state;
    watch_spark(text, values, 9, true);
    assert_string_equal(text, "▁▂▃▄▅▆▇█ ");
    watch_spark(text, values, 9, false);
    assert_string_equal(text, "_.:-=+*# ");
    watch_spark(text, zeros, 3, true);
    assert_string_equal(text, "▁▁ ");
    watch_spark(text, zeros, 0, true);
    assert_string_equal(text, "");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_stand_in_the_row_of_their_variant),
        cmocka_unit_test(
            there_are_never_more_lines_or_columns_than_there_is_room_for),
        cmocka_unit_test(a_terminal_that_knows_no_utf8_gets_ascii),
        cmocka_unit_test(wide_characters_count_as_two_columns),
        cmocka_unit_test(colour_is_there_only_when_it_is_wanted),
        cmocka_unit_test(the_chosen_release_is_on_the_screen),
        cmocka_unit_test(a_narrow_terminal_keeps_what_matters_most),
        cmocka_unit_test(what_is_off_missing_or_unknown_is_said),
        cmocka_unit_test(workers_that_are_not_well_are_said),
        cmocka_unit_test(one_release_shows_why_and_its_own_changes),
        cmocka_unit_test(an_empty_store_says_what_to_type),
        cmocka_unit_test(figures_are_short),
        cmocka_unit_test(bars_are_as_high_as_their_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
