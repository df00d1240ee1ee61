/* A damaged store is an error, and never a crash when it is opened. */

#include "folder.h"
#include "store/releases.h"
#include "store/upkeep.h"

#include <fcntl.h>

#define PAGE 4096

static int
open_data(const folder_t *folder)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/data.mdb", folder->dir);
    fd = open(path, O_RDWR);
    assert_int_not_equal(fd, -1);

    return fd;
}

static int
try_open(const folder_t *folder)
{
    gray_store_t *store;
    int rc = gray_store_open(folder->dir, false, &store);

    if (rc == GRAY_STORE_OK) {
        gray_store_close(store);
    }

    return rc;
}

static void
fill(const folder_t *folder)
{
    gray_store_t *store = open_store(folder->dir, true);
    gray_list_t list;
    gray_txn_t *txn;

    make_list(store, "testers", 5000, 77, &list);
    txn = begin_write(store);
    assert_ok(gray_store_release_put(
        txn, "shop", text("{\"note\":\"needle\"}"), text("compiled")));
    assert_ok(gray_store_commit(txn));
    gray_store_close(store);
}

static void
a_truncated_file_is_refused(void **state)
{
    folder_t *folder = *state;
    struct stat file;
    int fd;

    fill(folder);
    assert_ok(try_open(folder));
    fd = open_data(folder);
    assert_int_equal(fstat(fd, &file), 0);

    for (off_t size = file.st_size - 1; size > 0; size -= PAGE / 2 + 1) {
        assert_int_equal(ftruncate(fd, size), 0);
        assert_int_equal(try_open(folder), GRAY_STORE_EDAMAGED);
    }

    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(try_open(folder), GRAY_STORE_EDAMAGED);
    close(fd);
}

static void
garbage_in_both_meta_pages_is_refused(void **state)
{
    folder_t *folder = *state;
    unsigned char bytes[2 * PAGE];
    int fd = open_data(folder);

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char) (i * 7919 >> 3);
    }

    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_int_equal(try_open(folder), GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "not an LMDB meta page"));
    close(fd);
}

/* All that opening reads: the meta pages, the page that names the databases,
 * and the heads of the pages that these name. */
static void
no_flipped_byte_makes_opening_crash(void **state)
{
    folder_t *folder = *state;
    unsigned char byte, flipped;
    struct stat file;
    unsigned refused = 0;
    int fd, rc;

    fill(folder);
    fd = open_data(folder);
    assert_int_equal(fstat(fd, &file), 0);

    for (off_t at = 0; at < file.st_size; at += at % PAGE < 170 ? 1 : 397) {
        if (at > 2 * PAGE && at % PAGE > 40 && at < file.st_size - 6 * PAGE) {
            continue;
        }

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        flipped = byte ^ 0xff;
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
        rc = try_open(folder);
        assert_true(rc == GRAY_STORE_OK || rc == GRAY_STORE_EDAMAGED);
        refused += rc != GRAY_STORE_OK;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }

    assert_true(refused > 20);
    assert_ok(try_open(folder));
    close(fd);
}

/* Changes the byte after each place where `needle` stands. */
static void
flip_at(const folder_t *folder, const void *needle, size_t len)
{
    int fd = open_data(folder);
    unsigned char *bytes, *found;
    struct stat file;
    size_t size, left;

    assert_int_equal(fstat(fd, &file), 0);
    size = left = (size_t) file.st_size;
    bytes = found = malloc(size);
    assert_int_equal(pread(fd, bytes, size, 0), size);

    while ((found = memmem(found, left, needle, len)) != NULL) {
        found[0] ^= 0x20;
        left = size - (size_t) (++found - bytes);
    }

    assert_int_equal(pwrite(fd, bytes, size, 0), size);
    free(bytes);
    close(fd);
}

static void
a_changed_release_is_not_given(void **state)
{
    folder_t *folder = *state;
    gray_store_release_t release;
    gray_store_t *store;
    gray_txn_t *txn;

    fill(folder);
    flip_at(folder, "needle", 6);
    store = open_store(folder->dir, false);
    txn = begin_read(store);
    assert_int_equal(
        gray_store_release_get(txn, "shop", &release), GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "release 'shop'"));
    gray_store_read_end(txn);
    gray_store_close(store);
}

static void
a_changed_list_header_is_not_given(void **state)
{
    folder_t *folder = *state;
    gray_store_t *store;
    gray_list_t list;
    gray_txn_t *txn;

    fill(folder);
    store = open_store(folder->dir, false);
    txn = begin_read(store);
    assert_ok(gray_store_list_get(txn, "testers", &list));
    gray_store_read_end(txn);
    gray_store_close(store);

    flip_at(folder, list.digest, sizeof(list.digest));
    store = open_store(folder->dir, false);
    txn = begin_read(store);
    assert_int_equal(
        gray_store_list_get(txn, "testers", &list), GRAY_STORE_EDAMAGED);
    assert_non_null(strstr(gray_store_detail(), "list 'testers'"));
    gray_store_read_end(txn);
    gray_store_close(store);
}

