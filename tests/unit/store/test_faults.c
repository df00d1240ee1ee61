/* What may happen to a store in use: kills, full disks and maps, restores. */

#include "folder.h"
#include "store/upkeep.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <time.h>

/* Puts `members` more members; the first error, or the commit's. */
static int
grow(gray_store_t *store, unsigned members)
{
    gray_member_t member = { .note = text("a note to fill the pages with") };
    gray_list_t list;
    gray_txn_t *txn;
    char key[32];
    bool added;
    int rc = gray_store_write(store, &txn);

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_get(txn, "testers", &list);
    }

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < members; i++) {
        snprintf(
            key, sizeof(key), "more-%llu", (unsigned long long) list.count);
        rc = gray_store_member_put(txn, &list, text(key), &member, &added);
    }

    if (rc != GRAY_STORE_OK) {
        gray_store_abort(txn);
        return rc;
    }

    gray_store_list_put(txn, "testers", &list);

    return gray_store_commit(txn);
}

static int
grow_until_refused(gray_store_t *store)
{
    int rc = GRAY_STORE_OK;

    for (unsigned i = 0; rc == GRAY_STORE_OK && i < 10000; i++) {
        rc = grow(store, 500);
    }

    return rc;
}

static void
a_full_map_refuses_writes_and_deleting_makes_room(void **state)
{
    folder_t *folder = *state;
    gray_store_options_t options = { .writable = true, .map_size = 2 << 20 };
    gray_store_t *store;
    gray_list_t list;
    gray_txn_t *txn;
    int rc;

    assert_ok(gray_store_open_with(folder->dir, &options, &store));
    make_list(store, "testers", 10, 0, &list);
    assert_int_equal(grow_until_refused(store), GRAY_STORE_EMAPFULL);

    txn = begin_read(store);
    assert_ok(gray_store_list_get(txn, "testers", &list));
    assert_int_equal(count_members(txn, &list), list.count);
    gray_store_read_end(txn);

    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, "testers"));
    assert_ok(gray_store_commit(txn));

    do {
        txn = begin_write(store);
        rc = gray_store_purge(txn, 0, 100);
        assert_true(rc >= 0);
        assert_ok(gray_store_commit(txn));
    } while (rc > 0);

    assert_ok(gray_store_verify(store));
    make_list(store, "testers", 10, 0, &list);
    assert_ok(grow(store, 1000));
    gray_store_close(store);
}

static void
a_failed_write_spoils_its_transaction(void **state)
{
    folder_t *folder = *state;
    gray_store_options_t options = { .writable = true, .map_size = 1 << 20 };
    char *large = calloc(1, 2 << 20);
    gray_store_t *store;
    gray_bytes_t value;
    gray_txn_t *txn;

    assert_ok(gray_store_open_with(folder->dir, &options, &store));
    txn = begin_write(store);
    assert_ok(gray_store_meta_put(txn, "small", text("1")));
    assert_int_equal(
        gray_store_meta_put(txn, "large", gray_bytes(large, 2 << 20)),
        GRAY_STORE_EMAPFULL);
    assert_int_equal(gray_store_commit(txn), GRAY_STORE_EMAPFULL);

    txn = begin_read(store);
    assert_int_equal(
        gray_store_meta_get(txn, "small", &value), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(txn);
    gray_store_close(store);
    free(large);
}

/* --- a full disk ----------------------------------------------------------- */

static void
check_reads(gray_store_t *store)
{
    gray_list_t list;
    gray_txn_t *txn;

    child_check(gray_store_read(store, &txn) == 0);
    child_check(gray_store_list_get(txn, "testers", &list) == 0);
    child_check(has_member(txn, list.id, "more-0"));
    gray_store_read_end(txn);
}

/* In mounts of its own, which end with it. Exit status 2: not permitted. */
static void
fill_disk(void *data)
{
    const char *top = data;
    gray_store_t *store;
    gray_list_t list;
    gray_txn_t *txn;
    char dir[128];
    int rc;

    if (unshare(CLONE_NEWNS) != 0
        || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
        || mount("tmpfs", top, "tmpfs", 0, "size=8m") != 0)
    {
        _exit(2);
    }

    snprintf(dir, sizeof(dir), "%s/store", top);
    child_check(gray_store_create(dir, (gid_t) -1) == 0);
    child_check(gray_store_open(dir, true, &store) == 0);
    child_check(gray_store_write(store, &txn) == 0);
    child_check(
        gray_store_list_create(txn, "testers", GRAY_STORE_STRING, &list) == 0);
    child_check(gray_store_commit(txn) == 0);

    rc = grow_until_refused(store);
    child_check(rc == GRAY_STORE_EFULL);
    check_reads(store);

    child_check(mount("tmpfs", top, "tmpfs", MS_REMOUNT, "size=32m") == 0);
    child_check(grow(store, 500) == 0);
    check_reads(store);
    gray_store_close(store);
    child_check(gray_store_open(dir, true, &store) == 0);
    gray_store_close(store);
}

static void
a_full_disk_refuses_writes_and_goes_on_reading(void **state)
{
    folder_t *folder = *state;
    int status = in_child(fill_disk, folder->top);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        skip();
    }

    assert_int_equal(status, 0);
}

