/* One kernel, PID namespace and libc per store at a time. */

#include "folder.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>

static void
record(const folder_t *folder, const char *words)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/namespace", folder->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(words, file);
    fclose(file);
}

static void
a_record_of_the_past_is_rewritten_by_whoever_opens(void **state)
{
    static const char *const past[] = { "", "x",
        "boot=00000000-0000-0000-0000-000000000000 pidns=1 libc=musl-64\n",
        "a line that is longer than any that could be read back: ...........\n"
        "...................................................................\n"
        "..................................................................."
        "\n" };
    folder_t *folder = *state;

    for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
        record(folder, past[i]);
        gray_store_close(open_store(folder->dir, i % 2 == 0));
    }
}

static void
open_here(void *dir)
{
    gray_store_t *store;

    child_check(gray_store_open(dir, false, &store) == 0);
    gray_store_close(store);
}

static void
refused(void *dir)
{
    gray_store_t *store;

    child_check(gray_store_open(dir, true, &store) == GRAY_STORE_ENAMESPACE);
    child_check(strstr(gray_store_detail(), "but this process is in") != NULL);
}

static void
processes_of_one_place_share_a_store(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);

    assert_int_equal(in_child(open_here, folder->dir), 0);
    gray_store_close(store);
}

/* Opening does not wait for the other to close, nor does it disturb it. */
static void
a_store_in_use_elsewhere_is_refused(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, false);

    record(folder, "boot=another pidns=1 libc=glibc-64\n");
    assert_int_equal(in_child(refused, folder->dir), 0);
    gray_store_close(store);
    assert_int_equal(in_child(open_here, folder->dir), 0);
}

static void
open_in_new_namespace(void *dir)
{
    int status;

    if (unshare(CLONE_NEWPID) != 0) {
        _exit(2);
    }

    status = in_child(refused, dir);
    child_check(status == 0);
}

static void
another_pid_namespace_is_told_apart(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    int status = in_child(open_in_new_namespace, folder->dir);

    gray_store_close(store);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        skip();
    }

    assert_int_equal(status, 0);
}

/* --- many at once ---------------------------------------------------------- */

#define OPENERS 24

static void
open_when_told(const char *dir, int go)
{
    gray_store_t *store;
    gray_txn_t *txn;
    char byte;

    child_check(read(go, &byte, 1) == 0);
    child_check(gray_store_open(dir, false, &store) == 0);
    child_check(gray_store_read(store, &txn) == 0);
    gray_store_read_end(txn);
    gray_store_close(store);
    _exit(0);
}

static void
workers_that_open_at_once_after_a_reboot_all_get_in(void **state)
{
    folder_t *folder = *state;
    pid_t pids[OPENERS];
    int go[2], status;

    record(folder, "boot=before pidns=1 libc=glibc-64\n");
    assert_int_equal(pipe(go), 0);

    for (unsigned i = 0; i < OPENERS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            close(go[1]);
            open_when_told(folder->dir, go[0]);
        }
    }

    close(go[0]);
    close(go[1]);
    for (unsigned i = 0; i < OPENERS; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
}

static void
wait_for_ever(const char *dir, int ready)
{
    gray_store_t *store;

    child_check(gray_store_open(dir, false, &store) == 0);
    child_check(write(ready, "r", 1) == 1);
    pause();
}

static void
the_lock_ends_with_the_process(void **state)
{
    folder_t *folder = *state;
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        wait_for_ever(folder->dir, ready[1]);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);

    record(folder, "boot=another pidns=1 libc=glibc-64\n");
    assert_int_equal(in_child(refused, folder->dir), 0);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(in_child(open_here, folder->dir), 0);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_record_of_the_past_is_rewritten_by_whoever_opens),
        story(processes_of_one_place_share_a_store),
        story(a_store_in_use_elsewhere_is_refused),
        story(another_pid_namespace_is_told_apart),
        story(workers_that_open_at_once_after_a_reboot_all_get_in),
        story(the_lock_ends_with_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
