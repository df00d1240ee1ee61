/* Walking over databases in steps, each in a newer snapshot. */

#include "follow.h"

/* The clock is read once in so many entries. */
#define BURST 64

static bool
has_prefix(gray_bytes_t key, gray_bytes_t prefix)
{
    return key.len >= prefix.len
           && (prefix.len == 0
               || memcmp(key.data, prefix.data, prefix.len) == 0);
}

bool
gray_follow_walked(const gray_follow_t *follow, unsigned db, gray_bytes_t key)
{
    if (!has_prefix(key, follow->prefix) || db > follow->db) {
        return false;
    }

    return db < follow->db
           || gray_bytes_compare(
                  key, gray_bytes(follow->after, follow->after_len))
                  <= 0;
}

static void
reached(gray_follow_t *follow, gray_bytes_t key)
{
    memcpy(follow->after, key.data, key.len);
    follow->after_len = key.len;
}

size_t
gray_follow_behind(unsigned char key[511])
{
    memset(key + 8, 0xff, 511 - 8);

    return 511;
}

int
gray_follow_seek(
    MDB_cursor *cursor, gray_bytes_t after, MDB_val *key, MDB_val *value)
{
    int rc;

    if (after.len == 0) {
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    }

    *key = (MDB_val){ after.len, (void *) after.data };
    rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);

    return rc == 0 && key->mv_size == after.len
                   && memcmp(key->mv_data, after.data, after.len) == 0
               ? mdb_cursor_get(cursor, key, value, MDB_NEXT)
               : rc;
}

/* Up to BURST entries. ENOTFOUND at the end of the database. */
static int
burst(gray_follow_t *follow, MDB_cursor *cursor)
{
    gray_bytes_t after = gray_bytes(follow->after, follow->after_len);
    MDB_val k, v;
    int rc = gray_follow_seek(
        cursor, after.len != 0 ? after : follow->prefix, &k, &v);

    for (unsigned i = 0; rc == 0; i++) {
        gray_bytes_t key = gray_bytes(k.mv_data, k.mv_size);

        if (!has_prefix(key, follow->prefix)) {
            return GRAY_STORE_ENOTFOUND;
        }
        if (i == BURST) {
            return GRAY_STORE_OK;
        }

        rc = follow->tell->put(follow->data, follow->dbs[follow->db], key,
            gray_bytes(v.mv_data, v.mv_size), NULL, true);
        if (rc == GRAY_FOLLOW_PASS) {
            reached(follow, key);
            follow->after_len = gray_follow_behind(follow->after);
            return GRAY_STORE_OK;
        }
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        reached(follow, key);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }

    return gray_store_error(rc);
}

static int
walk_db(gray_follow_t *follow, uint64_t deadline)
{
    gray_txn_t *txn = follow->txn;
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(
        txn->txn, txn->store->dbi[follow->dbs[follow->db]], &cursor);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    do {
        rc = burst(follow, cursor);
    } while (rc == GRAY_STORE_OK && gray_store_clock() < deadline);
    mdb_cursor_close(cursor);

    if (rc == GRAY_STORE_ENOTFOUND) {
        follow->db++;
        follow->after_len = 0;
        rc = GRAY_STORE_OK;
    }

    return rc;
}

int
gray_follow_step(gray_follow_t *follow, uint64_t deadline)
{
    gray_txn_t *before = follow->txn;
    int rc = gray_store_read(follow->store, &follow->txn);

    if (rc != GRAY_STORE_OK) {
        follow->txn = before;
        return rc;
    }

    if (before != NULL) {
        rc = gray_follow_changes(follow, before);
        gray_store_read_end(before);
    }

    /* A little in any case, so that there is an end. */
    while (rc == GRAY_STORE_OK && follow->db < follow->ndbs) {
        rc = walk_db(follow, deadline);
        if (gray_store_clock() >= deadline) {
            break;
        }
    }

    return rc != GRAY_STORE_OK ? rc : follow->db < follow->ndbs;
}

void
gray_follow_end(gray_follow_t *follow)
{
    if (follow->txn != NULL) {
        gray_store_read_end(follow->txn);
        follow->txn = NULL;
    }
}
