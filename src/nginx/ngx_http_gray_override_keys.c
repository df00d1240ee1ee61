/*
 * The keyring as a worker knows it: read again when the store changed.
 */

#include "ngx_http_gray_override.h"


/* The same name as in src/control/link_internal.h. */
#define NGX_HTTP_GRAY_KEYRING "override"


static void ngx_http_gray_keyring_refresh(ngx_http_gray_worker_t *worker);
static void ngx_http_gray_keyring_take(
    ngx_http_gray_worker_t *worker, int rc, gray_bytes_t record);


const gray_keyring_t *
ngx_http_gray_keyring(ngx_http_gray_worker_t *worker)
{
    ngx_http_gray_keys_t *keys;

    if (worker->keys == NULL) {
        worker->keys = ngx_calloc(sizeof(ngx_http_gray_keys_t), worker->log);

        if (worker->keys == NULL) {
            return NULL;
        }
    }

    keys = worker->keys;

    if (worker->store != NULL
        && (keys->epoch != worker->epoch
            || keys->txn != gray_store_last_txn(worker->store)))
    {
        ngx_http_gray_keyring_refresh(worker);
    }

    return &keys->keyring;
}


void
ngx_http_gray_keyring_free(ngx_http_gray_worker_t *worker)
{
    if (worker->keys != NULL) {
        ngx_explicit_memzero(worker->keys, sizeof(ngx_http_gray_keys_t));
        ngx_free(worker->keys);
        worker->keys = NULL;
    }
}


/* Within a decision's transaction, if there is one. */

static void
ngx_http_gray_keyring_refresh(ngx_http_gray_worker_t *worker)
{
    int rc;
    ngx_uint_t nested;
    gray_bytes_t record;

    nested = worker->reading != NULL;

    if (!nested && ngx_http_gray_store_begin(worker) != NGX_OK) {
        return;
    }

    rc = gray_store_meta_get(worker->reading, NGX_HTTP_GRAY_KEYRING, &record);

    ngx_http_gray_keyring_take(worker, rc, record);

    worker->keys->epoch = worker->epoch;
    worker->keys->txn = worker->txn;

    if (!nested) {
        ngx_http_gray_store_leave(worker);
    }
}


static void
ngx_http_gray_keyring_take(
    ngx_http_gray_worker_t *worker, int rc, gray_bytes_t record)
{
    ngx_http_gray_keys_t *keys;

    keys = worker->keys;

    if (rc != GRAY_STORE_OK) {
        keys->len = 0;
        ngx_memzero(&keys->keyring, sizeof(gray_keyring_t));
        return;
    }

    if (record.len == keys->len && record.len >= sizeof(keys->head)
        && ngx_memcmp(record.data, keys->head, sizeof(keys->head)) == 0)
    {
        return;
    }

    keys->len = record.len;
    ngx_memcpy(
        keys->head, record.data, ngx_min(record.len, sizeof(keys->head)));

    if (gray_keyring_read(record.data, record.len, &keys->keyring)) {
        keys->damaged_logged = 0;

    } else if (!keys->damaged_logged) {
        keys->damaged_logged = 1;
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
            "gray: the store's record of keys and revoked links is damaged; "
            "no override is valid; run \"grayctl link revoke --all\"");
    }
}
