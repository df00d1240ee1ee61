#include "segment/scratch.h"
#include "segment/switches.h"

#define NOBODY 65534

static bool
is_off(const gray_switches_t *switches, const char *release)
{
    gray_switch_cursor_t cursor = { 0 };

    return gray_switches_off(switches, &cursor, release);
}


static gray_switches_t *
make(scratch_t *scratch, bool writable)
{
    gray_switches_t *switches = NULL;

    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_switches_open(scratch->path, writable, &switches), 0);
    return switches;
}


static void
a_new_file_has_everything_on(void **state)
{
    gray_switches_t *switches = make(*state, false);

    assert_false(is_off(switches, "shop"));
    assert_int_equal(gray_switches_generation(switches), 0);
    gray_switches_close(switches);
}


static void
without_a_file_everything_is_on(void **state)
{
    gray_switch_t out;

    (void) state;
    assert_false(is_off(NULL, "shop"));
    assert_int_equal(gray_switches_generation(NULL), 0);
    assert_false(gray_switches_get(NULL, 0, &out));
    gray_switches_close(NULL);
}


static void
a_reader_that_is_open_sees_off_and_on_at_once(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *writer = make(scratch, true), *reader;
    gray_switch_cursor_t shop = { 0 }, cart = { 0 };
    uint64_t generation = 0;

    assert_int_equal(gray_switches_open(scratch->path, false, &reader), 0);
    assert_false(gray_switches_off(reader, &shop, "shop"));

    assert_int_equal(
        gray_switches_set(writer, "shop", true, 7, &generation), 0);
    assert_true(gray_switches_off(reader, &shop, "shop"));
    assert_false(gray_switches_off(reader, &cart, "cart"));
    assert_int_equal(generation, 1);
    assert_int_equal(gray_switches_generation(reader), 1);

    assert_int_equal(
        gray_switches_set(writer, "shop", false, 7, &generation), 0);
    assert_false(gray_switches_off(reader, &shop, "shop"));
    assert_int_equal(gray_switches_generation(reader), 2);

    gray_switches_close(reader);
    gray_switches_close(writer);
}


static void
the_global_switch_turns_every_release_off(void **state)
{
    gray_switches_t *switches = make(*state, true);
    gray_switch_cursor_t cursor = { 0 };

    assert_int_equal(gray_switches_set(switches, "shop", false, 0, NULL), 0);
    assert_int_equal(gray_switches_set(switches, NULL, true, 0, NULL), 0);
    assert_true(gray_switches_off(switches, &cursor, "shop"));
    assert_true(is_off(switches, "never-seen"));
    assert_int_equal(gray_switches_set(switches, NULL, false, 0, NULL), 0);
    assert_false(gray_switches_off(switches, &cursor, "shop"));
    gray_switches_close(switches);
}


static void
a_switch_tells_who_and_when(void **state)
{
    gray_switches_t *switches = make(*state, true);
    gray_switch_t out;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    assert_int_equal(gray_switches_set(switches, "shop", true, 1000, NULL), 0);

    assert_true(gray_switches_get(switches, 0, &out));
    assert_string_equal(out.release, "");
    assert_false(out.off);

    assert_true(gray_switches_get(switches, 1, &out));
    assert_string_equal(out.release, "shop");
    assert_true(out.off);
    assert_int_equal(out.uid, 1000);
    assert_int_equal(out.generation, 1);
    assert_true(out.time / 1000 >= (uint64_t) now.tv_sec);
    assert_true(out.time / 1000 <= (uint64_t) now.tv_sec + 60);

    assert_true(gray_switches_get(switches, GRAY_SWITCHES_MAX, &out));
    assert_string_equal(out.release, "");
    assert_false(gray_switches_get(switches, GRAY_SWITCHES_MAX + 1, &out));
    gray_switches_close(switches);
}


