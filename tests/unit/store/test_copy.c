/* Copies of a store in use. */

#include "folder.h"
#include "store/audit.h"
#include "store/releases.h"
#include "store/upkeep.h"

#include <signal.h>

static void
put_records(gray_store_t *store)
{
    gray_txn_t *txn = begin_write(store);
    uint64_t sequence;

    assert_ok(gray_store_release_put(
        txn, "shop", text("{\"note\":\"copied\"}"), text("compiled")));
    for (unsigned i = 0; i < 50; i++) {
        assert_ok(gray_store_audit_append(txn, text("record"), &sequence));
    }
    assert_int_equal(gray_store_audit_trim(txn, 20, 100), 30);
    assert_ok(gray_store_meta_put(txn, "key", text("secret")));
    assert_ok(gray_store_commit(txn));
}

static void
check_equal_lists(gray_txn_t *from, gray_txn_t *to)
{
    char name[64] = "", other[64] = "";
    gray_list_t a, b;

    while (gray_store_list_next(from, name, name) == GRAY_STORE_OK) {
        assert_ok(gray_store_list_next(to, other, other));
        assert_string_equal(name, other);
        assert_ok(gray_store_list_get(from, name, &a));
        assert_ok(gray_store_list_get(to, name, &b));
        assert_int_equal(a.id, b.id);
        assert_int_equal(a.kind, b.kind);
        assert_int_equal(a.created, b.created);
        assert_int_equal(a.changed, b.changed);
        assert_memory_equal(a.digest, b.digest, sizeof(a.digest));
        assert_int_equal(count_members(to, &b), a.count);
    }

    assert_int_equal(
        gray_store_list_next(to, other, other), GRAY_STORE_ENOTFOUND);
}

static void
check_equal(const char *from_dir, const char *to_dir)
{
    gray_store_t *from = open_store(from_dir, false);
    gray_store_t *to = open_store(to_dir, false);
    gray_txn_t *a = begin_read(from), *b = begin_read(to);
    gray_store_release_t release, copied;
    uint64_t x = UINT64_MAX, y = UINT64_MAX;
    gray_bytes_t record;

    check_equal_lists(a, b);
    assert_int_equal(gray_txn_revision(a), gray_txn_revision(b));
    if (gray_store_release_get(a, "shop", &release) == GRAY_STORE_OK) {
        assert_ok(gray_store_release_get(b, "shop", &copied));
        assert_int_equal(copied.revision, release.revision);
    }

    while (gray_store_audit_prev(a, &x, &record) == GRAY_STORE_OK) {
        assert_ok(gray_store_audit_prev(b, &y, &record));
        assert_int_equal(x, y);
    }
    assert_int_equal(
        gray_store_audit_prev(b, &y, &record), GRAY_STORE_ENOTFOUND);

    gray_store_read_end(a);
    gray_store_read_end(b);
    gray_store_close(from);
    gray_store_close(to);
}

static void
a_copy_equals_its_source(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_info_t info, copied;
    gray_list_t list;
    gray_txn_t *txn;

    put_records(store);
    make_list(store, "testers", 30000, 0, &list);
    make_list(store, "short-lived", 100, 5, &list);
    make_list(store, "empty", 0, 0, &list);
    make_list(store, "dropped", 100, 0, &list);
    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, "dropped"));
    assert_ok(gray_store_commit(txn));

    assert_ok(gray_store_copy(store, folder->copy, (gid_t) -1, NULL, NULL));
    assert_ok(gray_store_info(store, &info));
    gray_store_close(store);

    check_equal(folder->dir, folder->copy);
    store = open_store(folder->copy, true);
    assert_ok(gray_store_info(store, &copied));
    assert_memory_equal(copied.id, info.id, sizeof(info.id));
    assert_int_equal(copied.revision, info.revision);
    assert_int_equal(copied.garbage, 0);
    make_list(store, "new", 10, 0, &list);
    gray_store_close(store);
}

static void
a_folder_that_is_there_is_not_copied_over(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    char command[128];

    assert_ok(gray_store_copy(store, folder->copy, (gid_t) -1, NULL, NULL));
    assert_int_equal(
        gray_store_copy(store, folder->copy, (gid_t) -1, NULL, NULL),
        GRAY_STORE_EEXISTS);
    gray_store_close(store);

    snprintf(
        command, sizeof(command), "ls -A %s | grep -q copying", folder->top);
    assert_int_not_equal(system(command), 0);
}

