/* The audit: sequence (8 bytes, big-endian) -> record. */

#include "audit.h"
#include "store_internal.h"

static int
sequence_of(gray_bytes_t key, uint64_t *sequence)
{
    if (key.len != 8) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "audit: a key of %zu bytes", key.len);
    }

    *sequence = gray_get_be64(key.data);

    return GRAY_STORE_OK;
}

int
gray_store_audit_append(
    gray_txn_t *txn, gray_bytes_t record, uint64_t *sequence)
{
    unsigned char key[8];
    uint64_t last = UINT64_MAX;
    gray_bytes_t ignored;
    int rc = gray_store_audit_prev(txn, &last, &ignored);

    if (rc == GRAY_STORE_ENOTFOUND) {
        last = 0;
    } else if (rc != GRAY_STORE_OK) {
        return rc;
    }

    *sequence = last + 1;
    gray_put_be64(key, *sequence);

    return gray_db_put(txn, GRAY_DB_AUDIT, gray_bytes(key, 8), record);
}

int
gray_store_audit_prev(gray_txn_t *txn, uint64_t *sequence, gray_bytes_t *record)
{
    unsigned char before[8];
    gray_bytes_t key;
    int rc;

    gray_put_be64(before, *sequence);
    rc = gray_db_prev(txn, GRAY_DB_AUDIT, gray_bytes(before, 8), &key, record);

    return rc != GRAY_STORE_OK ? rc : sequence_of(key, sequence);
}

/* The newest always stays: the next sequence is counted from it. */
int
gray_store_audit_trim(gray_txn_t *txn, uint64_t keep, unsigned limit)
{
    gray_bytes_t key, record;
    uint64_t entries;
    unsigned done;
    int rc = gray_db_entries(txn, GRAY_DB_AUDIT, &entries);

    keep = keep == 0 ? 1 : keep;

    for (done = 0; rc == GRAY_STORE_OK && done < limit && entries > keep;
         done++, entries--)
    {
        rc = gray_db_next(
            txn, GRAY_DB_AUDIT, gray_bytes(NULL, 0), &key, &record);
        if (rc == GRAY_STORE_OK) {
            rc = gray_db_del(txn, GRAY_DB_AUDIT, key);
        }
    }

    return rc != GRAY_STORE_OK ? rc : (int) done;
}
