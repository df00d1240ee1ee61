/* The index of a list: its answers are those of LMDB after every commit. */

#include "index_model.h"

#include <fcntl.h>

#define KEYS 20000

/* --- growing ----------------------------------------------------------------- */

static void
a_short_list_has_no_index(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);

    put_keys(store, 0, GRAY_INDEX_MIN - 1, 0);
    assert_false(has_index(store));
    assert_int_equal(index_files(folder), 0);

    put_keys(store, 0, GRAY_INDEX_MIN, 0);
    assert_int_equal(assert_right(store, KEYS).members, GRAY_INDEX_MIN);
    assert_int_equal(assert_right(store, KEYS).asks, 0);
    gray_store_close(store);
}

static void
a_list_grows_out_of_its_pages_and_finds_all(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_index_t *reader;
    gray_list_t list;

    put_keys(store, 0, 1000, 0);
    list = header_of(store);
    assert_ok(gray_index_open(store, &list, &reader));

    for (unsigned n = 1000; n < KEYS; n += 200) {
        answers_t answers;
        gray_txn_t *txn;

        put_keys(store, n, n + 200, 0);
        assert_int_equal(assert_right(store, KEYS + 1000).asks, 0);

        /* A handle that was opened long ago follows. */
        txn = begin_read(store);
        assert_ok(gray_store_list_get(txn, LIST, &list));
        assert_true(gray_index_holds(reader, &list));
        assert_true(compare_in(txn, reader, &list, KEYS + 1000, &answers));
        assert_int_equal(answers.asks, 0);
        gray_store_read_end(txn);
    }

    assert_true(gray_index_level(reader->header->growth) > 1);
    gray_index_close(reader);
    gray_store_close(store);
}

static void
a_list_that_outgrows_its_pages_at_once_gets_new_ones(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);

    put_keys(store, 0, 1000, 0);
    put_keys(store, 1000, 50000, 0);
    assert_int_equal(assert_right(store, 60000).asks, 0);
    put_keys(store, 50000, 55000, 7);
    assert_int_equal(assert_right(store, 60000).asks, 0);

    /* Too long to be read inside a commit: built by itself. */
    put_keys(store, 55000, 300000, 0);
    assert_false(has_index(store));
    assert_ok(gray_store_index_build(store, LIST, NULL, NULL));
    assert_int_equal(assert_right(store, 310000).asks, 0);
    gray_store_close(store);
}

/* Random changes, by the same rule in the model's arrays and in LMDB. */
static void
change_at_random(gray_store_t *store, gray_txn_t *txn, unsigned span)
{
    gray_list_t list;
    unsigned n = (unsigned) random() % 200;

    (void) store;
    assert_ok(gray_store_list_get(txn, LIST, &list));
    for (unsigned i = 0; i < n; i++) {
        unsigned key = (unsigned) random() % span;

        switch (random() % 4) {
        case 0:
            (void) del_key(txn, &list, key);
            break;
        case 1:
            put_key(txn, &list, key, 1 + (unsigned) random() % 3);
            break;
        default:
            put_key(txn, &list, key, 0);
        }
    }
    assert_ok(gray_store_list_put(txn, LIST, &list));
}

static void
random_changes_are_followed(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    unsigned trusted = 0;

    srandom(4);
    put_keys(store, 0, 500, 0);

    for (unsigned round = 0; round < 250; round++) {
        unsigned span = 1000 + round * 76;
        gray_txn_t *txn = begin_write(store);
        answers_t answers = { 0 };
        bool open;

        change_at_random(store, txn, span);
        if (round % 7 == 3) {
            gray_store_abort(txn);
        } else {
            assert_ok(gray_store_commit(txn));
        }

        if (round % 11 == 5) {
            gray_store_close(store);
            store = open_store(folder->dir, true);
        }

        assert_true(compare(store, KEYS, &open, &answers));
        assert_int_equal(answers.asks, 0);
        trusted += open;
        if (round % 20 == 19 && open) {
            assert_ok(gray_store_index_check(store, LIST, NULL, NULL));
        }
    }

    assert_true(trusted > 200);
    gray_store_close(store);
}

/* The slots of removed members serve new ones: the pages stay as many. */
static void
a_list_that_is_turned_over_keeps_its_size(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    struct stat before, after;
    char path[256];

    put_keys(store, 0, 2000, 0);
    index_file(folder->dir, header_of(store).id, path);
    assert_int_equal(stat(path, &before), 0);

    for (unsigned i = 0; i < 20; i++) {
        del_keys(store, i * 1000, i * 1000 + 1000);
        put_keys(store, 2000 + i * 1000, 3000 + i * 1000, 0);
    }

    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(assert_right(store, 25000).asks, 0);
    gray_store_close(store);
}

