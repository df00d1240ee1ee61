/*
 * Following a store that others go on writing to: what some of its databases
 * hold is told entry by entry, and whatever changes behind the place that was
 * reached is told again, until all that was told is what one snapshot holds.
 *
 * Snapshots are short and overlap: the new one is taken while the one before
 * it is still held. As LMDB writes over no page that a snapshot can see, a page
 * that both trees have under the same number is the same, so comparing them costs what
 * changed in between, not what is there. No writer waits, and none need know.
 *
 * Internal to src/store.
 */

#ifndef GRAY_STORE_FOLLOW_H
#define GRAY_STORE_FOLLOW_H

#include "store_internal.h"

/* An entry was passed over with all whose keys begin with the same 8 bytes:
 * those of a list. They are not told while the walk is there. */
#define GRAY_FOLLOW_PASS 1

typedef struct {
    /* It is there, or has another value than `old` (NULL: none). `walking`:
     * keys come in order, for the first time. Returns 0, PASS or an error. */
    int (*put)(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t value,
        const gray_bytes_t *old, bool walking);

    /* It is there no more. */
    int (*del)(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t old);
} gray_follow_tell_t;

typedef struct {
    gray_store_t *store;
    const gray_follow_tell_t *tell;
    void *data;
    const gray_db_t *dbs; /* walked in this order                          */
    unsigned ndbs;
    gray_bytes_t prefix; /* only of keys that begin so; of one database   */

    gray_txn_t *txn; /* the snapshot of what is told; NULL in the beginning */
    unsigned db;     /* that is being walked; ndbs: at the end            */
    unsigned char after[511]; /* walked up to here                        */
    size_t after_len;
} gray_follow_t;

/*
 * Takes a new snapshot, tells what changed, and walks on until the deadline
 * (gray_store_clock). 0: all is told, and follow->txn is the snapshot that it is
 * of; it is held until the next step or the end. 1: there is more.
 */
int gray_follow_step(gray_follow_t *follow, uint64_t deadline);

void gray_follow_end(gray_follow_t *follow);

/* follow_changes.c: tells how follow->txn differs from `before`, in what was
 * walked already. */
int gray_follow_changes(gray_follow_t *follow, gray_txn_t *before);

/* Whether the entry is behind the place that was reached. */
bool gray_follow_walked(
    const gray_follow_t *follow, unsigned db, gray_bytes_t key);

/* The first entry whose key is after `after` (len 0: the first); LMDB's code. */
int gray_follow_seek(
    MDB_cursor *cursor, gray_bytes_t after, MDB_val *key, MDB_val *value);

/* Makes of a key one that is behind all that begin with the same 8 bytes;
 * returns its length. */
size_t gray_follow_behind(unsigned char key[511]);

/* As LMDB orders keys. */
static inline int
gray_bytes_compare(gray_bytes_t a, gray_bytes_t b)
{
    int rc = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    if (rc != 0) {
        return rc;
    }

    return a.len < b.len ? -1 : a.len > b.len;
}

#endif
