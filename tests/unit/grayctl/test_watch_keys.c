#include "grayctl/shop.h"


static void
assert_key(const char *bytes, watch_key_t key, size_t used)
{
    size_t got;

    assert_int_equal(watch_key_read(bytes, strlen(bytes), &got), key);
    assert_int_equal(got, used);
}


static void
a_key_is_read_whatever_follows_it(void **state)
{
    (void) state;
    assert_key("q", WATCH_KEY_QUIT, 1);
    assert_key("\003", WATCH_KEY_QUIT, 1);
    assert_key("jk", WATCH_KEY_DOWN, 1);
    assert_key("\033[A\033[B", WATCH_KEY_UP, 3);
    assert_key("\033OB", WATCH_KEY_DOWN, 3);
    assert_key("\033", WATCH_KEY_BACK, 1);
    assert_key("\033q", WATCH_KEY_BACK, 1);
    assert_key("\t", WATCH_KEY_DOWN, 1);
    assert_key("\r", WATCH_KEY_OPEN, 1);
    assert_key("?", WATCH_KEY_HELP, 1);
}


static void
a_sequence_that_means_nothing_is_passed_over_whole(void **state)
{
    (void) state;
    assert_key("\033[15~q", WATCH_KEY_NONE, 5);
    assert_key("\033[1;5Dq", WATCH_KEY_NONE, 6);
    assert_key("\033[12", WATCH_KEY_NONE, 4);
    assert_key("x", WATCH_KEY_NONE, 1);
    assert_key("\xe4\xb8", WATCH_KEY_NONE, 1);
}


static void
every_byte_is_used_up(void **state)
{
    char bytes[3];
    size_t used;

    (void) state;

    for (unsigned i = 0; i < 256 * 256; i++) {
        bytes[0] = (char) (i & 0xff);
        bytes[1] = (char) (i >> 8);
        bytes[2] = '[';
        (void) watch_key_read(bytes, 3, &used);
        assert_in_range(used, 1, 3);
    }
}


static void
releases_are_chosen_opened_and_left(void **state)
{
    watch_reading_t reading = shop_reading(3);
    watch_view_t view = { .room = { 80, 24, false, true } };

    (void) state;
    watch_view_follow(&view, &reading);
    assert_string_equal(view.chosen, "shop");

    assert_true(watch_view_key(&view, &reading, WATCH_KEY_UP));
    assert_string_equal(view.chosen, "shop");
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_DOWN));
    assert_string_equal(view.chosen, "shop-01");
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_LAST));
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_DOWN));
    assert_string_equal(view.chosen, "shop-02");

    /* an open one gives way to the next, round and round */
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_OPEN));
    assert_string_equal(view.open, "shop-02");
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_DOWN));
    assert_string_equal(view.open, "shop");
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_UP));
    assert_string_equal(view.open, "shop-02");
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_BACK));
    assert_string_equal(view.open, "");
    assert_string_equal(view.chosen, "shop-02");

    assert_false(watch_view_key(&view, &reading, WATCH_KEY_QUIT));
    watch_reading_free(&reading);
}


static void
any_key_ends_the_help_and_does_nothing_else(void **state)
{
    watch_reading_t reading = shop_reading(2);
    watch_view_t view = { .room = { 80, 24, false, true } };

    (void) state;
    watch_view_follow(&view, &reading);
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_HELP));
    assert_true(view.help);
    assert_true(watch_view_key(&view, &reading, WATCH_KEY_DOWN));
    assert_false(view.help);
    assert_string_equal(view.chosen, "shop");
    watch_reading_free(&reading);
}


static void
a_choice_that_is_gone_is_made_anew(void **state)
{
    watch_reading_t reading = shop_reading(2), none = shop_reading(0);
    watch_view_t view = { .room = { 80, 24, false, true } };

    (void) state;
    strcpy(view.chosen, "removed");
    watch_view_follow(&view, &reading);
    assert_string_equal(view.chosen, "shop");

    for (watch_key_t key = WATCH_KEY_UP; key <= WATCH_KEY_HELP; key++) {
        assert_true(watch_view_key(&view, &none, key));
        view.help = false;
    }
    watch_reading_free(&reading);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_read_whatever_follows_it),
        cmocka_unit_test(a_sequence_that_means_nothing_is_passed_over_whole),
        cmocka_unit_test(every_byte_is_used_up),
        cmocka_unit_test(releases_are_chosen_opened_and_left),
        cmocka_unit_test(any_key_ends_the_help_and_does_nothing_else),
        cmocka_unit_test(a_choice_that_is_gone_is_made_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