static void
a_removed_release_is_on_and_its_slot_serves_another(void **state)
{
    gray_switches_t *switches = make(*state, true);
    gray_switch_cursor_t shop = { 0 }, cart = { 0 };
    gray_switch_t out;

    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), 0);
    assert_true(gray_switches_off(switches, &shop, "shop"));
    assert_int_equal(gray_switches_remove(switches, "shop"), 0);
    assert_false(gray_switches_off(switches, &shop, "shop"));
    assert_int_equal(gray_switches_remove(switches, "shop"), 0);

    assert_int_equal(gray_switches_set(switches, "cart", true, 0, NULL), 0);
    assert_true(gray_switches_get(switches, 1, &out));
    assert_string_equal(out.release, "cart");
    assert_false(gray_switches_off(switches, &shop, "shop"));
    assert_true(gray_switches_off(switches, &cart, "cart"));
    gray_switches_close(switches);
}


static void
when_all_slots_are_taken_the_next_is_refused(void **state)
{
    gray_switches_t *switches = make(*state, true);
    char name[64];

    for (int i = 0; i < GRAY_SWITCHES_MAX; i++) {
        snprintf(name, sizeof(name), "release-%d", i);
        assert_int_equal(gray_switches_set(switches, name, true, 0, NULL), 0);
    }

    assert_int_equal(gray_switches_set(switches, "more", true, 0, NULL), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(gray_switches_set(switches, name, false, 0, NULL), 0);
    assert_int_equal(gray_switches_set(switches, NULL, true, 0, NULL), 0);
    assert_int_equal(gray_switches_remove(switches, "release-17"), 0);
    assert_int_equal(gray_switches_set(switches, "more", true, 0, NULL), 0);
    gray_switches_close(switches);
}


static void
names_of_63_bytes_fit_and_longer_or_empty_ones_are_refused(void **state)
{
    gray_switches_t *switches = make(*state, true);
    char name[65];

    memset(name, 'x', 64);
    name[64] = '\0';
    assert_int_equal(gray_switches_set(switches, name, true, 0, NULL), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(gray_switches_remove(switches, name), -1);
    assert_int_equal(gray_switches_set(switches, "", true, 0, NULL), -1);
    assert_int_equal(errno, EINVAL);

    name[63] = '\0';
    assert_int_equal(gray_switches_set(switches, name, true, 0, NULL), 0);
    assert_true(is_off(switches, name));
    name[62] = '\0';
    assert_false(is_off(switches, name));
    gray_switches_close(switches);
}


static void
a_file_that_is_there_is_not_replaced(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches = make(scratch, true);

    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), 0);
    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), -1);
    assert_int_equal(errno, EEXIST);
    assert_true(is_off(switches, "shop"));
    gray_switches_close(switches);
}


static void
a_writer_whose_folder_was_replaced_fails_with_estale(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *writer = make(scratch, true);

    assert_int_equal(unlink(scratch->path), 0);
    assert_int_equal(gray_switches_set(writer, "shop", true, 0, NULL), -1);
    assert_int_equal(errno, ESTALE);

    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_switches_set(writer, "shop", true, 0, NULL), -1);
    assert_int_equal(errno, ESTALE);
    assert_int_equal(gray_switches_generation(writer), 0);
    gray_switches_close(writer);
}


static void
a_reader_can_not_write(void **state)
{
    gray_switches_t *reader = make(*state, false);

    assert_int_equal(gray_switches_set(reader, "shop", true, 0, NULL), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(gray_switches_remove(reader, "shop"), -1);
    gray_switches_close(reader);
}


static void
what_is_no_switches_file_is_refused(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches = NULL;
    static const struct {
        off_t offset;
        const char *bytes;
        size_t len;
    } cases[] = {
        { 0, "X", 1 },          /* magic                                  */
        { 8, "\2", 1 },         /* another version                        */
        { 12, "\1\2\3\4", 4 },  /* another machine's order of bytes       */
        { 16, "\1", 1 },        /* another size                           */
        { 128, "\0\0\0\0", 4 }, /* the global switch is free              */
        { 128, "ofg!", 4 },     /* a state that is none                   */
        { 256, "on  ", 4 },     /* a slot in use without a name           */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);
        damage(scratch->path, cases[i].offset, cases[i].bytes, cases[i].len);
        assert_int_equal(
            gray_switches_open(scratch->path, false, &switches), -1);
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(unlink(scratch->path), 0);
    }

    assert_null(switches);
}


