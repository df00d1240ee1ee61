/*
 * The store as a worker reads it.
 *
 * A release is loaded when its revision changed, and kept when the new one is
 * damaged. A loaded release is reference-counted: requests hold it until
 * their end, since their decision is printed from it.
 */

#ifndef NGX_HTTP_GRAY_STORE_H
#define NGX_HTTP_GRAY_STORE_H

#include "ngx_http_gray_live.h"
#include "ngx_http_gray_worker.h"
#include "store/lists.h"

/* A list of a loaded release: its header in the snapshot (epoch, txn). */
typedef struct {
    ngx_uint_t epoch; /* 0: not read yet                               */
    uint64_t txn;
    int error; /* of reading the header                         */
    uint64_t id;
    uint64_t digest[2];
    uint32_t generation; /* of the answers that are kept          */
    gray_store_kind_t kind;
    ngx_uint_t nlengths;        /* ip: the prefix lengths that it has …     */
    u_char lengths[129];        /* … the longest first                      */
    ngx_http_gray_live_t *live; /* NULL: not live, or no gray_memcached */
} ngx_http_gray_list_t;

struct ngx_http_gray_loaded_s {
    gray_release_t *compiled;
    ngx_uint_t refs;
    ngx_uint_t number; /* unique in this worker, from 1                 */
    uint64_t revision; /* of the release, that last changed it     */
    unsigned regex_logged : 1; /* one went past its limit           */
    ngx_http_gray_attribute_t **attributes; /* NULL: not in nginx.conf  */
    ngx_http_gray_list_t *lists;
};

/* An attribute's value, read once per request. */
typedef struct {
    gray_str_t text;
    gray_address_t address;
    uint64_t hash;
    unsigned read : 1;
    unsigned present : 1;
    unsigned hashed : 1; /* whether `hash` is set                    */
    unsigned parsed : 1; /* whether `address` was tried              */
    unsigned is_address : 1;
} ngx_http_gray_value_t;

/*
 * Opens and closes the environment. The error is in worker->error and was
 * logged once.
 */
void ngx_http_gray_store_open(ngx_http_gray_worker_t *worker);
void ngx_http_gray_store_close(ngx_http_gray_worker_t *worker);

/* Looks at the newest snapshot, for the heartbeat. */
void ngx_http_gray_store_look(ngx_http_gray_worker_t *worker);

/* Starts a read transaction in worker->reading, and learns the snapshot's
 * revision; there must be none. NGX_ERROR: there is still none. */
ngx_int_t ngx_http_gray_store_begin(ngx_http_gray_worker_t *worker);

/*
 * Begins a decision: brings the view up to date. GRAY_CAUSE_NONE:
 * view->loaded is there. A read transaction starts when the store has
 * changed, else only when a list's answer is not kept; when it then sees a
 * newer snapshot than the one that was begun with, worker->moved is set and
 * the decision is to be made again. ngx_http_gray_store_leave must follow,
 * before the worker returns to its event loop.
 */
gray_cause_t ngx_http_gray_store_enter(
    ngx_http_gray_worker_t *worker, ngx_uint_t release);

/* Starts a read transaction unless there is one. */
ngx_int_t ngx_http_gray_store_begin(ngx_http_gray_worker_t *worker);

void ngx_http_gray_store_leave(ngx_http_gray_worker_t *worker);

/* Whether the value is in an embedded list. */
gray_answer_t ngx_http_gray_store_member(ngx_http_gray_worker_t *worker,
    ngx_http_gray_loaded_t *loaded, ngx_uint_t list,
    ngx_http_gray_value_t *value);

/* Gives back a reference; NULL is allowed. */
void ngx_http_gray_loaded_release(ngx_http_gray_loaded_t *loaded);

/* Makes a loaded release with one reference; NULL: damaged, and logged. */
ngx_http_gray_loaded_t *ngx_http_gray_loaded_create(
    ngx_http_gray_worker_t *worker, ngx_str_t *name, gray_bytes_t compiled);

#endif
