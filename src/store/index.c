/* Asking the index of a list. */

#include "index.h"
#include "store_internal.h"

int
gray_store_index_key(gray_txn_t *txn, gray_siphash_key_t *key)
{
    gray_bytes_t value;
    int rc = gray_store_meta_get(txn, GRAY_META_INDEX_KEY, &value);

    if (rc == GRAY_STORE_OK && value.len != 16) {
        rc = gray_store_fail(GRAY_STORE_EDAMAGED,
            "meta: '%s' is not a key of 16 bytes", GRAY_META_INDEX_KEY);
    }

    if (rc == GRAY_STORE_OK) {
        memcpy(&key->k0, value.data, 8);
        memcpy(&key->k1, (const char *) value.data + 8, 8);
    }

    return rc;
}

void
gray_store_replace_flush(gray_store_t *store, const gray_list_t *list)
{
    (void) store;
    (void) list;
}
