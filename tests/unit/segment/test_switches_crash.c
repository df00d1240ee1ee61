/*
 * Writers that die in the middle: the switch is as it was or as it was to be,
 * what was acknowledged is there, and a worker's cursor never disagrees with
 * what an administrator sees.
 */

#include "segment/scratch.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include "segment/switches.h"

#define KILLS 2000
#define NAMES 8
#define WRITES_MAX 6 /* of one change, and some that do not come       */

/* The process dies before its n-th write: 0 never. */
static int die_before;

/* Takes the place of libc's in this program, the code under test included. */
ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    if (die_before > 0 && --die_before == 0) {
        _exit(9);
    }

    return syscall(SYS_pwrite64, fd, bytes, len, offset);
}


typedef struct {
    scratch_t *scratch;
    const char *release;
    bool off;
    int die_before;
} change_t;


static void
change(void *data)
{
    const change_t *todo = data;
    gray_switches_t *switches;

    CHILD_CHECK(gray_switches_open(todo->scratch->path, true, &switches) == 0);
    die_before = todo->die_before;

    if (todo->off) {
        CHILD_CHECK(
            gray_switches_set(switches, todo->release, true, 0, NULL) == 0);

    } else {
        CHILD_CHECK(gray_switches_remove(switches, todo->release) == 0);
    }
}


static bool
shown_off(const gray_switches_t *switches, const char *release)
{
    gray_switch_t out;

    for (unsigned i = 1; gray_switches_get(switches, i, &out); i++) {
        if (strcmp(out.release, release) == 0) {
            return out.off;
        }
    }

    return false;
}


static void
a_writer_that_dies_before_any_of_its_writes_leaves_old_or_new(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *reader, *writer;
    gray_switch_cursor_t cursor = { 0 };
    bool finished = false;

    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_switches_open(scratch->path, true, &writer), 0);
    assert_int_equal(gray_switches_open(scratch->path, false, &reader), 0);

    for (int n = 1; n <= WRITES_MAX; n++) {
        char name[32];
        change_t off = { scratch, name, true, n };

        /* a new name each time: the longest way, with a new slot */
        snprintf(name, sizeof(name), "release-%d", n);
        assert_false(gray_switches_off(reader, &cursor, name));

        int status = child_wait(child_start(change, &off));
        bool is_off = gray_switches_off(reader, &cursor, name);

        assert_true(status == 9 || status == 0);
        finished = finished || status == 0;
        assert_int_equal(is_off, shown_off(reader, name));
        assert_true(is_off || status != 0);

        /* typed again, it works */
        assert_int_equal(gray_switches_set(writer, name, true, 0, NULL), 0);
        assert_true(gray_switches_off(reader, &cursor, name));

        change_t removed = { scratch, name, false, n };

        status = child_wait(child_start(change, &removed));
        is_off = gray_switches_off(reader, &cursor, name);
        assert_int_equal(is_off, shown_off(reader, name));
        assert_false(is_off && status == 0);

        memset(&cursor, 0, sizeof(cursor));
    }

    assert_true(finished);
    gray_switches_close(reader);
    gray_switches_close(writer);
}


typedef enum {
    TURN_OFF,
    TURN_ON,
    REMOVE,
    ACTIONS
} action_t;

/* Shared with the children. */
typedef struct {
    unsigned started;
    unsigned done;
    char path[192];
} journal_t;


static const char *
step_name(unsigned step, char name[16])
{
    snprintf(name, 16, "release-%u", step % NAMES);
    return name;
}


static action_t
step_action(unsigned step)
{
    return (action_t) (step / NAMES % ACTIONS);
}


static void
do_steps(void *data)
{
    journal_t *journal = data;
    gray_switches_t *switches;
    char name[16];

    CHILD_CHECK(gray_switches_open(journal->path, true, &switches) == 0);

    for (unsigned step = journal->done; step < journal->done + 1000000; step++)
    {
        __atomic_store_n(&journal->started, step + 1, __ATOMIC_SEQ_CST);
        step_name(step, name);

        int rc = step_action(step) == REMOVE
                     ? gray_switches_remove(switches, name)
                     : gray_switches_set(switches, name,
                         step_action(step) == TURN_OFF, 0, NULL);

        CHILD_CHECK(rc == 0);
        __atomic_store_n(&journal->done, step + 1, __ATOMIC_SEQ_CST);
    }
}


/* What the last of the first `steps` steps that name release n left. */
static bool
expected_off(unsigned steps, unsigned n)
{
    for (unsigned step = steps; step-- > 0;) {
        if (step % NAMES == n) {
            return step_action(step) == TURN_OFF;
        }
    }

    return false;
}


static void
check_names(const journal_t *journal, const gray_switches_t *reader,
    gray_switch_cursor_t *cursors)
{
    for (unsigned n = 0; n < NAMES; n++) {
        char name[16];
        bool off = gray_switches_off(reader, &cursors[n], step_name(n, name));

        assert_int_equal(off, shown_off(reader, name));
        assert_true(off == expected_off(journal->done, n)
                    || off == expected_off(journal->started, n));
    }
}


static void
wait_for_steps(const journal_t *journal, unsigned steps)
{
    for (unsigned i = 0; i < 1000000; i++) {
        if (__atomic_load_n(&journal->done, __ATOMIC_SEQ_CST) >= steps) {
            return;
        }

        usleep(10);
    }

    fail_msg("the writer makes no progress");
}


static void
after_2000_random_kills_every_switch_is_old_or_new(void **state)
{
    scratch_t *scratch = *state;
    gray_switches_t *reader;
    gray_switch_cursor_t cursors[NAMES] = { 0 };
    journal_t *journal = mmap(NULL, sizeof(*journal), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(journal, MAP_FAILED);
    memcpy(journal->path, scratch->path, sizeof(scratch->path));
    assert_int_equal(gray_switches_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_switches_open(scratch->path, false, &reader), 0);
    srandom(20240601);

    for (int i = 0; i < KILLS; i++) {
        unsigned steps = journal->done + (unsigned) (random() % 4);
        pid_t pid = child_start(do_steps, journal);

        /* after a few steps, somewhere in the next one */
        wait_for_steps(journal, steps);
        usleep((useconds_t) (random() % 200));
        kill(pid, SIGKILL);
        assert_int_equal(child_wait(pid), 128 + SIGKILL);
        check_names(journal, reader, cursors);
    }

    assert_true(journal->done > KILLS);
    assert_true(gray_switches_generation(reader) >= journal->done / 2);
    gray_switches_close(reader);
    munmap(journal, sizeof(*journal));
}


int
main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

    const struct CMUnitTest tests[] = {
        TEST(a_writer_that_dies_before_any_of_its_writes_leaves_old_or_new),
        TEST(after_2000_random_kills_every_switch_is_old_or_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
