/* Releases and the audit. */

#include "folder.h"
#include "store/audit.h"
#include "store/releases.h"

static void
put_release(gray_store_t *store, const char *name, const char *document)
{
    gray_txn_t *txn = begin_write(store);

    assert_ok(gray_store_release_put(
        txn, name, text(document), gray_bytes("\0compiled", 9)));
    assert_ok(gray_store_commit(txn));
}

static void
a_release_is_given_back_with_its_revision(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_release_t release;
    gray_txn_t *txn;

    put_release(store, "shop", "{\"note\":\"one\"}");
    put_release(store, "cart", "{}");
    put_release(store, "shop", "{\"note\":\"three\"}");

    txn = begin_read(store);
    assert_ok(gray_store_release_get(txn, "shop", &release));
    assert_int_equal(release.revision, 3);
    assert_int_equal(release.document.len, strlen("{\"note\":\"three\"}"));
    assert_memory_equal(
        release.document.data, "{\"note\":\"three\"}", release.document.len);
    assert_int_equal(release.compiled.len, 9);
    assert_memory_equal(release.compiled.data, "\0compiled", 9);

    assert_ok(gray_store_release_get(txn, "cart", &release));
    assert_int_equal(release.revision, 2);
    assert_int_equal(
        gray_store_release_get(txn, "pay", &release), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
empty_and_large_releases_are_kept(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_release_t release;
    size_t len = 3 << 20;
    char *large = malloc(len);
    gray_txn_t *txn = begin_write(store);

    memset(large, 'x', len);
    assert_ok(gray_store_release_put(
        txn, "empty", gray_bytes(NULL, 0), gray_bytes(NULL, 0)));
    assert_ok(gray_store_release_put(
        txn, "large", gray_bytes(large, len), gray_bytes(large, len)));
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_ok(gray_store_release_get(txn, "empty", &release));
    assert_int_equal(release.document.len + release.compiled.len, 0);
    assert_ok(gray_store_release_get(txn, "large", &release));
    assert_int_equal(release.document.len, len);
    assert_memory_equal(release.compiled.data, large, len);
    gray_store_read_end(txn);
    gray_store_close(store);
    free(large);
}

static void
releases_are_walked_in_the_order_of_names(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    char name[64] = "";
    gray_txn_t *txn;

    put_release(store, "shop", "{}");
    put_release(store, "cart", "{}");
    put_release(store, "pay", "{}");

    txn = begin_write(store);
    assert_ok(gray_store_release_del(txn, "pay"));
    assert_int_equal(gray_store_release_del(txn, "pay"), GRAY_STORE_ENOTFOUND);
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_ok(gray_store_release_next(txn, name, name));
    assert_string_equal(name, "cart");
    assert_ok(gray_store_release_next(txn, name, name));
    assert_string_equal(name, "shop");
    assert_int_equal(
        gray_store_release_next(txn, name, name), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
names_are_one_to_63_bytes(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    char name[65];

    memset(name, 'n', sizeof(name));
    name[64] = '\0';
    assert_int_equal(gray_store_release_put(txn, name, text("{}"), text("")),
        GRAY_STORE_EINVALID);
    assert_int_equal(gray_store_release_put(txn, "", text("{}"), text("")),
        GRAY_STORE_EINVALID);
    name[63] = '\0';
    assert_ok(gray_store_release_put(txn, name, text("{}"), text("")));
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

static void
append(gray_txn_t *txn, const char *record, uint64_t expected)
{
    uint64_t sequence;

    assert_ok(gray_store_audit_append(txn, text(record), &sequence));
    assert_int_equal(sequence, expected);
}

static void
the_audit_is_read_from_the_newest_back(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    uint64_t sequence = UINT64_MAX;
    gray_bytes_t record;

    assert_int_equal(
        gray_store_audit_prev(txn, &sequence, &record), GRAY_STORE_ENOTFOUND);
    append(txn, "first", 1);
    append(txn, "second", 2);
    assert_ok(gray_store_commit(txn));

    txn = begin_read(store);
    assert_ok(gray_store_audit_prev(txn, &sequence, &record));
    assert_int_equal(sequence, 2);
    assert_memory_equal(record.data, "second", 6);
    assert_ok(gray_store_audit_prev(txn, &sequence, &record));
    assert_int_equal(sequence, 1);
    assert_memory_equal(record.data, "first", 5);
    assert_int_equal(
        gray_store_audit_prev(txn, &sequence, &record), GRAY_STORE_ENOTFOUND);
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
trimming_the_audit_keeps_the_newest_and_no_number_comes_twice(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn = begin_write(store);
    uint64_t sequence = UINT64_MAX;
    gray_bytes_t record;

    for (unsigned i = 1; i <= 300; i++) {
        append(txn, "record", i);
    }

    assert_int_equal(gray_store_audit_trim(txn, 10, 100), 100);
    assert_int_equal(gray_store_audit_trim(txn, 10, 1000), 190);
    assert_int_equal(gray_store_audit_trim(txn, 10, 1000), 0);
    assert_int_equal(gray_store_audit_trim(txn, 0, 1000), 9);
    assert_ok(gray_store_audit_prev(txn, &sequence, &record));
    assert_int_equal(sequence, 300);
    append(txn, "record", 301);
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_release_is_given_back_with_its_revision),
        story(empty_and_large_releases_are_kept),
        story(releases_are_walked_in_the_order_of_names),
        story(names_are_one_to_63_bytes),
        story(the_audit_is_read_from_the_newest_back),
        story(trimming_the_audit_keeps_the_newest_and_no_number_comes_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
