/*
 * The store as a worker reads it.
 *
 * A release is loaded when its revision changed, and kept when the new one is
 * damaged. A loaded release is reference-counted: requests hold it until
 * their end, since their decision is printed from it.
 */

#ifndef NGX_HTTP_GRAY_STORE_H
#define NGX_HTTP_GRAY_STORE_H

#include "ngx_http_gray_list.h"
#include "segment/hits.h"

struct ngx_http_gray_loaded_s {
    gray_release_t *compiled;
    ngx_uint_t refs;
    ngx_uint_t number; /* unique in this worker, from 1                 */
    uint64_t revision; /* of the release, that last changed it     */
    unsigned regex_logged : 1; /* one went past its limit           */
    unsigned bound : 1; /* its rules have their slots in the counters   */
    gray_hits_t *rules;
    ngx_http_gray_attribute_t **attributes; /* NULL: not in nginx.conf  */
    ngx_http_gray_list_t *lists;
};

/*
 * Opens and closes the environment. The error is in worker->error and was
 * logged once.
 */
void ngx_http_gray_store_open(ngx_http_gray_worker_t *worker);
void ngx_http_gray_store_close(ngx_http_gray_worker_t *worker);

/* Looks at the newest snapshot, for the heartbeat. */
void ngx_http_gray_store_look(ngx_http_gray_worker_t *worker);

/* Brings the releases that are loaded up to date, so that counters know their
 * rules without a request. */
void ngx_http_gray_store_follow(ngx_http_gray_worker_t *worker);

/* Starts a read transaction in worker->reading, unless there is one, and learns
 * the snapshot's revision. NGX_ERROR: there is still none. */
ngx_int_t ngx_http_gray_store_begin(ngx_http_gray_worker_t *worker);

/*
 * Begins a decision: brings the view up to date. GRAY_CAUSE_NONE:
 * view->loaded is there. A read transaction starts when the store has
 * changed, else only when a list can be answered neither by its index nor by
 * a kept answer. ngx_http_gray_store_leave must follow, before the worker
 * returns to its event loop.
 *
 * When ngx_http_gray_store_moved says after a decision that a commit came in
 * between, it is to be made again, with worker->exact set: then all of it
 * comes from one transaction.
 */
gray_cause_t ngx_http_gray_store_enter(
    ngx_http_gray_worker_t *worker, ngx_http_gray_view_t *view);

void ngx_http_gray_store_leave(ngx_http_gray_worker_t *worker);

/* Whether a commit came in between what the decision has learnt so far. */
ngx_uint_t ngx_http_gray_store_moved(ngx_http_gray_worker_t *worker);

/* Gives back a reference; NULL is allowed. */
void ngx_http_gray_loaded_release(ngx_http_gray_loaded_t *loaded);

/* Finds the counters of the rules of the release at `index`, or tries again; of
 * none when it is not loaded. */
void ngx_http_gray_loaded_count(
    ngx_http_gray_worker_t *worker, ngx_uint_t index);

/* Makes a loaded release with one reference; NULL: damaged, and logged. */
ngx_http_gray_loaded_t *ngx_http_gray_loaded_create(
    ngx_http_gray_worker_t *worker, ngx_str_t *name, gray_bytes_t compiled);

#endif
