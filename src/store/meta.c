/* Settings of the store itself, by name. */

#include "store_internal.h"

/* Kept by the store: others read but do not write them. */
static const char *const own_keys[] = {
    GRAY_META_SCHEMA,
    GRAY_META_ID,
    GRAY_META_REVISION,
    GRAY_META_NEXT_LIST,
    GRAY_META_INDEX_KEY,
};

int
gray_store_meta_get(gray_txn_t *txn, const char *key, gray_bytes_t *value)
{
    gray_bytes_t bytes;
    int rc = gray_store_name_key(key, &bytes);

    return rc != GRAY_STORE_OK ? rc
                               : gray_db_get(txn, GRAY_DB_META, bytes, value);
}

/* The key of a setting that is not the store's own. */
static int
meta_key(const char *key, gray_bytes_t *bytes)
{
    for (size_t i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]); i++) {
        if (strcmp(key, own_keys[i]) == 0) {
            return GRAY_STORE_EINVALID;
        }
    }

    return gray_store_name_key(key, bytes);
}

int
gray_store_meta_put(gray_txn_t *txn, const char *key, gray_bytes_t value)
{
    gray_bytes_t bytes;
    int rc = meta_key(key, &bytes);

    return rc != GRAY_STORE_OK ? rc : gray_meta_put_any(txn, bytes, value);
}

int
gray_store_meta_del(gray_txn_t *txn, const char *key)
{
    gray_bytes_t bytes;
    int rc = meta_key(key, &bytes);

    return rc != GRAY_STORE_OK ? rc : gray_db_del(txn, GRAY_DB_META, bytes);
}

int
gray_store_meta_next(
    gray_txn_t *txn, const char *after, char name[64], gray_bytes_t *value)
{
    int rc = gray_db_next_name(txn, GRAY_DB_META, after, name);

    return rc != GRAY_STORE_OK ? rc : gray_store_meta_get(txn, name, value);
}

int
gray_meta_put_any(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    return gray_db_put(txn, GRAY_DB_META, key, value);
}

int
gray_meta_next(
    gray_txn_t *txn, gray_bytes_t after, gray_bytes_t *key, gray_bytes_t *value)
{
    return gray_db_next(txn, GRAY_DB_META, after, key, value);
}

int
gray_meta_get_number(gray_txn_t *txn, const char *key, uint64_t *number)
{
    gray_bytes_t value;
    int rc = gray_store_meta_get(txn, key, &value);

    if (rc == GRAY_STORE_OK && value.len == sizeof(*number)) {
        memcpy(number, value.data, sizeof(*number));
        return GRAY_STORE_OK;
    }

    if (rc != GRAY_STORE_OK && rc != GRAY_STORE_ENOTFOUND) {
        return rc;
    }

    return gray_store_fail(
        GRAY_STORE_EDAMAGED, "meta: '%s' is not there or no number", key);
}

int
gray_meta_put_number(gray_txn_t *txn, const char *key, uint64_t number)
{
    return gray_meta_put_any(
        txn, gray_bytes(key, strlen(key)), gray_bytes(&number, sizeof(number)));
}
