/* The store when LMDB, the disk or memory refuses it something: each call, one
 * at a time. What was not acknowledged is not there, and what is there is
 * sound. */

#include "folder.h"
#include "store/audit.h"
#include "store/releases.h"
#include "store/upkeep.h"
#define FAILING_LMDB
#include "failing.h"

/* What is swept: 0 or a store error. */
typedef int (*act_pt)(const folder_t *folder, gray_store_t *store);


/* `store` NULL: the act opens it itself. */
static void
sweep(const folder_t *folder, gray_store_t *store, act_pt act)
{
    unsigned n;

    for (n = 1; n < FAILING_MAX; n += 1 + n / 100) {
        int rc;

        failing_begin(n, false);
        rc = act(folder, store);

        if (!failing_end()) {
            assert_ok(rc);
            break;
        }

        if (rc > 0) {
            fail_msg("%s failed: %d", failing_name, rc);
        }
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static int
forget(const char *dir)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command);
}


static int
create(const folder_t *folder, gray_store_t *store)
{
    (void) store;
    return gray_store_create(folder->copy, (gid_t) -1);
}


/* Or it could not be made again. */
static void
a_store_that_could_not_be_made_is_not_there(void **state)
{
    const folder_t *folder = *state;
    unsigned n;

    for (n = 1; n < FAILING_MAX; n++) {
        bool failed;
        int rc;

        failing_begin(n, false);
        rc = create(folder, NULL);
        failed = failing_end();

        if (!failed) {
            assert_ok(rc);
            break;
        }

        assert_true(rc <= 0);
        assert_int_equal(forget(folder->copy), 0);
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static int
open_and_close(const folder_t *folder, gray_store_t *none)
{
    gray_store_t *store = NULL;
    int rc = gray_store_open(folder->dir, true, &store);

    (void) none;
    assert_true((rc == 0) == (store != NULL));
    gray_store_close(store);
    return rc;
}


static void
a_store_that_cannot_be_opened_is_not(void **state)
{
    sweep(*state, NULL, open_and_close);
}


static int
read_all(const folder_t *folder, gray_store_t *store)
{
    gray_txn_t *txn;
    gray_list_t list;
    gray_member_t member;
    gray_store_release_t release;
    gray_bytes_t value;
    gray_store_info_t info;
    unsigned char after[GRAY_STORE_KEY_MAX];
    uint64_t sequence = UINT64_MAX;
    size_t len = 0;
    char name[64];
    int rc = gray_store_read(store, &txn);

    (void) folder;

    if (rc != 0) {
        return rc;
    }

    rc = gray_store_list_get(txn, "testers", &list);

    if (rc == 0) {
        rc = gray_store_member_get(txn, list.id, text("member-1"), &member);
    }
    if (rc == 0) {
        gray_list_t sum = { .id = list.id, .kind = list.kind };

        rc = gray_store_list_sum(txn, &sum, after, &len, 100);
    }
    if (rc == 0) {
        rc = gray_store_list_next(txn, "", name);
    }
    if (rc == 0) {
        rc = gray_store_release_get(txn, "shop", &release);
    }
    if (rc == 0) {
        rc = gray_store_release_next(txn, "", name);
    }
    if (rc == 0) {
        rc = gray_store_audit_prev(txn, &sequence, &value);
    }
    if (rc == 0) {
        rc = gray_store_meta_get(txn, "setting", &value);
    }
    gray_store_read_end(txn);

    return rc == 0 ? gray_store_info(store, &info) : rc;
}


static int
write_all(const folder_t *folder, gray_store_t *store)
{
    gray_txn_t *txn;
    gray_list_t list;
    gray_member_t member = { .expiry = 5 };
    uint64_t revision, sequence;
    bool added;
    int rc = gray_store_write(store, &txn);

    (void) folder;

    if (rc != 0) {
        return rc;
    }

    rc = gray_store_list_create(txn, "others", GRAY_STORE_STRING, &list);
    if (rc == GRAY_STORE_EEXISTS) {
        rc = gray_store_list_get(txn, "others", &list);
    }
    if (rc == 0) {
        rc = gray_store_member_put(txn, &list, text("one"), &member, &added);
    }
    if (rc == 0) {
        rc = gray_store_member_put(txn, &list, text("two"), &member, &added);
    }
    if (rc == 0) {
        rc = gray_store_member_del(txn, &list, text("two"));
    }
    if (rc == 0) {
        rc = gray_store_list_put(txn, "others", &list);
    }
    if (rc == 0) {
        rc = gray_store_release_put(txn, "shop", text("{}"), text("compiled"));
    }
    if (rc == 0) {
        rc = gray_store_meta_put(txn, "setting", text("value"));
    }
    if (rc == 0) {
        rc = gray_store_audit_append(txn, text("{}"), &sequence);
    }
    if (rc == 0) {
        rc = gray_store_audit_trim(txn, 2, 100);
        rc = rc < 0 ? rc : 0;
    }
    if (rc == 0) {
        rc = gray_txn_changed(txn, &revision);
    }
    if (rc != 0) {
        gray_store_abort(txn);
        return rc;
    }

    return gray_store_commit(txn);
}


static int
drop_and_purge(const folder_t *folder, gray_store_t *store)
{
    gray_txn_t *txn;
    int rc = write_all(folder, store);

    if (rc == 0) {
        rc = gray_store_write(store, &txn);
    }
    if (rc != 0) {
        return rc;
    }

    rc = gray_store_list_drop(txn, "others");
    if (rc == 0) {
        rc = gray_store_purge(txn, 10, 1000);
    }
    if (rc < 0) {
        gray_store_abort(txn);
        return rc;
    }

    return gray_store_commit(txn);
}


/* After all that failed: lists agree with their members. */
static void
assert_sound(gray_store_t *store)
{
    gray_txn_t *txn = begin_read(store);
    gray_list_t list;
    char name[64], after[64] = "";

    while (gray_store_list_next(txn, after, name) == 0) {
        assert_ok(gray_store_list_get(txn, name, &list));
        (void) count_members(txn, &list);
        memcpy(after, name, sizeof(after));
    }

    gray_store_read_end(txn);
}


static void
what_could_not_be_read_or_written_does_no_harm(void **state)
{
    const folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;

    make_list(store, "testers", 20, 0, &list);
    assert_ok(write_all(folder, store));
    sweep(folder, store, read_all);
    sweep(folder, store, write_all);
    assert_sound(store);
    sweep(folder, store, drop_and_purge);
    assert_sound(store);
    gray_store_close(store);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_store_that_could_not_be_made_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_store_that_cannot_be_opened_is_not, setup_store, teardown),
        cmocka_unit_test_setup_teardown(
            what_could_not_be_read_or_written_does_no_harm, setup_store,
            teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