static void
an_expiring_member_that_is_put_for_good_becomes_yes(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_txn_t *txn;

    put_keys(store, 0, 1500, 9);
    assert_int_equal(assert_right(store, 2000).asks, 0);
    put_keys(store, 0, 700, 0);
    assert_int_equal(assert_right(store, 2000).asks, 0);

    txn = begin_write(store);
    assert_int_equal(gray_store_purge(txn, 100, 5000), 800);
    assert_ok(gray_store_commit(txn));
    assert_int_equal(assert_right(store, 2000).members, 700);
    assert_int_equal(assert_right(store, 2000).asks, 0);
    gray_store_close(store);
}

static void
a_member_that_goes_and_comes_in_one_transaction_is_there(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;

    put_keys(store, 0, 1500, 0);
    txn = begin_write(store);
    assert_ok(gray_store_list_get(txn, LIST, &list));
    assert_ok(del_key(txn, &list, 3));
    put_key(txn, &list, 3, 0);
    put_key(txn, &list, 1600, 0);
    assert_ok(del_key(txn, &list, 1600));
    put_key(txn, &list, 1601, 0);
    put_key(txn, &list, 1601, 5);
    assert_ok(gray_store_list_put(txn, LIST, &list));
    assert_ok(gray_store_commit(txn));

    assert_int_equal(assert_right(store, 2000).members, 1501);
    assert_int_equal(assert_right(store, 2000).asks, 0);
    gray_store_close(store);
}

/* --- a page that is full ------------------------------------------------------- */

/* Hashes that all go into one page of two. */
static uint64_t
hash_for_page(uint64_t i)
{
    uint64_t hash = i * 0x9e3779b97f4a7c15;

    return gray_index_hash(hash & ~((uint64_t) 1 << 63));
}

static void
a_page_without_room_asks_for_who_is_not_in_it(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_index_t *index;
    uint64_t asked = 0, next;

    assert_ok(gray_index_create(store, 77, 700, &index));
    assert_int_equal(index->base, 2);

    for (uint64_t i = 1; i <= 700; i++) {
        uint64_t note = hash_for_page(i) | GRAY_INDEX_SLOT_YES;

        gray_index_apply(index, &note, 1, GRAY_INDEX_MARK);
        gray_index_apply(index, &note, 1, GRAY_INDEX_SETTLE);
    }
    assert_int_equal(index->header->lost, 700 - 511);

    for (uint64_t i = 1; i <= 700; i++) {
        gray_index_answer_t answer = gray_index_find(index, hash_for_page(i));

        assert_int_not_equal(answer, GRAY_INDEX_NO);
        asked += answer == GRAY_INDEX_ASK;
    }
    assert_int_equal(asked, 700 - 511);
    assert_int_equal(
        gray_index_find(index, (uint64_t) 1 << 63 | 12345), GRAY_INDEX_NO);

    /* Neither half of a page that was split forgets. */
    next = gray_index_split_to(index, gray_index_growth(1, 0));
    assert_int_equal(next, gray_index_growth(1, 0));
    index->header->growth = next;
    for (uint64_t i = 1; i <= 700; i++) {
        assert_int_not_equal(
            gray_index_find(index, hash_for_page(i)), GRAY_INDEX_NO);
    }

    gray_index_close(index);
    gray_store_close(store);
}

static void
no_page_is_lost_at_any_number_of_pages(void **state)
{
    (void) state;

    for (uint64_t base = 1; base < 14; base += 3) {
        uint64_t growth = 0;

        for (unsigned splits = 0; splits < 200; splits++) {
            uint64_t pages = gray_index_pages(base, growth);

            for (uint64_t i = 0; i < 500; i++) {
                uint64_t hash = gray_index_hash(i * 0x9e3779b97f4a7c15);

                assert_true(gray_index_page_of(base, growth, hash) < pages);
            }

            growth = gray_index_split(growth) + 1
                             < base << gray_index_level(growth)
                         ? growth + 1
                         : gray_index_growth(gray_index_level(growth) + 1, 0);
            assert_int_equal(gray_index_pages(base, growth), pages + 1);
        }
    }
}