/* Reads all that is there; only after the pages were verified. */
static bool
read_all(gray_store_t *store)
{
    gray_txn_t *txn = begin_read(store);
    unsigned char after[GRAY_STORE_KEY_MAX];
    gray_store_release_t release;
    gray_list_t list, sum;
    char name[64] = "";
    size_t len = 0;
    bool sound = true;
    int rc = 1;

    while (gray_store_list_next(txn, name, name) == GRAY_STORE_OK) {
        sound = sound && gray_store_list_get(txn, name, &list) == GRAY_STORE_OK;
        sum = (gray_list_t){ .id = list.id, .kind = list.kind };
        for (unsigned i = 0; rc == 1 && i < 100; i++) {
            rc = gray_store_list_sum(txn, &sum, after, &len, 1000);
        }
        sound = sound && rc == 0
                && memcmp(sum.digest, list.digest, sizeof(sum.digest)) == 0;
    }

    sound = gray_store_release_get(txn, "shop", &release) == GRAY_STORE_OK
            && sound;
    gray_store_read_end(txn);

    return sound;
}

/* LMDB alone would crash in one of a hundred. */
static void
a_store_whose_pages_were_verified_can_be_read_whatever_was_flipped(void **state)
{
    folder_t *folder = *state;
    unsigned verified = 0, damaged = 0;
    unsigned char byte, flipped;
    gray_store_t *store;
    struct stat file;
    int fd;

    fill(folder);
    fd = open_data(folder);
    assert_int_equal(fstat(fd, &file), 0);
    srand(3);

    for (unsigned i = 0; i < 600; i++) {
        off_t page = 2 + rand() % (file.st_size / PAGE - 2);
        off_t at = page * PAGE + rand() % (i % 2 == 0 ? 64 : PAGE);

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        flipped = byte ^ (unsigned char) (1 + rand() % 255);
        assert_int_equal(pwrite(fd, &flipped, 1, at), 1);

        if (gray_store_open(folder->dir, false, &store) == GRAY_STORE_OK) {
            if (gray_store_verify(store) == GRAY_STORE_OK) {
                verified++;
                (void) read_all(store);
            } else {
                damaged++;
            }
            gray_store_close(store);
        }

        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }

    assert_true(verified > 50 && damaged > 50);
    store = open_store(folder->dir, false);
    assert_ok(gray_store_verify(store));
    assert_true(read_all(store));
    gray_store_close(store);
    close(fd);
}

static void
a_record_of_another_name_is_not_taken_for_this_ones(void **state)
{
    folder_t *folder = *state;
    unsigned char bytes[GRAY_LIST_HEADER_MAX];
    gray_list_t list = { .id = 1, .kind = GRAY_STORE_IP }, got;
    size_t len;

    (void) folder;
    list.blocks[0] = 1;
    list.blocks[128] = 2;
    len = gray_list_encode(&list, "a", bytes);
    assert_ok(gray_list_decode(gray_bytes(bytes, len), "a", &got));
    assert_memory_equal(got.blocks, list.blocks, sizeof(list.blocks));
    assert_int_equal(gray_list_decode(gray_bytes(bytes, len), "b", &got),
        GRAY_STORE_EDAMAGED);

    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(gray_list_decode(gray_bytes(bytes, cut), "a", &got),
            GRAY_STORE_EDAMAGED);
    }
}

/* As the error's words say. */
static void
locks_can_be_made_anew_by_hand(void **state)
{
    static const char *const files[] = { "lock.mdb", "namespace" };
    folder_t *folder = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder->dir, files[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(try_open(folder), GRAY_STORE_EDAMAGED);
        assert_non_null(strstr(gray_store_detail(), "put an empty file"));
        close(open(path, O_WRONLY | O_CREAT, 0660));
        assert_ok(try_open(folder));
    }
}

static void
a_missing_file_is_named(void **state)
{
    static const char *const files[] = { "data.mdb", "lock.mdb", "namespace" };
    folder_t *folder = *state;
    char path[128], away[128];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder->dir, files[i]);
        snprintf(away, sizeof(away), "%s/away", folder->dir);
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(try_open(folder), GRAY_STORE_EDAMAGED);
        assert_non_null(strstr(gray_store_detail(), files[i]));
        assert_int_equal(rename(away, path), 0);
    }

    assert_ok(try_open(folder));
}

#define story(test) cmocka_unit_test_setup_teardown(test, setup_store, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        story(a_truncated_file_is_refused),
        story(garbage_in_both_meta_pages_is_refused),
        story(no_flipped_byte_makes_opening_crash),
        story(a_changed_release_is_not_given),
        story(a_changed_list_header_is_not_given),
        story(
            a_store_whose_pages_were_verified_can_be_read_whatever_was_flipped),
        story(a_record_of_another_name_is_not_taken_for_this_ones),
        story(locks_can_be_made_anew_by_hand),
        story(a_missing_file_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