/* --- a restore ------------------------------------------------------------- */

static void
a_writer_of_a_replaced_store_is_told(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn;

    assert_true(gray_store_current(store));
    assert_ok(gray_store_create(folder->copy, (gid_t) -1));
    assert_int_equal(renameat2(AT_FDCWD, folder->dir, AT_FDCWD, folder->copy,
                         RENAME_EXCHANGE),
        0);

    assert_false(gray_store_current(store));
    assert_int_equal(gray_store_write(store, &txn), GRAY_STORE_EREPLACED);
    txn = begin_read(store);
    gray_store_read_end(txn);
    gray_store_close(store);

    store = open_store(folder->dir, true);
    assert_true(gray_store_current(store));
    txn = begin_write(store);
    gray_store_abort(txn);
    gray_store_close(store);
}

/* --- kills ----------------------------------------------------------------- */

#define KILLS 200

/* Each transaction adds one member and sets `counter` to their number; what
 * was committed is told through the pipe. */
static void
write_for_ever(const char *dir, int told)
{
    gray_member_t member = { .expiry = 0 };
    gray_store_t *store;
    gray_list_t list;
    gray_txn_t *txn;
    char key[32];
    bool added;

    child_check(gray_store_open(dir, true, &store) == 0);

    for (unsigned i = 0; i < 1000000; i++) {
        child_check(gray_store_write(store, &txn) == 0);
        child_check(gray_store_list_get(txn, "testers", &list) == 0);
        snprintf(
            key, sizeof(key), "more-%llu", (unsigned long long) list.count);
        member.expiry = list.count % 2;
        child_check(
            gray_store_member_put(txn, &list, text(key), &member, &added) == 0);
        child_check(gray_store_list_put(txn, "testers", &list) == 0);
        child_check(
            gray_store_meta_put(txn, "counter", gray_bytes(&list.count, 8))
            == 0);
        child_check(gray_store_commit(txn) == 0);
        child_check(write(told, &list.count, 8) == 8);
    }

    _exit(1);
}

/* The last count that the child told before it was killed. */
static uint64_t
write_and_kill(const char *dir, unsigned microseconds)
{
    struct timespec delay = { .tv_nsec = microseconds * 1000L };
    uint64_t count, last = 0;
    int told[2], status;
    pid_t pid;

    assert_int_equal(pipe(told), 0);
    pid = fork();
    if (pid == 0) {
        write_for_ever(dir, told[1]);
    }

    close(told[1]);
    nanosleep(&delay, NULL); /* the moment of the kill is the test's input */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));

    while (read(told[0], &count, 8) == 8) {
        last = count;
    }
    close(told[0]);

    return last;
}

