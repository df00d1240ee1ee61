/*
 * A loaded release, and the lists that stand in the store.
 */

#include "ngx_http_gray_attribute.h"
#include "ngx_http_gray_store.h"
#include "core/name.h"
#include "store/members.h"


/* An ip list's key: the block's 16 bytes, then its bits. */
#define NGX_HTTP_GRAY_BLOCK_KEY 17


static void ngx_http_gray_loaded_bind(ngx_http_gray_worker_t *worker,
    ngx_str_t *release, ngx_http_gray_loaded_t *loaded);
static void ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name);
static gray_answer_t ngx_http_gray_has_string(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, gray_str_t value);
static gray_answer_t ngx_http_gray_has_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static gray_answer_t ngx_http_gray_has_key(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len);


ngx_http_gray_loaded_t *
ngx_http_gray_loaded_create(
    ngx_http_gray_worker_t *worker, ngx_str_t *name, gray_bytes_t compiled)
{
    size_t size;
    gray_error_t error;
    gray_release_t *release;
    ngx_http_gray_loaded_t *loaded;

    if (gray_release_load(compiled.data, compiled.len, &release, &error) != 0) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
            "gray: release \"%V\" is refused: %s; the one loaded before, or "
            "the default variant, stays in force",
            name, error.message);
        return NULL;
    }

    size = sizeof(ngx_http_gray_loaded_t)
           + gray_release_lists(release) * sizeof(ngx_http_gray_list_t)
           + gray_release_attributes(release) * sizeof(void *);

    loaded = ngx_calloc(size, worker->log);

    if (loaded == NULL) {
        gray_release_free(release);
        return NULL;
    }

    loaded->compiled = release;
    loaded->refs = 1;
    loaded->number = ++worker->numbers;
    loaded->lists = (ngx_http_gray_list_t *) (loaded + 1);
    loaded->attributes
        = (ngx_http_gray_attribute_t **) (loaded->lists
                                          + gray_release_lists(release));

    ngx_http_gray_loaded_bind(worker, name, loaded);

    return loaded;
}


/* Finds what nginx.conf has of the attributes and lists that it names. */

static void
ngx_http_gray_loaded_bind(ngx_http_gray_worker_t *worker, ngx_str_t *release,
    ngx_http_gray_loaded_t *loaded)
{
    unsigned i;
    gray_str_t name;

    for (i = 0; i < gray_release_attributes(loaded->compiled); i++) {
        name = gray_release_attribute(loaded->compiled, i);
        loaded->attributes[i]
            = ngx_http_gray_attribute_find(worker->conf, name);

        if (loaded->attributes[i] == NULL) {
            ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                "gray: release \"%V\" reads attribute \"%s\", which no "
                "gray_attribute defines; it is absent",
                release, name.data);
        }
    }

    for (i = 0; i < gray_release_lists(loaded->compiled); i++) {
        if (gray_release_list_kind(loaded->compiled, i) != GRAY_LIST_LIVE) {
            loaded->embedded = 1;
            continue;
        }

        name = gray_release_list(loaded->compiled, i);
        loaded->lists[i].live
            = ngx_http_gray_live_find(&worker->conf->lives, name);

        if (loaded->lists[i].live == NULL) {
            ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                "gray: release \"%V\" asks the live list \"%s\", which no "
                "gray_memcached defines; it is unknown",
                release, name.data);
        }
    }
}


void
ngx_http_gray_loaded_release(ngx_http_gray_loaded_t *loaded)
{
    if (loaded == NULL || --loaded->refs != 0) {
        return;
    }

    gray_release_free(loaded->compiled);
    ngx_free(loaded);
}


gray_answer_t
ngx_http_gray_store_member(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t i, ngx_http_gray_value_t *value)
{
    ngx_http_gray_list_t *list;

    if (worker->reading == NULL) {
        return GRAY_UNKNOWN_STORE;
    }

    list = &loaded->lists[i];

    if (list->epoch != worker->epoch || list->txn != worker->txn) {
        ngx_http_gray_list_header(
            worker, list, gray_release_list(loaded->compiled, i).data);
    }

    if (list->error != GRAY_STORE_OK) {
        return list->error == GRAY_STORE_ENOTFOUND ? GRAY_UNKNOWN_LIST
                                                   : GRAY_UNKNOWN_STORE;
    }

    switch (list->kind) {
    case GRAY_STORE_STRING:
        return ngx_http_gray_has_string(worker, list, value->text);

    case GRAY_STORE_IP:
        return ngx_http_gray_has_address(worker, list, value);

    default: /* it became a live list after the release was written */
        return GRAY_UNKNOWN_LIST;
    }
}


static void
ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name)
{
    int bits;
    gray_list_t header;

    list->epoch = worker->epoch;
    list->txn = worker->txn;
    list->error = gray_store_list_get(worker->reading, name, &header);

    if (list->error != GRAY_STORE_OK) {
        return;
    }

    list->id = header.id;
    list->kind = header.kind;
    list->nlengths = 0;

    for (bits = 128; bits >= 0 && header.kind == GRAY_STORE_IP; bits--) {
        if (header.blocks[bits] != 0) {
            list->lengths[list->nlengths++] = (u_char) bits;
        }
    }
}


static gray_answer_t
ngx_http_gray_has_string(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, gray_str_t value)
{
    if (value.len == 0 || value.len > GRAY_IDENTITY_MAX) {
        return GRAY_NO;
    }

    return ngx_http_gray_has_key(worker, list, value.data, value.len);
}


static gray_answer_t
ngx_http_gray_has_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value)
{
    u_char key[NGX_HTTP_GRAY_BLOCK_KEY];
    ngx_uint_t i;
    gray_answer_t answer;
    gray_address_t block;

    if (!value->parsed) {
        value->parsed = 1;
        value->is_address = gray_address_parse(value->text, &value->address);
    }

    if (!value->is_address) {
        return GRAY_NO;
    }

    block = value->address;

    /* from the longest on, so that each mask only clears more bits */

    for (i = 0; i < list->nlengths; i++) {
        gray_address_mask(&block, list->lengths[i]);
        ngx_memcpy(key, block.bytes, sizeof(block.bytes));
        key[NGX_HTTP_GRAY_BLOCK_KEY - 1] = block.bits;

        answer = ngx_http_gray_has_key(worker, list, key, sizeof(key));
        if (answer != GRAY_NO) {
            return answer;
        }
    }

    return GRAY_NO;
}


static gray_answer_t
ngx_http_gray_has_key(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len)
{
    int rc;
    gray_bytes_t bytes;
    gray_member_t member;

    bytes.data = key;
    bytes.len = len;

    rc = gray_store_member_get(worker->reading, list->id, bytes, &member);

    if (rc == GRAY_STORE_ENOTFOUND) {
        return GRAY_NO;
    }

    if (rc != GRAY_STORE_OK) {
        if (!worker->lookup_failed) {
            ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                "gray: looking up a list's member failed: %s: %s",
                gray_store_strerror(rc), gray_store_detail());
        }
        worker->lookup_failed = 1;
        return GRAY_UNKNOWN_STORE;
    }

    return member.expiry == 0 || member.expiry > (uint64_t) ngx_time()
               ? GRAY_YES
               : GRAY_NO;
}
