/*
 * Whether an identity is in a list of the store.
 *
 * A list's index answers first, then what is kept of earlier answers, then
 * LMDB in a transaction. The answers of an index and the kept ones are those of
 * the newest snapshot that the worker has seen; whether a commit came since is
 * looked at after the decision (ngx_http_gray_store_moved). Within a
 * transaction only LMDB is asked, so that all answers are of its snapshot.
 *
 * Identities are hashed with the key of the store's indexes, once per request;
 * in a store without such a key, with a random one.
 */

#ifndef NGX_HTTP_GRAY_LIST_H
#define NGX_HTTP_GRAY_LIST_H

#include "ngx_http_gray_live.h"
#include "ngx_http_gray_worker.h"
#include "store/index.h"

/* A list of a loaded release: its header in the snapshot (epoch, txn). */
typedef struct {
    ngx_uint_t epoch; /* 0: not read yet                               */
    uint64_t txn;
    gray_index_t *index;  /* NULL: none that speaks for this header         */
    gray_answer_t hinder; /* why nobody can be looked up; GRAY_NO: nothing  */
    gray_store_kind_t kind;
    unsigned is_live : 1; /* by the release; then there is only `live`      */
    unsigned wanted : 1;  /* it is long enough for an index                 */
    time_t looked;        /* when one was looked for                        */
    uint64_t id;
    uint64_t digest[2];
    uint32_t generation;        /* of the answers that are kept          */
    ngx_uint_t nlengths;        /* ip: the prefix lengths that it has …     */
    u_char lengths[129];        /* … the longest first                      */
    ngx_http_gray_live_t *live; /* NULL: not live, or no gray_memcached */
} ngx_http_gray_list_t;

/* An attribute's value, read once per request. But for `read`, nothing is set
 * before. */
typedef struct {
    gray_str_t text;
    uint64_t hash;
    ngx_uint_t hashed; /* the worker's epoch whose key hashed it; 0: not */
    gray_address_t address;
    unsigned read : 1;
    unsigned present : 1;
    unsigned parsed : 1; /* whether `address` was tried              */
    unsigned is_address : 1;
} ngx_http_gray_value_t;

/* Whether the value is in list `i` of the loaded release. */
gray_answer_t ngx_http_gray_list_member(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t i, ngx_http_gray_value_t *value);

/* A random key, until the store's is known. NGX_ERROR: there is none. */
ngx_int_t ngx_http_gray_list_key(ngx_http_gray_worker_t *worker);

#endif