static void
the_store_is_at_a_commit_wherever_a_writer_is_killed(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    uint64_t told, expiries, acknowledged = 0;
    gray_bytes_t counter;
    gray_list_t list;
    gray_txn_t *txn;

    make_list(store, "testers", 0, 0, &list);
    gray_store_close(store);
    srand(7);

    for (unsigned i = 0; i < KILLS; i++) {
        told = write_and_kill(folder->dir, (unsigned) rand() % 8000);
        acknowledged = told != 0 ? told : acknowledged;

        store = open_store(folder->dir, true);
        assert_ok(gray_store_verify(store));
        txn = begin_read(store);
        assert_ok(gray_store_list_get(txn, "testers", &list));
        assert_true(list.count >= acknowledged);
        if (list.count > 0) {
            assert_ok(gray_store_meta_get(txn, "counter", &counter));
            assert_memory_equal(counter.data, &list.count, 8);
        }
        assert_int_equal(count_members(txn, &list), list.count);
        assert_ok(gray_db_entries(txn, GRAY_DB_EXPIRY, &expiries));
        assert_int_equal(expiries, list.count / 2);
        gray_store_read_end(txn);
        gray_store_close(store);
    }

    assert_true(list.count > KILLS / 10);
}

static void
a_store_is_verified_while_it_is_written(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    int told[2];
    char bytes[8];
    pid_t pid;

    make_list(store, "testers", 0, 0, &list);
    gray_store_close(store);
    assert_int_equal(pipe(told), 0);
    pid = fork();
    if (pid == 0) {
        close(told[0]);
        write_for_ever(folder->dir, told[1]);
    }
    close(told[1]);

    store = open_store(folder->dir, false);
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(read(told[0], bytes, 8), 8);
        assert_ok(gray_store_verify(store));
    }

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(told[0]);
    gray_store_close(store);
}

static void
read_and_wait(const char *dir, int ready)
{
    gray_store_t *store;
    gray_txn_t *txn;

    child_check(gray_store_open(dir, false, &store) == 0);
    child_check(gray_store_read(store, &txn) == 0);
    child_check(write(ready, "r", 1) == 1);
    pause();
}

static void
the_slot_of_a_killed_reader_is_cleared_by_the_next_writer(void **state)
{
    folder_t *folder = *state;
    gray_store_info_t info;
    gray_store_t *store;
    gray_list_t list;
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        read_and_wait(folder->dir, ready[1]);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);

    store = open_store(folder->dir, true);
    gray_store_read_end(begin_read(store));
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.readers, 2);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    make_list(store, "testers", 1, 0, &list);

    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.readers, 1);
    assert_int_equal(info.stale_readers, 0);
    gray_store_close(store);
}

static void
freed_pages_are_used_again_so_the_file_stops_growing(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_info_t before, after;
    gray_list_t list;
    gray_txn_t *txn;

    make_list(store, "testers", 1000, 0, &list);

    for (unsigned i = 0; i < 200; i++) {
        txn = begin_write(store);
        put_member(txn, &list, "member-1", 1 + i);
        assert_ok(gray_store_list_put(txn, "testers", &list));
        assert_ok(gray_store_commit(txn));
        if (i == 50) {
            assert_ok(gray_store_info(store, &before));
        }
    }

    assert_ok(gray_store_info(store, &after));
    assert_int_equal(after.file_size, before.file_size);
    gray_store_close(store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_full_map_refuses_writes_and_deleting_makes_room),
        story(a_failed_write_spoils_its_transaction),
        story(a_full_disk_refuses_writes_and_goes_on_reading),
        story(a_writer_of_a_replaced_store_is_told),
        story(the_store_is_at_a_commit_wherever_a_writer_is_killed),
        story(a_store_is_verified_while_it_is_written),
        story(the_slot_of_a_killed_reader_is_cleared_by_the_next_writer),
        story(freed_pages_are_used_again_so_the_file_stops_growing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