static void
a_name_without_an_end_is_refused(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches = make(scratch, true);
    char name[64];

    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), 0);
    gray_switches_close(switches);
    memset(name, 'x', sizeof(name));
    damage(scratch->path, 256 + 64, name, sizeof(name));
    assert_int_equal(gray_switches_open(scratch->path, true, &switches), -1);
    assert_int_equal(errno, EBADMSG);
}


static void
a_truncated_or_grown_or_empty_file_is_refused(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches = NULL;
    static const off_t sizes[] = { 0, 1, 31, 4096, 131327, 131329, 1 << 20 };

    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_int_equal(truncate(scratch->path, sizes[i]), 0);
        assert_int_equal(
            gray_switches_open(scratch->path, true, &switches), -1);
        assert_int_equal(errno, EBADMSG);
    }
}


static void
what_is_no_file_at_all_is_refused(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches = NULL;

    assert_int_equal(gray_switches_open(scratch->path, false, &switches), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(gray_switches_open(scratch->dir, false, &switches), -1);
    assert_int_equal(errno, EBADMSG);
    assert_int_equal(mkfifo(scratch->path, 0600), 0);
    assert_int_equal(gray_switches_open(scratch->path, false, &switches), -1);
    assert_int_equal(errno, EBADMSG);
}


static void
carrying_over_keeps_what_is_in_force(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *from = make(scratch, true), *to;
    gray_switch_cursor_t shop = { 0 };
    gray_switch_t before, after;
    char path[256];

    snprintf(path, sizeof(path), "%s.to", scratch->path);
    assert_int_equal(gray_switches_create(path, (gid_t) -1), 0);
    assert_int_equal(gray_switches_open(path, true, &to), 0);
    assert_int_equal(gray_switches_set(to, "shop", false, 1, NULL), 0);
    assert_int_equal(gray_switches_set(to, "old", true, 1, NULL), 0);
    assert_false(gray_switches_off(to, &shop, "shop"));

    assert_int_equal(gray_switches_set(from, "cart", false, 1, NULL), 0);
    assert_int_equal(gray_switches_set(from, "shop", true, 9, NULL), 0);

    assert_int_equal(gray_switches_lock(from), 0);
    assert_int_equal(gray_switches_carry(to, from), 0);
    gray_switches_unlock(from);

    assert_true(gray_switches_off(to, &shop, "shop"));
    assert_false(is_off(to, "old"));
    assert_true(gray_switches_get(from, 2, &before));
    assert_true(gray_switches_get(to, 2, &after));
    assert_memory_equal(&before, &after, sizeof(before));
    assert_true(gray_switches_generation(to) > gray_switches_generation(from));

    gray_switches_close(from);
    gray_switches_close(to);
    assert_int_equal(unlink(path), 0);
}


static void
hold_lock(void *data)
{
    scratch_t *scratch = data;
    gray_switches_t *switches;

    CHILD_CHECK(gray_switches_open(scratch->path, true, &switches) == 0);
    CHILD_CHECK(gray_switches_lock(switches) == 0);
    CHILD_CHECK(gray_switches_set(switches, "held", true, 0, NULL) == 0);

    /* the nested call has not given the lock up */
    raise(SIGSTOP);
    pause();
}


static void
a_stopped_writer_delays_the_next_but_not_for_ever(void **state)
{
    gray_switches_t *switches = make(*state, true);
    pid_t pid = child_start(hold_lock, *state);
    int status;

    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), -1);
    assert_int_equal(errno, ETIMEDOUT);

    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid), 128 + SIGKILL);
    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), 0);
    gray_switches_close(switches);
}


