/* Files that are not to be trusted, and how they are made anew. */

#include "index_model.h"

#include <fcntl.h>

static void
patch(const char *path, off_t at, const void *bytes, size_t len)
{
    int fd = open(path, O_RDWR);

    assert_int_not_equal(fd, -1);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void
a_foreign_or_torn_file_is_not_trusted_and_made_anew(void **state)
{
    folder_t *folder = *state;
    static const struct {
        off_t at;
        bool state; /* not part of what is checked, but it says BUILDING */
    } cases[] = {
        { 0, false },
        { offsetof(gray_index_header_t, store), false },
        { offsetof(gray_index_header_t, list), false },
        { offsetof(gray_index_header_t, base), false },
        { offsetof(gray_index_header_t, checksum), false },
        { offsetof(gray_index_header_t, state), true },
        { offsetof(gray_index_header_t, growth) + 7, false },
        { offsetof(gray_index_header_t, to), false },
    };
    gray_store_t *store = open_store(folder->dir, true);
    char path[256];

    put_keys(store, 0, 3000, 0);
    index_file(folder->dir, header_of(store).id, path);

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char wrong = cases[i].state ? GRAY_INDEX_BUILDING : 0xee;
        static const char none[16];

        if (cases[i].at == offsetof(gray_index_header_t, to)) {
            patch(path, offsetof(gray_index_header_t, from), none, 16);
        }
        patch(path, cases[i].at, &wrong, 1);
        assert_false(has_index(store));
        gray_store_close(store);

        store = open_store(folder->dir, true);
        put_keys(store, 3000 + i, 3001 + i, 0);
        assert_int_equal(assert_right(store, 4000).asks, 0);
    }

    assert_int_equal(truncate(path, 8192), 0);
    assert_false(has_index(store));
    assert_int_equal(truncate(path, 100), 0);
    assert_false(has_index(store));
    assert_int_equal(
        gray_store_index_check(store, LIST, NULL, NULL), GRAY_STORE_ENOTFOUND);
    put_keys(store, 3900, 3901, 0);
    assert_int_equal(assert_right(store, 4000).asks, 0);
    gray_store_close(store);
}

static void
an_index_of_an_older_state_is_not_trusted(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    char path[256], command[600];

    put_keys(store, 0, 3000, 0);
    index_file(folder->dir, header_of(store).id, path);
    snprintf(command, sizeof(command), "cp %s %s/old", path, folder->top);
    assert_int_equal(system(command), 0);
    put_keys(store, 3000, 3001, 0);
    put_keys(store, 3001, 3002, 0);

    snprintf(command, sizeof(command), "cp %s/old %s", folder->top, path);
    assert_int_equal(system(command), 0);
    assert_false(has_index(store));
    put_keys(store, 3002, 3003, 0);
    assert_int_equal(assert_right(store, 4000).asks, 0);
    gray_store_close(store);
}

static void
a_wrong_slot_is_found_by_the_check(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_index_t *index;
    gray_list_t list;
    uint64_t note = 0x123456789abcde00 | GRAY_INDEX_SLOT_YES;

    put_keys(store, 0, 3000, 0);
    list = header_of(store);
    assert_ok(gray_index_map(store, list.id, true, &index));

    gray_index_apply(index, &note, 1, GRAY_INDEX_DIRECT);
    assert_int_equal(
        gray_store_index_check(store, LIST, NULL, NULL), GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "1 members that the list"));
    note |= GRAY_INDEX_SLOT_GONE;
    gray_index_apply(index, &note, 1, GRAY_INDEX_DIRECT);
    assert_ok(gray_store_index_check(store, LIST, NULL, NULL));

    note = gray_index_hash(gray_siphash(&store->index_key, "key-7", 5))
           | GRAY_INDEX_SLOT_GONE;
    gray_index_apply(index, &note, 1, GRAY_INDEX_DIRECT);
    assert_int_equal(
        gray_store_index_check(store, LIST, NULL, NULL), GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "not all members"));
    gray_index_close(index);

    assert_ok(gray_store_index_build(store, LIST, NULL, NULL));
    assert_int_equal(assert_right(store, 4000).asks, 0);
    gray_store_close(store);
}

static void
a_store_that_was_made_without_gets_its_key_when_one_is_built(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_siphash_key_t key;
    gray_txn_t *txn = begin_write(store);
    char command[128];

    assert_int_equal(
        gray_store_meta_del(txn, "index_key"), GRAY_STORE_EINVALID);
    assert_ok(gray_db_del(txn, GRAY_DB_META, text("index_key")));
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
    snprintf(command, sizeof(command), "rmdir %s/index", folder->dir);
    assert_int_equal(system(command), 0);

    store = open_store(folder->dir, true);
    txn = begin_read(store);
    assert_int_equal(gray_store_index_key(txn, &key), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(txn);
    put_keys(store, 0, 3000, 0);
    assert_false(has_index(store));

    assert_ok(gray_store_index_build(store, LIST, NULL, NULL));
    assert_int_equal(assert_right(store, 4000).asks, 0);
    gray_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_foreign_or_torn_file_is_not_trusted_and_made_anew),
        TEST(an_index_of_an_older_state_is_not_trusted),
        TEST(a_wrong_slot_is_found_by_the_check),
        TEST(a_store_that_was_made_without_gets_its_key_when_one_is_built),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