static void
pages_are_added_in_proportion(void **state)
{
    uint64_t growth = 0;

    (void) state;
    assert_int_equal(gray_index_growth_for(10, 0, 10 * 512 * 7 / 10), 0);
    assert_int_equal(gray_index_growth_for(10, 0, 10 * 512 * 77 / 100 + 1), 5);
    assert_int_equal(
        gray_index_growth_for(10, 0, 10 * 512 * 84 / 100 + 1), 1ULL << 32);

    /* They are never taken back. */
    for (uint64_t members = 0; members < 100000; members += 97) {
        uint64_t next = gray_index_growth_for(10, growth, members);

        assert_true(next >= growth);
        growth = next;
        assert_int_equal(
            gray_index_growth_for(10, growth, members / 2), growth);
        assert_true(members * 100
                    < gray_index_pages(10, growth) * 512 * GRAY_INDEX_END);
    }
}

/* --- whole lists ----------------------------------------------------------------- */

static void
begin_replace(gray_store_t *store, uint64_t expected, gray_list_t *list)
{
    gray_txn_t *txn = begin_write(store);

    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, expected, list));
    assert_ok(gray_store_commit(txn));
}

static void
fill_replace(
    gray_store_t *store, gray_list_t *list, unsigned first, unsigned end)
{
    gray_txn_t *txn = begin_write(store);

    for (unsigned i = first; i < end; i++) {
        put_key(txn, list, i, i % 10 == 0 ? 5 : 0);
    }
    assert_ok(gray_store_replace_save(txn, list));
    assert_ok(gray_store_commit(txn));
}

static void
switch_to(gray_store_t *store, const gray_list_t *list)
{
    gray_txn_t *txn = begin_write(store);

    assert_ok(gray_store_replace_switch(txn, LIST, list));
    assert_ok(gray_store_commit(txn));
}

static void
purge(gray_store_t *store)
{
    gray_txn_t *txn = begin_write(store);

    assert_true(gray_store_purge(txn, 0, 100000) >= 0);
    assert_ok(gray_store_commit(txn));
}

static void
an_imported_list_has_its_index_at_once(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    static const uint64_t expected[] = { 30000, 0, 5 };
    struct stat file;
    gray_list_t list;
    char path[256];

    put_keys(store, 0, 1500, 0);

    for (size_t i = 0; i < 3; i++) {
        begin_replace(store, expected[i], &list);
        assert_true(gray_index_open(store, &list, &(gray_index_t *){ NULL })
                    == GRAY_STORE_ENOTFOUND);
        for (unsigned n = 0; n < 30000; n += 3000) {
            fill_replace(store, &list, n, n + 3000);
        }
        gray_store_replace_flush(store, &list);
        assert_int_equal(assert_right(store, 2000).asks, 0);

        switch_to(store, &list);
        assert_int_equal(assert_right(store, 32000).members, 30000);
        assert_int_equal(assert_right(store, 32000).asks, 0);
        assert_int_equal(index_files(folder), 2);
        purge(store);
        assert_int_equal(index_files(folder), 1);

        index_file(folder->dir, list.id, path);
        assert_int_equal(stat(path, &file), 0);
        if (expected[i] == 30000) {
            assert_true(file.st_size <= 30000 * 12);
        }
    }
    gray_store_close(store);
}

static void
a_replacement_in_one_transaction_has_its_index(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;

    put_keys(store, 0, 10, 0);
    txn = begin_write(store);
    assert_ok(gray_store_replace_begin(txn, GRAY_STORE_STRING, 5000, &list));
    for (unsigned i = 0; i < 5000; i++) {
        put_key(txn, &list, i, 0);
    }
    assert_ok(gray_store_replace_save(txn, &list));
    assert_ok(gray_store_replace_switch(txn, LIST, &list));
    assert_ok(gray_store_commit(txn));
    assert_int_equal(assert_right(store, 6000).asks, 0);
    gray_store_close(store);
}

static void
an_import_that_notes_too_little_gets_no_index(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;

    put_keys(store, 0, 10, 0);
    begin_replace(store, 3000, &list);
    fill_replace(store, &list, 0, 2000);
    store->indexed = false;
    fill_replace(store, &list, 2000, 2001);
    store->indexed = true;
    fill_replace(store, &list, 2001, 3000);
    switch_to(store, &list);

    assert_false(has_index(store));
    put_keys(store, 5000, 5001, 0); /* short enough to be built at a commit */
    assert_int_equal(assert_right(store, 6000).asks, 0);
    gray_store_close(store);
}

