/*
 * Whether an identity is in a list of the store.
 */

#include "ngx_http_gray_store.h"
#include "core/name.h"
#include "store/members.h"
#include <sys/random.h>


/* An ip list's key: the block's 16 bytes, then its bits. */
#define NGX_HTTP_GRAY_BLOCK_KEY 17


/* What is asked of each key of an ip list; a function, since the index and LMDB
 * differ in nothing else. */
typedef gray_answer_t (*ngx_http_gray_key_pt)(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry);


static ngx_int_t ngx_http_gray_list_renew(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t i);
static gray_answer_t ngx_http_gray_list_find(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static gray_answer_t ngx_http_gray_list_kept(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static gray_answer_t ngx_http_gray_list_ask(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value);
static void ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name);
static void ngx_http_gray_list_take(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const gray_list_t *header);
static void ngx_http_gray_list_index(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const gray_list_t *header);
static gray_answer_t ngx_http_gray_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value,
    ngx_http_gray_key_pt ask, uint64_t *expiry);
static gray_answer_t ngx_http_gray_key_find(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry);
static gray_answer_t ngx_http_gray_key_ask(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry);


/* Whether the header is of the newest snapshot that was seen. Once a second an
 * index is looked for that the list should have and has not. */

static inline ngx_uint_t
ngx_http_gray_list_known(
    ngx_http_gray_worker_t *worker, ngx_http_gray_list_t *list)
{
    return list->txn == worker->txn && list->epoch == worker->epoch
           && (!list->wanted || list->looked == ngx_time());
}


gray_answer_t
ngx_http_gray_list_member(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t i, ngx_http_gray_value_t *value)
{
    gray_answer_t answer;
    ngx_http_gray_list_t *list;

    list = &loaded->lists[i];

    if (!ngx_http_gray_list_known(worker, list)
        && ngx_http_gray_list_renew(worker, loaded, i) != NGX_OK)
    {
        return GRAY_UNKNOWN_STORE;
    }

    if (list->hinder != GRAY_NO) {
        return list->hinder;
    }

    if (value->text.len > GRAY_IDENTITY_MAX) {
        return GRAY_NO;
    }

    answer = ngx_http_gray_list_find(worker, list, value);

    if (answer == GRAY_PENDING) {
        answer = ngx_http_gray_list_kept(worker, list, value);
    }

    if (answer != GRAY_PENDING) {
        return answer;
    }

    /* the transaction may see a newer list than the header is of */

    if (ngx_http_gray_store_begin(worker) != NGX_OK
        || (!ngx_http_gray_list_known(worker, list)
            && ngx_http_gray_list_renew(worker, loaded, i) != NGX_OK))
    {
        return GRAY_UNKNOWN_STORE;
    }

    return list->hinder == GRAY_NO ? ngx_http_gray_list_ask(worker, list, value)
                                   : list->hinder;
}


static uint64_t
ngx_http_gray_value_hash(
    ngx_http_gray_worker_t *worker, ngx_http_gray_value_t *value)
{
    if (value->hashed != worker->epoch) {
        value->hashed = worker->epoch;
        value->hash
            = gray_siphash(&worker->key, value->text.data, value->text.len);
    }

    return value->hash;
}


static inline gray_answer_t
ngx_http_gray_hash_find(ngx_http_gray_list_t *list, uint64_t hash)
{
    static const gray_answer_t answers[] = {
        [GRAY_INDEX_NO] = GRAY_NO,
        [GRAY_INDEX_YES] = GRAY_YES,
        [GRAY_INDEX_ASK] = GRAY_PENDING,
    };

    return answers[gray_index_find(list->index, hash)];
}


/* What the index knows; GRAY_PENDING: nothing. */

static gray_answer_t
ngx_http_gray_list_find(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value)
{
    uint64_t expiry;

    if (list->index == NULL || worker->reading != NULL || worker->exact) {
        return GRAY_PENDING;
    }

    worker->indexed = 1;

    return list->kind == GRAY_STORE_STRING
               ? ngx_http_gray_hash_find(
                   list, ngx_http_gray_value_hash(worker, value))
               : ngx_http_gray_address(
                   worker, list, value, ngx_http_gray_key_find, &expiry);
}


/* What was answered before; GRAY_PENDING: nothing. */

static gray_answer_t
ngx_http_gray_list_kept(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value)
{
    return worker->answers != NULL ? ngx_http_gray_answers_get(worker->answers,
               list->generation, ngx_http_gray_value_hash(worker, value))
                                   : GRAY_PENDING;
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
                 ? ngx_http_gray_key_ask(
                     worker, list, value->text.data, value->text.len, &expiry)
                 : ngx_http_gray_address(
                     worker, list, value, ngx_http_gray_key_ask, &expiry);

    if (ngx_http_gray_keeps(answer, expiry) && worker->answers != NULL) {
        ngx_http_gray_answers_put(worker->answers, list->generation,
            ngx_http_gray_value_hash(worker, value), answer, expiry);
    }

    return answer;
}


