/* What is told of a store that changes adds up to what it holds. */

#include "folder.h"
#include "store/audit.h"
#include "store/follow.h"
#include "store/releases.h"

static const gray_db_t followed[]
    = { GRAY_DB_RELEASES, GRAY_DB_AUDIT, GRAY_DB_MEMBERS };

/* Whose commits need not wait for the disk. */
static gray_store_t *
open_quick(const char *dir)
{
    gray_store_options_t options
        = { .writable = true, .flags = MDB_NOSYNC, .unindexed = true };
    gray_store_t *store;

    assert_ok(gray_store_open_with(dir, &options, &store));

    return store;
}

#define FOLLOWED (sizeof(followed) / sizeof(followed[0]))

/* Another store, whose databases become what is told. */
typedef struct {
    gray_store_t *store;
    gray_txn_t *txn;
    gray_follow_t *follow;
    uint64_t passed; /* a list that is not wanted */
    unsigned wrong;  /* old values that were not the mirror's */
} mirror_t;

static bool
same_bytes(gray_bytes_t a, gray_bytes_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static int
mirror_put(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t value,
    const gray_bytes_t *old, bool walking)
{
    mirror_t *mirror = data;
    gray_bytes_t there;
    bool found;

    if (db == GRAY_DB_MEMBERS && gray_get_be64(key.data) == mirror->passed) {
        return GRAY_FOLLOW_PASS;
    }

    found = gray_db_get(mirror->txn, db, key, &there) == GRAY_STORE_OK;
    mirror->wrong += found != (old != NULL) || (found && walking)
                     || (found && !same_bytes(there, *old));

    return gray_db_put(mirror->txn, db, key, value);
}

static int
mirror_del(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t old)
{
    mirror_t *mirror = data;
    gray_bytes_t there;

    if (db == GRAY_DB_MEMBERS && gray_get_be64(key.data) == mirror->passed) {
        return GRAY_STORE_OK;
    }

    if (gray_db_get(mirror->txn, db, key, &there) != GRAY_STORE_OK) {
        mirror->wrong++;
        return GRAY_STORE_OK;
    }
    mirror->wrong += !same_bytes(there, old);

    return gray_db_del(mirror->txn, db, key);
}

static const gray_follow_tell_t mirror_tell = { mirror_put, mirror_del };

/* Each entry of `a`, but for those of the list that is passed, is in `b`. */
static uint64_t
check_held(gray_txn_t *a, gray_txn_t *b, gray_db_t db, uint64_t passed)
{
    gray_bytes_t key = gray_bytes(NULL, 0), value, other;
    uint64_t n = 0;

    while (gray_db_next(a, db, key, &key, &value) == GRAY_STORE_OK) {
        if (db == GRAY_DB_MEMBERS && gray_get_be64(key.data) == passed) {
            continue;
        }
        assert_ok(gray_db_get(b, db, key, &other));
        assert_true(same_bytes(value, other));
        n++;
    }

    return n;
}

static void
check_mirrored(mirror_t *mirror)
{
    for (unsigned i = 0; i < FOLLOWED; i++) {
        uint64_t entries, n = check_held(mirror->follow->txn, mirror->txn,
                              followed[i], mirror->passed);

        assert_ok(gray_db_entries(mirror->txn, followed[i], &entries));
        assert_int_equal(n, entries);
    }
}

/* --- changes ------------------------------------------------------------------ */

static void
change_members(gray_txn_t *txn, const char *name, unsigned n)
{
    unsigned mode = (unsigned) rand() % 3; /* grows, shrinks, both */
    gray_list_t list;
    char key[300], note[1000];

    assert_ok(gray_store_list_get(txn, name, &list));
    memset(note, 'n', sizeof(note));

    for (unsigned i = 0; i < n; i++) {
        gray_member_t member = { .note = { .data = note } };
        bool added;

        snprintf(key, sizeof(key), "member-%u%0*u", (unsigned) rand() % 9000,
            rand() % 40 == 0 ? 200 : 1, 0);
        if (mode == 1 || (mode == 2 && rand() % 2)) {
            (void) gray_store_member_del(txn, &list, text(key));
            continue;
        }
        member.expiry = rand() % 4 == 0 ? (uint64_t) rand() : 0;
        member.note.len = rand() % 10 == 0 ? (size_t) rand() % 1000 : 0;
        assert_ok(
            gray_store_member_put(txn, &list, text(key), &member, &added));
    }

    assert_ok(gray_store_list_put(txn, name, &list));
}

/* Documents of many pages, and of none. */
static void
change_releases(gray_txn_t *txn)
{
    static char document[40000];
    char name[32];

    snprintf(name, sizeof(name), "release-%d", rand() % 40);
    if (rand() % 3 == 0) {
        (void) gray_store_release_del(txn, name);
        return;
    }

    memset(document, 'a' + rand() % 26, sizeof(document));
    assert_ok(gray_store_release_put(txn, name,
        gray_bytes(document, (size_t) rand() % sizeof(document)), text("c")));
}

static void
change_much(gray_store_t *store)
{
    static const char *const names[] = { "a", "b", "c" };
    gray_txn_t *txn;
    uint64_t sequence;

    for (int i = rand() % 4; i > 0; i--) {
        txn = begin_write(store);
        change_members(txn, names[rand() % 3],
            (unsigned) rand() % (rand() % 5 == 0 ? 3000 : 20));
        change_releases(txn);
        assert_ok(gray_store_audit_append(txn, text("record"), &sequence));
        (void) gray_store_audit_trim(txn, 30, 5);
        assert_ok(gray_store_commit(txn));
    }
}

/* --- stories ------------------------------------------------------------------ */

static void
what_is_told_adds_up_to_a_snapshot_whatever_changes_meanwhile(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_quick(folder->dir);
    mirror_t mirror = { .passed = 2 };
    gray_list_t list;

    assert_ok(gray_store_create(folder->copy, (gid_t) -1));
    mirror.store = open_quick(folder->copy);
    make_list(store, "a", 3000, 0, &list);
    make_list(store, "b", 3000, 7, &list); /* id 2 */
    make_list(store, "c", 3000, 0, &list);

    for (unsigned i = 0; i < 12; i++) {
        gray_follow_t follow = {
            .store = store,
            .tell = &mirror_tell,
            .data = &mirror,
            .dbs = followed,
            .ndbs = FOLLOWED,
        };
        unsigned steps = 0;
        int more;

        srand(i);
        mirror.follow = &follow;
        mirror.txn = begin_write(mirror.store);

        do {
            more = gray_follow_step(&follow, 0);
            assert_true(more >= 0);
            change_much(store);
            assert_true(++steps < 5000);
        } while (more == 1);

        /* And after the end. */
        for (unsigned n = 0; n < 20; n++) {
            assert_ok(gray_follow_step(&follow, 0));
            change_much(store);
        }

        assert_int_equal(mirror.wrong, 0);
        check_mirrored(&mirror);
        gray_follow_end(&follow);
        gray_store_abort(mirror.txn);
        assert_true(steps > 20);
    }

    gray_store_close(mirror.store);
    gray_store_close(store);
}

static void
one_list_alone_can_be_followed(void **state)
{
    static const gray_db_t members = GRAY_DB_MEMBERS;
    folder_t *folder = *state;
    gray_store_t *store = open_quick(folder->dir);
    mirror_t mirror = { .passed = 0 };
    gray_follow_t follow = {
        .store = store,
        .tell = &mirror_tell,
        .data = &mirror,
        .dbs = &members,
        .ndbs = 1,
    };
    unsigned char prefix[8];
    gray_list_t list, other;
    uint64_t entries;
    int more;

    assert_ok(gray_store_create(folder->copy, (gid_t) -1));
    mirror.store = open_quick(folder->copy);
    mirror.txn = begin_write(mirror.store);
    mirror.follow = &follow;
    make_list(store, "a", 3000, 0, &other);
    make_list(store, "b", 3000, 0, &list);
    make_list(store, "c", 3000, 0, &other);
    gray_put_be64(prefix, list.id);
    follow.prefix = gray_bytes(prefix, sizeof(prefix));

    do {
        more = gray_follow_step(&follow, 0);
        assert_true(more >= 0);
        change_much(store);
    } while (more == 1);
    assert_ok(gray_follow_step(&follow, 0));

    assert_ok(gray_store_list_get(follow.txn, "b", &list));
    assert_ok(gray_db_entries(mirror.txn, GRAY_DB_MEMBERS, &entries));
    assert_int_equal(entries, list.count);
    assert_int_equal(count_members(mirror.txn, &list), list.count);

    gray_follow_end(&follow);
    gray_store_abort(mirror.txn);
    gray_store_close(mirror.store);
    gray_store_close(store);
}

static void
a_database_that_was_empty_or_becomes_empty_is_followed(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_quick(folder->dir);
    mirror_t mirror = { .passed = 0 };
    gray_follow_t follow = {
        .store = store,
        .tell = &mirror_tell,
        .data = &mirror,
        .dbs = followed,
        .ndbs = FOLLOWED,
    };
    gray_list_t list;
    gray_txn_t *txn;

    assert_ok(gray_store_create(folder->copy, (gid_t) -1));
    mirror.store = open_quick(folder->copy);
    mirror.txn = begin_write(mirror.store);
    mirror.follow = &follow;

    assert_ok(gray_follow_step(&follow, UINT64_MAX));
    make_list(store, "a", 20000, 0, &list);
    assert_ok(gray_follow_step(&follow, 0));
    check_mirrored(&mirror);

    txn = begin_write(store);
    for (unsigned i = 0; i < 20000; i++) {
        char key[32];

        snprintf(key, sizeof(key), "member-%u", i);
        assert_ok(gray_store_member_del(txn, &list, text(key)));
    }
    assert_ok(gray_store_commit(txn));
    assert_ok(gray_follow_step(&follow, 0));
    check_mirrored(&mirror);
    assert_int_equal(mirror.wrong, 0);

    gray_follow_end(&follow);
    gray_store_abort(mirror.txn);
    gray_store_close(mirror.store);
    gray_store_close(store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(what_is_told_adds_up_to_a_snapshot_whatever_changes_meanwhile),
        story(one_list_alone_can_be_followed),
        story(a_database_that_was_empty_or_becomes_empty_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
