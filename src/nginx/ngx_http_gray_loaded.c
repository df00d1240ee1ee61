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
static ngx_int_t ngx_http_gray_list_known(
    ngx_http_gray_worker_t *worker, ngx_http_gray_list_t *list);
static ngx_int_t ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name);
static gray_answer_t ngx_http_gray_list_kept(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static gray_answer_t ngx_http_gray_list_ask(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static gray_answer_t ngx_http_gray_has_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value, uint64_t *expiry);
static gray_answer_t ngx_http_gray_has_key(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry);


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
    const char *name;
    gray_answer_t answer;
    ngx_http_gray_list_t *list;

    list = &loaded->lists[i];
    name = gray_release_list(loaded->compiled, i).data;

    if (ngx_http_gray_list_known(worker, list) != NGX_OK
        && ngx_http_gray_list_header(worker, list, name) != NGX_OK)
    {
        return GRAY_UNKNOWN_STORE;
    }

    answer = ngx_http_gray_list_kept(worker, list, value);

    if (answer != GRAY_PENDING) {
        return answer;
    }

    /* the transaction may see a newer list than the header is of */

    if (ngx_http_gray_store_begin(worker) != NGX_OK
        || (ngx_http_gray_list_known(worker, list) != NGX_OK
            && ngx_http_gray_list_header(worker, list, name) != NGX_OK))
    {
        return GRAY_UNKNOWN_STORE;
    }

    return ngx_http_gray_list_ask(worker, list, value);
}


/* Whether the header is of the newest snapshot that was seen. */

static ngx_int_t
ngx_http_gray_list_known(
    ngx_http_gray_worker_t *worker, ngx_http_gray_list_t *list)
{
    return list->epoch == worker->epoch && list->txn == worker->txn
               ? NGX_OK
               : NGX_DECLINED;
}


/* What needs no transaction; GRAY_PENDING: it has to be asked. */

static gray_answer_t
ngx_http_gray_list_kept(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value)
{
    if (list->error != GRAY_STORE_OK) {
        return list->error == GRAY_STORE_ENOTFOUND ? GRAY_UNKNOWN_LIST
                                                   : GRAY_UNKNOWN_STORE;
    }

    if (list->kind != GRAY_STORE_STRING && list->kind != GRAY_STORE_IP) {
        /* it became a live list after the release was written */
        return GRAY_UNKNOWN_LIST;
    }

    if (value->text.len == 0 || value->text.len > GRAY_IDENTITY_MAX) {
        return GRAY_NO;
    }

    if (worker->answers == NULL) {
        return GRAY_PENDING;
    }

    if (!value->hashed) {
        value->hashed = 1;
        value->hash = ngx_http_gray_answers_hash(worker->answers, value->text);
    }

    return ngx_http_gray_answers_get(
        worker->answers, list->generation, value->hash);
}


/* A NO that is one because a member expired is not kept: the clock may be set
 * back. */

static ngx_uint_t
ngx_http_gray_keeps(gray_answer_t answer, uint64_t expiry)
{
    return answer == GRAY_YES
           || (answer == GRAY_NO && expiry == NGX_HTTP_GRAY_NEVER);
}


static gray_answer_t
ngx_http_gray_list_ask(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value)
{
    uint64_t expiry;
    gray_answer_t answer;

    expiry = NGX_HTTP_GRAY_NEVER;

    answer = list->kind == GRAY_STORE_STRING
                 ? ngx_http_gray_has_key(
                     worker, list, value->text.data, value->text.len, &expiry)
                 : ngx_http_gray_has_address(worker, list, value, &expiry);

    if (ngx_http_gray_keeps(answer, expiry) && worker->answers != NULL) {
        ngx_http_gray_answers_put(
            worker->answers, list->generation, value->hash, answer, expiry);
    }

    return answer;
}


/* Reads the header in the newest snapshot. */

static ngx_int_t
ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name)
{
    int bits;
    gray_list_t header;

    if (ngx_http_gray_store_begin(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    list->epoch = worker->epoch;
    list->txn = worker->txn;
    list->error = gray_store_list_get(worker->reading, name, &header);

    if (list->error != GRAY_STORE_OK) {
        return NGX_OK;
    }

    /* the digest is of all members and their expiries */

    if (list->generation == 0 || list->id != header.id
        || list->digest[0] != header.digest[0]
        || list->digest[1] != header.digest[1])
    {
        list->generation = ++worker->generations;
    }

    list->id = header.id;
    list->digest[0] = header.digest[0];
    list->digest[1] = header.digest[1];
    list->kind = header.kind;
    list->nlengths = 0;

    for (bits = 128; bits >= 0 && header.kind == GRAY_STORE_IP; bits--) {
        if (header.blocks[bits] != 0) {
            list->lengths[list->nlengths++] = (u_char) bits;
        }
    }

    return NGX_OK;
}


static gray_answer_t
ngx_http_gray_has_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value, uint64_t *expiry)
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

        answer = ngx_http_gray_has_key(worker, list, key, sizeof(key), expiry);
        if (answer != GRAY_NO) {
            return answer;
        }
    }

    return GRAY_NO;
}


static gray_answer_t
ngx_http_gray_has_key(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry)
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

    *expiry = member.expiry;

    return member.expiry == 0 || member.expiry > (uint64_t) ngx_time()
               ? GRAY_YES
               : GRAY_NO;
}
