/* Lists, their members, and what is purged. */

#include "folder.h"
#include "store/upkeep.h"

static gray_bytes_t
block(unsigned char first, unsigned char bits, unsigned char key[17])
{
    memset(key, 0, 17);
    key[0] = first;
    key[16] = bits;

    return gray_bytes(key, 17);
}

static void
put_block(gray_txn_t *txn, gray_list_t *list, unsigned first, unsigned bits)
{
    gray_member_t member = { .expiry = 0 };
    unsigned char key[17];
    bool added;

    assert_ok(gray_store_member_put(txn, list,
        block((unsigned char) first, (unsigned char) bits, key), &member,
        &added));
}

static void
a_member_is_found_by_its_whole_key_only(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list, other;
    gray_txn_t *txn;

    make_list(store, "testers", 100, 0, &list);
    make_list(store, "others", 0, 0, &other);

    txn = begin_read(store);
    assert_true(has_member(txn, list.id, "member-7"));
    assert_false(has_member(txn, list.id, "member-"));
    assert_false(has_member(txn, list.id, "member-777"));
    assert_false(has_member(txn, other.id, "member-7"));
    assert_int_equal(count_members(txn, &list), 100);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
expiry_and_note_are_kept(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_member_t member = { .expiry = 1234, .note = text("ticket 7") };
    gray_list_t list;
    gray_txn_t *txn;
    bool added;

    make_list(store, "testers", 1, 0, &list);
    txn = begin_write(store);
    assert_ok(
        gray_store_member_put(txn, &list, text("phone"), &member, &added));
    member.note.len = GRAY_STORE_NOTE_MAX + 1;
    assert_int_equal(
        gray_store_member_put(txn, &list, text("tv"), &member, &added),
        GRAY_STORE_EINVALID);
    assert_ok(gray_store_list_put(txn, "testers", &list));
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_ok(gray_store_member_get(txn, list.id, text("phone"), &member));
    assert_int_equal(member.expiry, 1234);
    assert_int_equal(member.note.len, 8);
    assert_memory_equal(member.note.data, "ticket 7", 8);
    assert_ok(gray_store_member_get(txn, list.id, text("member-0"), &member));
    assert_int_equal(member.expiry, 0);
    assert_int_equal(member.note.len, 0);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
keys_are_1_to_255_bytes(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_member_t member = { .expiry = 99 };
    unsigned char key[256];
    gray_list_t list;
    gray_txn_t *txn;
    bool added;

    memset(key, 0, sizeof(key));
    make_list(store, "testers", 0, 0, &list);
    txn = begin_write(store);
    assert_int_equal(
        gray_store_member_put(txn, &list, gray_bytes(key, 0), &member, &added),
        GRAY_STORE_EINVALID);
    assert_int_equal(gray_store_member_put(
                         txn, &list, gray_bytes(key, 256), &member, &added),
        GRAY_STORE_EINVALID);
    assert_int_equal(
        gray_store_member_get(txn, list.id, gray_bytes(key, 256), &member),
        GRAY_STORE_EINVALID);

    for (size_t len = 1; len <= 255; len++) {
        assert_ok(gray_store_member_put(
            txn, &list, gray_bytes(key, len), &member, &added));
        assert_true(added);
    }

    assert_int_equal(count_members(txn, &list), 255);
    gray_store_abort(txn);
    gray_store_close(store);
}

static void
an_ip_list_counts_its_blocks_by_length(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    gray_list_t list, got;
    unsigned char key[17];

    assert_ok(gray_store_list_create(txn, "office", GRAY_STORE_IP, &list));
    put_block(txn, &list, 1, 128);
    put_block(txn, &list, 2, 128);
    put_block(txn, &list, 2, 128);
    put_block(txn, &list, 3, 104);
    put_block(txn, &list, 4, 0);
    assert_ok(gray_store_member_del(txn, &list, block(2, 128, key)));
    assert_int_equal(gray_store_member_del(txn, &list, block(9, 128, key)),
        GRAY_STORE_ENOTFOUND);
    assert_ok(gray_store_list_put(txn, "office", &list));
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_ok(gray_store_list_get(txn, "office", &got));
    assert_int_equal(got.kind, GRAY_STORE_IP);
    assert_int_equal(got.blocks[128], 1);
    assert_int_equal(got.blocks[104], 1);
    assert_int_equal(got.blocks[0], 1);
    assert_int_equal(got.blocks[64], 0);
    assert_int_equal(count_members(txn, &got), 3);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
a_list_takes_only_keys_of_its_kind(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    gray_member_t member = { .expiry = 0 };
    unsigned char key[17];
    gray_list_t list;
    bool added;

    assert_ok(gray_store_list_create(txn, "office", GRAY_STORE_IP, &list));
    assert_int_equal(
        gray_store_member_put(txn, &list, text("phone"), &member, &added),
        GRAY_STORE_EINVALID);
    assert_int_equal(
        gray_store_member_put(txn, &list, block(1, 129, key), &member, &added),
        GRAY_STORE_EINVALID);

    assert_ok(gray_store_list_create(txn, "legacy", GRAY_STORE_LIVE, &list));
    assert_int_equal(
        gray_store_member_put(txn, &list, text("phone"), &member, &added),
        GRAY_STORE_EINVALID);
    gray_store_abort(txn);
    gray_store_close(store);
}

static void
the_digest_knows_members_and_expiries_but_no_order_and_no_notes(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_member_t noted = { .expiry = 5, .note = text("why") };
    gray_txn_t *txn = begin_write(store);
    gray_list_t a, b;
    bool added;

    assert_ok(gray_store_list_create(txn, "a", GRAY_STORE_STRING, &a));
    assert_ok(gray_store_list_create(txn, "b", GRAY_STORE_STRING, &b));

    assert_true(put_member(txn, &a, "one", 0));
    assert_true(put_member(txn, &a, "two", 5));
    assert_true(put_member(txn, &b, "three", 9));
    assert_true(put_member(txn, &b, "two", 7));
    assert_true(put_member(txn, &b, "one", 0));
    assert_ok(gray_store_member_del(txn, &b, text("three")));
    assert_memory_not_equal(a.digest, b.digest, sizeof(a.digest));

    assert_false(put_member(txn, &b, "two", 5));
    assert_memory_equal(a.digest, b.digest, sizeof(a.digest));
    assert_int_equal(a.count, b.count);

    assert_ok(gray_store_member_put(txn, &b, text("two"), &noted, &added));
    assert_false(added);
    assert_memory_equal(a.digest, b.digest, sizeof(a.digest));
    assert_int_equal(count_members(txn, &b), 2);
    gray_store_abort(txn);
    gray_store_close(store);
}

static void
lists_are_created_walked_and_dropped(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list, got;
    char name[64] = "";
    gray_txn_t *txn;

    make_list(store, "b", 1, 0, &list);
    make_list(store, "a", 1, 0, &list);
    txn = begin_write(store);
    assert_int_equal(gray_store_list_create(txn, "a", GRAY_STORE_STRING, &got),
        GRAY_STORE_EEXISTS);
    assert_int_equal(gray_store_list_drop(txn, "c"), GRAY_STORE_ENOTFOUND);
    assert_int_equal(
        gray_store_list_put(txn, "c", &list), GRAY_STORE_ENOTFOUND);
    assert_int_equal(gray_store_list_put(txn, "b", &list), GRAY_STORE_EINVALID);

    assert_ok(gray_store_list_next(txn, name, name));
    assert_string_equal(name, "a");
    assert_ok(gray_store_list_drop(txn, "a"));
    assert_ok(gray_store_list_next(txn, name, name));
    assert_string_equal(name, "b");
    assert_int_equal(
        gray_store_list_next(txn, name, name), GRAY_STORE_ENOTFOUND);
    assert_int_equal(gray_store_list_get(txn, "a", &got), GRAY_STORE_ENOTFOUND);
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

static void
the_walk_over_members_starts_after_any_key(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_members_t *members;
    gray_member_t member;
    gray_list_t a, b;
    gray_bytes_t key;
    gray_txn_t *txn;

    make_list(store, "a", 3, 0, &a);
    make_list(store, "b", 3, 0, &b);
    txn = begin_read(store);
    assert_ok(gray_store_members_open(txn, a.id, text("member-00"), &members));
    assert_ok(gray_store_members_next(members, &key, &member));
    assert_memory_equal(key.data, "member-1", 8);
    assert_ok(gray_store_members_next(members, &key, &member));
    assert_int_equal(
        gray_store_members_next(members, &key, &member), GRAY_STORE_ENOTFOUND);
    gray_store_members_close(members);
    gray_store_members_close(NULL);
    gray_store_read_end(txn);
    gray_store_close(store);
}

/* --- purging --------------------------------------------------------------- */

static int
purge(gray_store_t *store, uint64_t now, unsigned limit)
{
    gray_txn_t *txn = begin_write(store);
    int rc = gray_store_purge(txn, now, limit);

    assert_true(rc >= 0);
    assert_ok(gray_store_commit(txn));

    return rc;
}

static uint64_t
expiries(gray_store_t *store)
{
    gray_txn_t *txn = begin_read(store);
    uint64_t entries;

    assert_ok(gray_db_entries(txn, GRAY_DB_EXPIRY, &entries));
    gray_store_read_end(txn);

    return entries;
}

static void
a_dropped_list_is_purged_in_steps(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_info_t info;
    gray_list_t list, kept;
    gray_txn_t *txn;

    make_list(store, "testers", 100, 77, &list);
    make_list(store, "kept", 5, 0, &kept);
    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, "testers"));
    assert_ok(gray_store_commit(txn));
    assert_int_equal(expiries(store), 100);

    assert_int_equal(purge(store, 0, 30), 30);
    assert_int_equal(purge(store, 0, 30), 30);
    assert_int_equal(purge(store, 0, 1000), 41);
    assert_int_equal(purge(store, 0, 1000), 0);

    txn = begin_read(store);
    list.count = list.digest[0] = list.digest[1] = 0;
    assert_int_equal(count_members(txn, &list), 0);
    assert_int_equal(count_members(txn, &kept), 5);
    gray_store_read_end(txn);
    assert_int_equal(expiries(store), 0);
    assert_ok(gray_store_info(store, &info));
    assert_int_equal(info.garbage, 0);
    gray_store_close(store);
}

static void
members_that_expired_are_purged_and_headers_stay_right(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t a, b, got;
    uint64_t revision;
    gray_txn_t *txn;

    make_list(store, "a", 20, 100, &a);
    make_list(store, "b", 20, 200, &b);
    txn = begin_write(store);
    put_member(txn, &a, "member-3", 0);
    put_member(txn, &a, "member-4", 300);
    put_member(txn, &b, "member-5", 50);
    assert_ok(gray_store_list_put(txn, "a", &a));
    assert_ok(gray_store_list_put(txn, "b", &b));
    revision = gray_txn_revision(txn);
    assert_ok(gray_store_commit(txn));

    assert_int_equal(purge(store, 100, 1000), 1); /* before 100, not at it */
    assert_int_equal(purge(store, 101, 10), 10);
    assert_int_equal(purge(store, 101, 1000), 8);
    assert_int_equal(purge(store, 101, 1000), 0);

    txn = begin_read(store);
    assert_ok(gray_store_list_get(txn, "a", &got));
    assert_int_equal(count_members(txn, &got), 2);
    assert_ok(gray_store_list_get(txn, "b", &got));
    assert_int_equal(count_members(txn, &got), 19);
    assert_int_equal(gray_txn_revision(txn), revision);
    gray_store_read_end(txn);
    assert_int_equal(expiries(store), 20);
    gray_store_close(store);
}

static void
a_purge_of_many_lists_turns_from_one_to_the_other(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;
    char name[64];

    for (unsigned i = 0; i < 30; i++) {
        snprintf(name, sizeof(name), "list-%u", i);
        make_list(store, name, 10, 100 + i % 3, &list);
    }

    assert_int_equal(purge(store, 1000, 1000), 300);

    txn = begin_read(store);
    for (unsigned i = 0; i < 30; i++) {
        snprintf(name, sizeof(name), "list-%u", i);
        assert_ok(gray_store_list_get(txn, name, &list));
        assert_int_equal(count_members(txn, &list), 0);
    }
    gray_store_read_end(txn);
    gray_store_close(store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_member_is_found_by_its_whole_key_only),
        story(expiry_and_note_are_kept),
        story(keys_are_1_to_255_bytes),
        story(an_ip_list_counts_its_blocks_by_length),
        story(a_list_takes_only_keys_of_its_kind),
        story(the_digest_knows_members_and_expiries_but_no_order_and_no_notes),
        story(lists_are_created_walked_and_dropped),
        story(the_walk_over_members_starts_after_any_key),
        story(a_dropped_list_is_purged_in_steps),
        story(members_that_expired_are_purged_and_headers_stay_right),
        story(a_purge_of_many_lists_turns_from_one_to_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
