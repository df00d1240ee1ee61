/*
 * Putting members at the end of the database: LMDB need not look for the place,
 * and fills each page before it begins another.
 */

#include "members.h"
#include "store_internal.h"

/* EEXISTS: it does not belong at the end. */
static int
append(gray_txn_t *txn, gray_db_t db, gray_bytes_t key, gray_bytes_t value)
{
    MDB_val k = { key.len, (void *) key.data };
    MDB_val v = { value.len, (void *) value.data };
    int rc = 0;

    if (txn->append[db] == NULL) {
        rc = mdb_cursor_open(txn->txn, txn->store->dbi[db], &txn->append[db]);
    }

    if (rc == 0) {
        rc = mdb_cursor_put(txn->append[db], &k, &v, MDB_APPEND);
    }

    if (rc == MDB_KEYEXIST) {
        return GRAY_STORE_EEXISTS;
    }

    return rc == 0 ? GRAY_STORE_OK : gray_txn_failed(txn, rc);
}

static int
append_expiry(gray_txn_t *txn, gray_bytes_t member, uint64_t expiry)
{
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX];
    gray_bytes_t key, nothing = gray_bytes("", 0);
    int rc;

    if (expiry == 0) {
        return GRAY_STORE_OK;
    }

    key = gray_expiry_key(expiry, member, bytes);
    rc = append(txn, GRAY_DB_EXPIRY, key, nothing);

    return rc != GRAY_STORE_EEXISTS
               ? rc
               : gray_db_put(txn, GRAY_DB_EXPIRY, key, nothing);
}

int
gray_store_member_append(gray_txn_t *txn, gray_list_t *list, gray_bytes_t key,
    const gray_member_t *member, uint64_t hash)
{
    unsigned char key_bytes[GRAY_MEMBER_KEY_MAX];
    unsigned char value_bytes[GRAY_MEMBER_VALUE_MAX];
    gray_bytes_t full_key;
    bool added;
    int rc;

    if (!gray_member_valid(list, key) || member->note.len > GRAY_STORE_NOTE_MAX)
    {
        return GRAY_STORE_EINVALID;
    }

    full_key = gray_member_key(list->id, key, key_bytes);
    rc = append(txn, GRAY_DB_MEMBERS, full_key,
        gray_member_encode(member, value_bytes));

    if (rc == GRAY_STORE_EEXISTS) {
        return gray_store_member_put(txn, list, key, member, &added);
    }

    if (rc == GRAY_STORE_OK) {
        gray_list_count(list, key, member->expiry, 1);
        rc = append_expiry(txn, full_key, member->expiry);
    }

    return rc != GRAY_STORE_OK
               ? rc
               : gray_index_note(txn, list, hash, member->expiry, 1);
}