static void
the_index_of_a_list_that_is_no_more_is_removed(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;
    char path[256];

    put_keys(store, 0, 2000, 0);
    begin_replace(store, 3000, &list);
    assert_int_equal(index_files(folder), 2);

    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, LIST));
    gray_store_abort(txn);
    assert_int_equal(index_files(folder), 2);

    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, LIST));
    assert_ok(gray_store_commit(txn));
    assert_int_equal(index_files(folder), 2);

    txn = begin_write(store);
    assert_ok(gray_store_replace_abandon(txn, list.id));
    assert_ok(gray_store_commit(txn));
    assert_int_equal(index_files(folder), 1);

    purge(store); /* it goes with the last of the members */
    assert_int_equal(index_files(folder), 0);

    /* What a crash left behind goes when garbage is purged. */
    put_keys(store, 0, 2000, 0);
    index_file(folder->dir, 4711, path);
    close(open(path, O_CREAT | O_WRONLY, 0640));
    assert_int_equal(index_files(folder), 2);
    purge(store);
    assert_int_equal(index_files(folder), 1);
    assert_int_equal(assert_right(store, 3000).asks, 0);
    gray_store_close(store);
}

/* Its blocks are freed by who closes it last, and a worker has no time for
 * that. */
static void
an_index_that_is_read_outlives_its_list(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_index_t *index;
    gray_list_t list;
    gray_txn_t *txn;

    put_keys(store, 0, 2000, 0);
    txn = begin_write(store);
    assert_ok(gray_store_list_get(txn, LIST, &list));
    gray_store_abort(txn);
    assert_ok(gray_index_open(store, &list, &index));

    txn = begin_write(store);
    assert_ok(gray_store_list_drop(txn, LIST));
    assert_ok(gray_store_commit(txn));
    purge(store);
    purge(store);
    assert_int_equal(index_files(folder), 1);

    gray_index_close(index);
    purge(store);
    assert_int_equal(index_files(folder), 0);
    gray_store_close(store);
}

static void
a_copy_has_indexes_of_its_own(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    gray_store_info_t info;

    put_keys(store, 0, 3000, 0);
    assert_ok(gray_store_info(store, &info));
    assert_true(info.index_size > 3000 * 8);
    assert_ok(gray_store_copy(store, folder->copy, (gid_t) -1, NULL, NULL));
    gray_store_close(store);

    store = open_store(folder->copy, true);
    assert_int_equal(assert_right(store, 4000).asks, 0);
    put_keys(store, 3000, 3001, 0);
    assert_int_equal(assert_right(store, 4000).members, 3001);
    gray_store_close(store);
}

static void
a_transaction_touches_few_indexes_when_it_purges(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store = open_store(folder->dir, true);
    unsigned calls = 0;
    gray_list_t list;
    gray_txn_t *txn;
    char name[64];
    int done, all = 0;

    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "list-%u", i);
        make_list(store, name, 1001, 0, &list);
        txn = begin_write(store);
        put_member(txn, &list, "short-lived", 7);
        assert_ok(gray_store_list_put(txn, name, &list));
        assert_ok(gray_store_commit(txn));
    }

    do {
        txn = begin_write(store);
        done = gray_store_purge(txn, 100, 1000);
        assert_ok(gray_store_commit(txn));
        assert_true(done >= 0 && done <= GRAY_INDEX_TOUCH + 1);
        all += done;
    } while (done > 0 && ++calls < 100);

    assert_int_equal(all, 40);
    gray_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_short_list_has_no_index),
        TEST(a_list_grows_out_of_its_pages_and_finds_all),
        TEST(a_list_that_outgrows_its_pages_at_once_gets_new_ones),
        TEST(random_changes_are_followed),
        TEST(a_list_that_is_turned_over_keeps_its_size),
        TEST(an_expiring_member_that_is_put_for_good_becomes_yes),
        TEST(a_member_that_goes_and_comes_in_one_transaction_is_there),
        TEST(a_page_without_room_asks_for_who_is_not_in_it),
        TEST(no_page_is_lost_at_any_number_of_pages),
        TEST(pages_are_added_in_proportion),
        TEST(an_imported_list_has_its_index_at_once),
        TEST(a_replacement_in_one_transaction_has_its_index),
        TEST(an_import_that_notes_too_little_gets_no_index),
        TEST(the_index_of_a_list_that_is_no_more_is_removed),
        TEST(an_index_that_is_read_outlives_its_list),
        TEST(a_copy_has_indexes_of_its_own),
        TEST(a_transaction_touches_few_indexes_when_it_purges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