/* --- headers ------------------------------------------------------------- */

ngx_int_t
ngx_http_gray_list_key(ngx_http_gray_worker_t *worker)
{
    return getrandom(&worker->key, sizeof(worker->key), 0)
                   == sizeof(worker->key)
               ? NGX_OK
               : NGX_ERROR;
}


/* The key of the store that is open; before anything is hashed with it. */

static void
ngx_http_gray_list_learn_key(ngx_http_gray_worker_t *worker)
{
    if (worker->key_epoch != worker->epoch) {
        worker->key_epoch = worker->epoch;
        worker->keyed = gray_store_index_key(worker->reading, &worker->key)
                        == GRAY_STORE_OK;
    }
}


static ngx_http_gray_rare ngx_int_t
ngx_http_gray_list_renew(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t i)
{
    if (ngx_http_gray_store_begin(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_gray_list_learn_key(worker);
    ngx_http_gray_list_header(
        worker, &loaded->lists[i], gray_release_list(loaded->compiled, i).data);

    return NGX_OK;
}


static void
ngx_http_gray_list_forget_index(ngx_http_gray_list_t *list)
{
    gray_index_close(list->index);
    list->index = NULL;
}


/* Reads the header in the transaction at hand. */

static void
ngx_http_gray_list_header(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const char *name)
{
    int rc;
    gray_list_t header;

    /* an index belongs to the store that it was opened in */

    if (list->epoch != worker->epoch) {
        ngx_http_gray_list_forget_index(list);
    }

    list->epoch = worker->epoch;
    list->txn = worker->txn;

    rc = gray_store_list_get(worker->reading, name, &header);

    if (rc != GRAY_STORE_OK) {
        list->hinder = rc == GRAY_STORE_ENOTFOUND ? GRAY_UNKNOWN_LIST
                                                  : GRAY_UNKNOWN_STORE;

    } else if (header.kind != GRAY_STORE_STRING && header.kind != GRAY_STORE_IP)
    {
        /* it became a live list after the release was written */
        list->hinder = GRAY_UNKNOWN_LIST;

    } else {
        list->hinder = GRAY_NO;
        ngx_http_gray_list_take(worker, list, &header);
        return;
    }

    list->wanted = 0;
    ngx_http_gray_list_forget_index(list);
}


static void
ngx_http_gray_list_take(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const gray_list_t *header)
{
    int bits;

    /* the digest is of all members and their expiries */

    if (list->generation == 0 || list->id != header->id
        || list->digest[0] != header->digest[0]
        || list->digest[1] != header->digest[1])
    {
        list->generation = ++worker->generations;
    }

    list->id = header->id;
    list->digest[0] = header->digest[0];
    list->digest[1] = header->digest[1];
    list->kind = header->kind;
    list->nlengths = 0;

    for (bits = 128; bits >= 0 && header->kind == GRAY_STORE_IP; bits--) {
        if (header->blocks[bits] != 0) {
            list->lengths[list->nlengths++] = (u_char) bits;
        }
    }

    ngx_http_gray_list_index(worker, list, header);
}


static void
ngx_http_gray_list_index(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const gray_list_t *header)
{
    if (list->index != NULL && !gray_index_holds(list->index, header)) {
        ngx_http_gray_list_forget_index(list);
    }

    if (list->index == NULL && worker->keyed
        && gray_index_open(worker->store, header, &list->index)
               != GRAY_STORE_OK)
    {
        list->index = NULL;
    }

    list->looked = ngx_time();
    list->wanted = list->index == NULL && worker->keyed
                   && header->count >= GRAY_INDEX_MIN;
}


/* --- keys of members ------------------------------------------------------ */

/* Asks for each block that the address may be in: from the longest on, so
 * that each mask only clears more bits. */

static gray_answer_t
ngx_http_gray_address(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, ngx_http_gray_value_t *value,
    ngx_http_gray_key_pt ask, uint64_t *expiry)
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

    for (i = 0; i < list->nlengths; i++) {
        gray_address_mask(&block, list->lengths[i]);
        ngx_memcpy(key, block.bytes, sizeof(block.bytes));
        key[NGX_HTTP_GRAY_BLOCK_KEY - 1] = block.bits;

        answer = ask(worker, list, key, sizeof(key), expiry);
        if (answer != GRAY_NO) {
            return answer;
        }
    }

    return GRAY_NO;
}


static gray_answer_t
ngx_http_gray_key_find(ngx_http_gray_worker_t *worker,
    ngx_http_gray_list_t *list, const void *key, size_t len, uint64_t *expiry)
{
    return ngx_http_gray_hash_find(list, gray_siphash(&worker->key, key, len));
}


static gray_answer_t
ngx_http_gray_key_ask(ngx_http_gray_worker_t *worker,
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
