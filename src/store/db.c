/* One database of the store: get, put, delete, next. */

#include "store_internal.h"

static MDB_val
to_val(gray_bytes_t bytes)
{
    return (MDB_val){ bytes.len, (void *) bytes.data };
}

static gray_bytes_t
to_bytes(MDB_val val)
{
    return gray_bytes(val.mv_data, val.mv_size);
}

int
gray_store_name_key(const char *name, gray_bytes_t *key)
{
    *key = gray_bytes(name, strlen(name));

    return key->len >= 1 && key->len <= 63 ? GRAY_STORE_OK
                                           : GRAY_STORE_EINVALID;
}

int
gray_txn_failed(gray_txn_t *txn, int code)
{
    int error = gray_store_error_disk(code, txn->store);

    if (txn->error == GRAY_STORE_OK) {
        txn->error = error;
    }

    return error;
}

int
gray_db_get(
    gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t *value)
{
    MDB_val k = to_val(key);
    MDB_val v;
    int rc = mdb_get(txn->txn, txn->store->dbi[db], &k, &v);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    *value = to_bytes(v);

    return GRAY_STORE_OK;
}

int
gray_db_put(gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t value)
{
    MDB_val k = to_val(key);
    MDB_val v = to_val(value);
    int rc = mdb_put(txn->txn, txn->store->dbi[db], &k, &v, 0);

    return rc == 0 ? GRAY_STORE_OK : gray_txn_failed(txn, rc);
}

int
gray_db_add(gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t value,
    gray_bytes_t *old)
{
    MDB_val k = to_val(key);
    MDB_val v = to_val(value);
    int rc = mdb_put(txn->txn, txn->store->dbi[db], &k, &v, MDB_NOOVERWRITE);

    if (rc == MDB_KEYEXIST) {
        *old = to_bytes(v);
        return GRAY_STORE_EEXISTS;
    }

    return rc == 0 ? GRAY_STORE_OK : gray_txn_failed(txn, rc);
}

int
gray_db_del(gray_txn_t *txn, gray_db_t db, gray_bytes_t key)
{
    MDB_val k = to_val(key);
    int rc = mdb_del(txn->txn, txn->store->dbi[db], &k, NULL);

    if (rc == 0 || rc == MDB_NOTFOUND) {
        return gray_store_error(rc);
    }

    return gray_txn_failed(txn, rc);
}

static bool
same(MDB_val val, gray_bytes_t bytes)
{
    return val.mv_size == bytes.len
           && memcmp(val.mv_data, bytes.data, bytes.len) == 0;
}

static int
seek_after(MDB_cursor *cursor, gray_bytes_t after, MDB_val *key, MDB_val *value)
{
    int rc;

    if (after.len == 0) {
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);
    }

    *key = to_val(after);
    rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (rc == 0 && same(*key, after)) {
        rc = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    }

    return rc;
}

static int
seek_before(
    MDB_cursor *cursor, gray_bytes_t before, MDB_val *key, MDB_val *value)
{
    int rc = MDB_NOTFOUND;

    if (before.len != 0) {
        *key = to_val(before);
        rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    }

    return mdb_cursor_get(
        cursor, key, value, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

typedef int (*seek_t)(
    MDB_cursor *cursor, gray_bytes_t from, MDB_val *key, MDB_val *value);

static int
seek(gray_txn_t *txn, gray_db_t db, seek_t seek_to, gray_bytes_t from,
    gray_bytes_t *key, gray_bytes_t *value)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    int rc = mdb_cursor_open(txn->txn, txn->store->dbi[db], &cursor);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    rc = seek_to(cursor, from, &k, &v);
    mdb_cursor_close(cursor);
    if (rc != 0) {
        return gray_store_error(rc);
    }

    *key = to_bytes(k);
    *value = to_bytes(v);

    return GRAY_STORE_OK;
}

int
gray_db_next(gray_txn_t *txn, gray_db_t db, gray_bytes_t after,
    gray_bytes_t *key, gray_bytes_t *value)
{
    return seek(txn, db, seek_after, after, key, value);
}

int
gray_db_prev(gray_txn_t *txn, gray_db_t db, gray_bytes_t before,
    gray_bytes_t *key, gray_bytes_t *value)
{
    return seek(txn, db, seek_before, before, key, value);
}

int
gray_db_next_name(
    gray_txn_t *txn, gray_db_t db, const char *after, char name[64])
{
    gray_bytes_t key = { 0 }, value;
    int rc
        = gray_db_next(txn, db, gray_bytes(after, strlen(after)), &key, &value);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (key.len == 0 || key.len > 63) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "a name of %zu bytes", key.len);
    }

    memcpy(name, key.data, key.len);
    name[key.len] = '\0';

    return GRAY_STORE_OK;
}

int
gray_db_entries(gray_txn_t *txn, gray_db_t db, uint64_t *entries)
{
    MDB_stat stat;
    int rc = mdb_stat(txn->txn, txn->store->dbi[db], &stat);

    *entries = rc == 0 ? stat.ms_entries : 0;

    return gray_store_error(rc);
}