static int
stop_at_once(void *data, uint64_t members)
{
    (void) members;
    *(unsigned *) data += 1;

    return 1;
}

static void
a_copy_that_is_stopped_leaves_nothing(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    struct stat there;
    unsigned calls = 0;

    assert_int_equal(
        gray_store_copy(store, folder->copy, (gid_t) -1, stop_at_once, &calls),
        GRAY_STORE_ESYSTEM);
    assert_int_equal(calls, 1);
    assert_int_equal(stat(folder->copy, &there), -1);
    gray_store_close(store);
}

static void
a_header_that_lies_is_found(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;

    make_list(store, "testers", 100, 0, &list);
    txn = begin_write(store);
    list.count++;
    assert_ok(gray_store_list_put(txn, "testers", &list));
    assert_ok(gray_store_commit(txn));

    assert_int_equal(
        gray_store_copy(store, folder->copy, (gid_t) -1, NULL, NULL),
        GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "list 'testers'"));
    gray_store_close(store);
}

/* --- changes while copying ------------------------------------------------- */

typedef struct {
    gray_store_t *store;
    unsigned calls;
    unsigned changes;
} changer_t;

static void
change_member(gray_store_t *store, unsigned i)
{
    gray_txn_t *txn = begin_write(store);
    uint64_t sequence, revision;
    gray_list_t list;
    char key[32];

    assert_ok(gray_store_list_get(txn, "testers", &list));
    snprintf(key, sizeof(key), "member-%u", i * 37);
    assert_ok(gray_store_member_del(txn, &list, text(key)));
    snprintf(key, sizeof(key), "new-%u", i);
    put_member(txn, &list, key, 9);
    assert_ok(gray_store_list_put(txn, "testers", &list));
    assert_ok(gray_store_audit_append(txn, text("changed"), &sequence));
    assert_int_equal(gray_store_audit_trim(txn, 10, 5) >= 0, 1);
    assert_ok(gray_txn_changed(txn, &revision));
    assert_ok(gray_store_commit(txn));
}

static void
replace_list(gray_store_t *store)
{
    gray_txn_t *txn = begin_write(store);
    gray_list_t list;

    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, 0, &list));
    put_member(txn, &list, "replaced", 0);
    assert_ok(gray_store_replace_save(txn, &list));
    assert_ok(gray_store_replace_switch(txn, "others", &list));
    assert_ok(gray_store_commit(txn));
}

/* Between slices, as another process would. */
static int
change(void *data, uint64_t members)
{
    changer_t *changer = data;
    gray_txn_t *txn;

    (void) members;
    if (changer->calls++ < changer->changes) {
        change_member(changer->store, changer->calls);
        if (changer->calls == 3) {
            replace_list(changer->store);
        }
        if (changer->calls == 4) {
            txn = begin_write(changer->store);
            assert_ok(gray_store_list_drop(txn, "a-dropped"));
            assert_ok(gray_store_commit(txn));
        }
    }

    return 0;
}

static void
what_changes_while_copying_is_copied_too(void **state)
{
    folder_t *folder = *state;
    changer_t changer = { .store = open_store(folder->dir, true) };
    gray_list_t list;

    make_list(changer.store, "a-dropped", 100, 0, &list);
    make_list(changer.store, "others", 100, 0, &list);
    make_list(changer.store, "testers", 20000, 0, &list);

    for (changer.changes = 1; changer.changes < 12; changer.changes += 2) {
        changer.calls = 0;
        if (changer.changes > 1) {
            gray_txn_t *txn = begin_write(changer.store);
            gray_store_list_drop(txn, "a-dropped");
            gray_store_list_drop(txn, "testers");
            assert_ok(gray_store_commit(txn));
            make_list(changer.store, "a-dropped", 100, 0, &list);
            make_list(changer.store, "testers", 20000, 0, &list);
        }

        assert_ok(gray_store_copy(
            changer.store, folder->copy, (gid_t) -1, change, &changer));
        gray_store_close(changer.store);
        check_equal(folder->dir, folder->copy);

        char command[128];
        snprintf(command, sizeof(command), "rm -r %s", folder->copy);
        assert_int_equal(system(command), 0);
        changer.store = open_store(folder->dir, true);
    }

    gray_store_close(changer.store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_copy_equals_its_source),
        story(a_folder_that_is_there_is_not_copied_over),
        story(a_copy_that_is_stopped_leaves_nothing),
        story(a_header_that_lies_is_found),
        story(what_changes_while_copying_is_copied_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
