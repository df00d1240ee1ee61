/* Replacing whole lists: readers see the old one or the new one. */

#include "folder.h"
#include "store/upkeep.h"

#include <fcntl.h>
#include <signal.h>

#define MEMBERS 200

static void
put_members(gray_txn_t *txn, gray_list_t *list, char letter)
{
    char key[32];

    for (unsigned i = 0; i < MEMBERS; i++) {
        snprintf(key, sizeof(key), "%c-%u", letter, i);
        put_member(txn, list, key, 0);
    }
}

/* A whole import: begin, two slices, switch. */
static void
replace(gray_store_t *store, const char *name, char letter)
{
    gray_txn_t *txn = begin_write(store);
    gray_list_t list;

    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list));
    assert_ok(gray_store_commit(txn));

    txn = begin_write(store);
    put_members(txn, &list, letter);
    assert_ok(gray_store_replace_save(txn, &list));
    assert_ok(gray_store_commit(txn));

    txn = begin_write(store);
    assert_ok(gray_store_replace_switch(txn, name, &list));
    assert_ok(gray_store_commit(txn));
}

static void
a_switch_changes_the_members_and_keeps_the_name(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t old, new;
    gray_txn_t *txn;

    make_list(store, "testers", 10, 0, &old);
    replace(store, "testers", 'n');

    txn = begin_read(store);
    assert_ok(gray_store_list_get(txn, "testers", &new));
    assert_int_not_equal(new.id, old.id);
    assert_int_equal(new.created, old.created);
    assert_int_equal(count_members(txn, &new), MEMBERS);
    assert_true(has_member(txn, new.id, "n-0"));
    assert_false(has_member(txn, new.id, "member-0"));
    gray_store_read_end(txn);

    txn = begin_write(store);
    assert_int_equal(gray_store_purge(txn, 0, 1000), 11);
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

static void
a_list_is_switched_only_to_one_of_its_kind_that_is_in_the_making(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list, new;
    gray_txn_t *txn;

    make_list(store, "testers", 10, 0, &list);
    txn = begin_write(store);
    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_IP, 0, &new));
    assert_int_equal(
        gray_store_replace_switch(txn, "testers", &new), GRAY_STORE_EINVALID);
    assert_int_equal(
        gray_store_replace_switch(txn, "others", &new), GRAY_STORE_ENOTFOUND);
    new.id = 999;
    assert_int_equal(
        gray_store_replace_switch(txn, "testers", &new), GRAY_STORE_ENOTFOUND);
    assert_int_equal(gray_store_replace_save(txn, &new), GRAY_STORE_ENOTFOUND);
    gray_store_abort(txn);
    gray_store_close(store);
}

/* --- a reader in another process ------------------------------------------- */

typedef struct {
    const char *dir;
    int ready; /* written when the reader reads */
    int stop;  /* read: end of file ends it     */
} reader_t;

/* Every member must be of the same import as the first. */
static void
check_snapshot(gray_txn_t *txn)
{
    gray_list_t list;
    char letter, key[32];

    child_check(gray_store_list_get(txn, "testers", &list) == 0);
    child_check(list.count == MEMBERS);
    letter = has_member(txn, list.id, "a-0") ? 'a' : 'b';

    for (unsigned i = 0; i < MEMBERS; i++) {
        snprintf(key, sizeof(key), "%c-%u", letter, i);
        child_check(has_member(txn, list.id, key));
    }
}

static void
read_on(const reader_t *reader)
{
    gray_store_t *store;
    gray_txn_t *txn;
    char byte;

    child_check(gray_store_open(reader->dir, false, &store) == 0);

    /* The pipe does not block: -1 while the parent is at work. */
    for (unsigned i = 0; read(reader->stop, &byte, 1) != 0; i++) {
        child_check(i < 10000000);
        child_check(gray_store_read(store, &txn) == 0);
        check_snapshot(txn);
        gray_store_read_end(txn);

        if (i == 0) {
            child_check(write(reader->ready, "r", 1) == 1);
        }
    }

    gray_store_close(store);
    _exit(0);
}

static void
a_reader_sees_the_old_list_or_the_new_and_never_a_mix(void **state)
{
    folder_t *folder = *state;
    int ready[2], stop[2], status;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    char byte;
    pid_t pid;

    make_list(store, "testers", 0, 0, &list);
    replace(store, "testers", 'a');
    gray_store_close(store);

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe2(stop, O_NONBLOCK), 0);
    pid = fork();
    if (pid == 0) {
        close(stop[1]);
        read_on(&(reader_t){ folder->dir, ready[1], stop[0] });
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);

    store = open_store(folder->dir, true);
    for (unsigned i = 0; i < 30; i++) {
        gray_txn_t *txn;

        replace(store, "testers", i % 2 == 0 ? 'b' : 'a');
        txn = begin_write(store);
        assert_true(gray_store_purge(txn, 0, 10000) > 0);
        assert_ok(gray_store_commit(txn));
    }

    close(stop[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(stop[0]);
    gray_store_close(store);
}

/* --- imports that end early ------------------------------------------------ */

static void
import_and_die(void *dir)
{
    gray_store_t *store;
    gray_txn_t *txn;
    gray_list_t list;

    child_check(gray_store_open(dir, true, &store) == 0);
    child_check(gray_store_write(store, &txn) == 0);
    child_check(
        gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list) == 0);
    put_members(txn, &list, 'x');
    child_check(gray_store_replace_save(txn, &list) == 0);
    child_check(gray_store_commit(txn) == 0);
    raise(SIGKILL);
}

static void
an_import_that_was_killed_is_purged(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store;
    gray_store_info_t info;
    gray_txn_t *txn;
    int status = in_child(import_and_die, folder->dir);

    assert_true(WIFSIGNALED(status));
    store = open_store(folder->dir, true);
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.garbage, 1);

    txn = begin_write(store);
    assert_int_equal(gray_store_purge(txn, 0, 10000), MEMBERS + 1);
    assert_ok(gray_store_commit(txn));
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.garbage, 0);
    gray_store_close(store);
}

static void
an_import_at_work_is_left_alone_until_it_gives_up(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    gray_list_t list;

    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list));
    put_member(txn, &list, "short-lived", 5);
    put_member(txn, &list, "member", 0);
    assert_ok(gray_store_replace_save(txn, &list));
    assert_int_equal(gray_store_purge(txn, 100, 10000), 0);
    assert_int_equal(count_members(txn, &list), 2);

    assert_ok(gray_store_replace_abandon(txn, list.id));
    assert_int_equal(gray_store_purge(txn, 100, 10000), 3);
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

static void
another_process_with_the_same_pid_is_not_the_import(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    gray_garbage_t garbage;
    gray_list_t list;

    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list));
    assert_ok(gray_garbage_get(txn, list.id, &garbage));
    assert_true(gray_garbage_alive(store, &garbage));

    garbage.start++;
    assert_false(gray_garbage_alive(store, &garbage));
    garbage.start--;
    garbage.place++;
    assert_false(gray_garbage_alive(store, &garbage));
    gray_store_abort(txn);
    gray_store_close(store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_switch_changes_the_members_and_keeps_the_name),
        story(a_list_is_switched_only_to_one_of_its_kind_that_is_in_the_making),
        story(a_reader_sees_the_old_list_or_the_new_and_never_a_mix),
        story(an_import_that_was_killed_is_purged),
        story(an_import_at_work_is_left_alone_until_it_gives_up),
        story(another_process_with_the_same_pid_is_not_the_import),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
