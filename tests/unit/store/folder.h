/*
 * What the store's tests share: a folder for each test, a store in it, and
 * child processes, since a store is opened once per process at a time.
 */

#ifndef GRAY_TESTS_STORE_FOLDER_H
#define GRAY_TESTS_STORE_FOLDER_H

#include "store/store_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define UNUSED __attribute__((unused))

#define assert_ok(call)                                                   \
    do {                                                                  \
        int rc_ = (call);                                                 \
        if (rc_ != 0) {                                                   \
            print_error("%s: %s (%s)\n", #call, gray_store_strerror(rc_), \
                gray_store_detail());                                     \
        }                                                                 \
        assert_int_equal(rc_, 0);                                         \
    } while (0)

/* In a child, where cmocka's own asserts would run the parent's tests on. */
#define child_check(condition)                                      \
    do {                                                            \
        if (!(condition)) {                                         \
            fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, \
                #condition, gray_store_detail());                   \
            _exit(1);                                               \
        }                                                           \
    } while (0)

typedef struct {
    char top[64];  /* removed at the end */
    char dir[80];  /* top/store          */
    char copy[80]; /* top/copy           */
} folder_t;

UNUSED static int
setup(void **state)
{
    folder_t *folder = calloc(1, sizeof(*folder));

    strcpy(folder->top, "/tmp/gray-store-XXXXXX");
    if (mkdtemp(folder->top) == NULL) {
        return -1;
    }

    snprintf(folder->dir, sizeof(folder->dir), "%s/store", folder->top);
    snprintf(folder->copy, sizeof(folder->copy), "%s/copy", folder->top);
    *state = folder;

    return 0;
}

UNUSED static int
setup_store(void **state)
{
    return setup(state) != 0
                   || gray_store_create(((folder_t *) *state)->dir, (gid_t) -1)
                          != 0
               ? -1
               : 0;
}

UNUSED static int
teardown(void **state)
{
    folder_t *folder = *state;
    char command[128];
    int rc;

    snprintf(command, sizeof(command), "rm -rf %s", folder->top);
    rc = system(command);
    free(folder);

    return rc;
}

/* Runs `child` in a new process; returns wait's status. */
UNUSED static int
in_child(void (*child)(void *data), void *data)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        child(data);
        _exit(0);
    }

    assert_int_not_equal(pid, -1);
    assert_int_equal(waitpid(pid, &status, 0), pid);

    return status;
}

UNUSED static gray_store_t *
open_store(const char *dir, bool writable)
{
    gray_store_t *store = NULL;

    assert_ok(gray_store_open(dir, writable, &store));

    return store;
}

UNUSED static gray_txn_t *
begin_write(gray_store_t *store)
{
    gray_txn_t *txn = NULL;

    assert_ok(gray_store_write(store, &txn));

    return txn;
}

UNUSED static gray_txn_t *
begin_read(gray_store_t *store)
{
    gray_txn_t *txn = NULL;

    assert_ok(gray_store_read(store, &txn));

    return txn;
}

UNUSED static gray_bytes_t
text(const char *words)
{
    return gray_bytes(words, strlen(words));
}

UNUSED static bool
put_member(gray_txn_t *txn, gray_list_t *list, const char *key, uint64_t expiry)
{
    gray_member_t member = { .expiry = expiry };
    bool added = false;

    assert_ok(gray_store_member_put(txn, list, text(key), &member, &added));

    return added;
}

/* A list `name` with members member-0, member-1, ... */
UNUSED static void
make_list(gray_store_t *store, const char *name, unsigned members,
    uint64_t expiry, gray_list_t *list)
{
    gray_txn_t *txn = begin_write(store);
    uint64_t revision;
    char key[32];

    assert_ok(gray_store_list_create(txn, name, GRAY_STORE_STRING, list));
    for (unsigned i = 0; i < members; i++) {
        snprintf(key, sizeof(key), "member-%u", i);
        put_member(txn, list, key, expiry);
    }
    assert_ok(gray_store_list_put(txn, name, list));
    assert_ok(gray_txn_changed(txn, &revision));
    assert_ok(gray_store_commit(txn));
}

UNUSED static bool
has_member(gray_txn_t *txn, uint64_t id, const char *key)
{
    gray_member_t member;

    return gray_store_member_get(txn, id, text(key), &member) == 0;
}

/* How many members are there, counted one by one; the sum is compared with
 * the list's header. */
UNUSED static uint64_t
count_members(gray_txn_t *txn, const gray_list_t *list)
{
    gray_list_t sum = { .id = list->id, .kind = list->kind };
    unsigned char after[GRAY_STORE_KEY_MAX];
    size_t len = 0;
    int rc;

    do {
        rc = gray_store_list_sum(txn, &sum, after, &len, 7);
        assert_true(rc >= 0);
    } while (rc == 1);

    assert_int_equal(sum.digest[0], list->digest[0]);
    assert_int_equal(sum.digest[1], list->digest[1]);
    assert_int_equal(sum.count, list->count);
    assert_memory_equal(sum.blocks, list->blocks, sizeof(sum.blocks));

    return sum.count;
}

#endif
