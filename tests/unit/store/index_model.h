/*
 * What the tests of indexes share: lists of the keys key-0, key-1, …, and the
 * comparison of an index with LMDB.
 */

#ifndef GRAY_TESTS_STORE_INDEX_MODEL_H
#define GRAY_TESTS_STORE_INDEX_MODEL_H

#include "folder.h"
#include "store/index_internal.h"
#include "store/upkeep.h"

#define LIST "testers"

typedef struct {
    uint64_t members;
    uint64_t asks; /* where YES or NO would have been right as well       */
} answers_t;

UNUSED static size_t
key_of(unsigned i, char key[32])
{
    return (size_t) snprintf(key, 32, "key-%u", i);
}

UNUSED static void
put_key(gray_txn_t *txn, gray_list_t *list, unsigned i, uint64_t expiry)
{
    char key[32];

    key_of(i, key);
    put_member(txn, list, key, expiry);
}

UNUSED static int
del_key(gray_txn_t *txn, gray_list_t *list, unsigned i)
{
    char key[32];
    size_t len = key_of(i, key);

    return gray_store_member_del(txn, list, gray_bytes(key, len));
}

/* Puts keys [first, end) into the list, in one transaction. */
UNUSED static void
put_keys(gray_store_t *store, unsigned first, unsigned end, uint64_t expiry)
{
    gray_txn_t *txn = begin_write(store);
    gray_list_t list;

    if (gray_store_list_get(txn, LIST, &list) != 0) {
        assert_ok(gray_store_list_create(txn, LIST, GRAY_STORE_STRING, &list));
    }
    for (unsigned i = first; i < end; i++) {
        put_key(txn, &list, i, expiry);
    }
    assert_ok(gray_store_list_put(txn, LIST, &list));
    assert_ok(gray_store_commit(txn));
}

UNUSED static void
del_keys(gray_store_t *store, unsigned first, unsigned end)
{
    gray_txn_t *txn = begin_write(store);
    gray_list_t list;

    assert_ok(gray_store_list_get(txn, LIST, &list));
    for (unsigned i = first; i < end; i++) {
        assert_ok(del_key(txn, &list, i));
    }
    assert_ok(gray_store_list_put(txn, LIST, &list));
    assert_ok(gray_store_commit(txn));
}

/* In a child, cmocka's asserts are of no use. */
#define model_check(condition)                                              \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return false;                                                   \
        }                                                                   \
    } while (0)

/* Keys 0 to `keys`, in the transaction and in the index. */
UNUSED static bool
compare_in(gray_txn_t *txn, gray_index_t *index, const gray_list_t *list,
    unsigned keys, answers_t *answers)
{
    gray_siphash_key_t secret;

    model_check(gray_store_index_key(txn, &secret) == 0);
    *answers = (answers_t){ 0 };

    for (unsigned i = 0; i < keys; i++) {
        char key[32];
        size_t len = key_of(i, key);
        gray_index_answer_t answer
            = gray_index_find(index, gray_siphash(&secret, key, len));
        gray_member_t member;
        int rc = gray_store_member_get(
            txn, list->id, gray_bytes(key, len), &member);

        if (rc == GRAY_STORE_OK) {
            model_check(answer != GRAY_INDEX_NO);
            model_check(member.expiry == 0 || answer == GRAY_INDEX_ASK);
            answers->members++;
            answers->asks += member.expiry == 0 && answer == GRAY_INDEX_ASK;
        } else {
            model_check(rc == GRAY_STORE_ENOTFOUND);
            model_check(answer != GRAY_INDEX_YES);
            answers->asks += answer == GRAY_INDEX_ASK;
        }
    }

    return true;
}

/* False: a wrong answer. *trusted: there was an index. */
UNUSED static bool
compare(gray_store_t *store, unsigned keys, bool *trusted, answers_t *answers)
{
    gray_index_t *index;
    gray_list_t list;
    gray_txn_t *txn;
    bool right = true;
    int rc;

    model_check(gray_store_read(store, &txn) == 0);
    rc = gray_store_list_get(txn, LIST, &list);
    if (rc == GRAY_STORE_OK) {
        rc = gray_index_open(store, &list, &index);
    }
    *trusted = rc == GRAY_STORE_OK;
    if (*trusted) {
        right = compare_in(txn, index, &list, keys, answers);
        gray_index_close(index);
    }
    gray_store_read_end(txn);
    model_check(rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND);

    return right;
}

/* There is an index, and all its answers are right. */
UNUSED static answers_t
assert_right(gray_store_t *store, unsigned keys)
{
    answers_t answers = { 0 };
    bool trusted;

    assert_true(compare(store, keys, &trusted, &answers));
    assert_true(trusted);
    assert_ok(gray_store_index_check(store, LIST, NULL, NULL));

    return answers;
}

UNUSED static bool
has_index(gray_store_t *store)
{
    answers_t answers;
    bool trusted;

    assert_true(compare(store, 0, &trusted, &answers));

    return trusted;
}

/* How many files lie in DIR/index. */
UNUSED static unsigned
index_files(const folder_t *folder)
{
    char command[160];
    unsigned n = 0;
    FILE *pipe;

    snprintf(command, sizeof(command), "ls %s/index | wc -l", folder->dir);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%u", &n), 1);
    pclose(pipe);

    return n;
}

UNUSED static void
index_file(const char *dir, uint64_t list, char path[256])
{
    char name[GRAY_INDEX_PATH_MAX];

    gray_index_path(list, name);
    snprintf(path, 256, "%s/%s", dir, name);
}

UNUSED static gray_list_t
header_of(gray_store_t *store)
{
    gray_txn_t *txn = begin_read(store);
    gray_list_t list;

    assert_ok(gray_store_list_get(txn, LIST, &list));
    gray_store_read_end(txn);

    return list;
}

#endif