static void
read_as_the_workers_group(void *data)
{
    scratch_t *scratch = data;
    gray_switches_t *switches;

    child_become(NOBODY, NOBODY);
    CHILD_CHECK(gray_switches_open(scratch->path, true, &switches) == -1);
    CHILD_CHECK(errno == EACCES);
    CHILD_CHECK(gray_switches_open(scratch->path, false, &switches) == 0);
    CHILD_CHECK(is_off(switches, "shop"));
    CHILD_CHECK(gray_switches_set(switches, "shop", false, 0, NULL) == -1);
    CHILD_CHECK(open(scratch->path, O_WRONLY) == -1 && errno == EACCES);
}


static void
read_as_a_stranger(void *data)
{
    scratch_t *scratch = data;
    gray_switches_t *switches;

    child_become(NOBODY, NOBODY - 1);
    CHILD_CHECK(gray_switches_open(scratch->path, false, &switches) == -1);
    CHILD_CHECK(errno == EACCES);
}


static void
workers_read_switches_and_can_not_write_them(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *switches;

    if (geteuid() != 0) {
        skip();
    }

    assert_int_equal(gray_switches_create(scratch->path, NOBODY), 0);
    assert_int_equal(gray_switches_open(scratch->path, true, &switches), 0);
    assert_int_equal(gray_switches_set(switches, "shop", true, 0, NULL), 0);
    gray_switches_close(switches);

    child_run(read_as_the_workers_group, scratch);
    child_run(read_as_a_stranger, scratch);
}


static void
turn_off_on_a_full_disk(void *data)
{
    scratch_t *scratch = data;
    gray_switches_t *switches, *more;
    uint64_t generation;
    char path[256];

    child_mount(scratch->dir, "size=1m");
    CHILD_CHECK(gray_switches_create(scratch->path, (gid_t) -1) == 0);
    child_fill_disk(scratch->dir);

    CHILD_CHECK(gray_switches_open(scratch->path, true, &switches) == 0);
    CHILD_CHECK(gray_switches_set(switches, NULL, true, 0, NULL) == 0);
    CHILD_CHECK(is_off(switches, "shop"));
    CHILD_CHECK(gray_switches_set(switches, NULL, false, 0, NULL) == 0);

    for (int i = 0; i < GRAY_SWITCHES_MAX; i++) {
        snprintf(path, sizeof(path), "release-%d", i);
        CHILD_CHECK(
            gray_switches_set(switches, path, true, 0, &generation) == 0);
    }

    CHILD_CHECK(is_off(switches, "release-1023"));
    gray_switches_close(switches);

    snprintf(path, sizeof(path), "%s/more", scratch->dir);
    CHILD_CHECK(gray_switches_create(path, (gid_t) -1) == -1);
    CHILD_CHECK(errno == ENOSPC);
    CHILD_CHECK(gray_switches_open(path, false, &more) == -1);
    CHILD_CHECK(errno == ENOENT);
}


static void
a_switch_works_on_a_full_disk(void **state)
{
    child_run(turn_off_on_a_full_disk, *state);
}


int
main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

    const struct CMUnitTest tests[] = {
        TEST(a_new_file_has_everything_on),
        TEST(without_a_file_everything_is_on),
        TEST(a_reader_that_is_open_sees_off_and_on_at_once),
        TEST(the_global_switch_turns_every_release_off),
        TEST(a_switch_tells_who_and_when),
        TEST(a_removed_release_is_on_and_its_slot_serves_another),
        TEST(when_all_slots_are_taken_the_next_is_refused),
        TEST(names_of_63_bytes_fit_and_longer_or_empty_ones_are_refused),
        TEST(a_file_that_is_there_is_not_replaced),
        TEST(a_writer_whose_folder_was_replaced_fails_with_estale),
        TEST(a_reader_can_not_write),
        TEST(what_is_no_switches_file_is_refused),
        TEST(a_name_without_an_end_is_refused),
        TEST(a_truncated_or_grown_or_empty_file_is_refused),
        TEST(what_is_no_file_at_all_is_refused),
        TEST(carrying_over_keeps_what_is_in_force),
        TEST(a_stopped_writer_delays_the_next_but_not_for_ever),
        TEST(workers_read_switches_and_can_not_write_them),
        TEST(a_switch_works_on_a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
