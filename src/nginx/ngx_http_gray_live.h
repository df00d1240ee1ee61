/*
 * Live lists: sets of identities that stand in memcached and are asked at
 * request time, without blocking the worker.
 *
 * One ngx_http_gray_live_t per `gray_memcached` directive. Lookups of
 * concurrent requests share a few persistent connections per worker; they
 * are pipelined and flushed once per turn of the event loop. An identical
 * key that is not yet sent is asked once; one already sent is not joined, so
 * that a `delete` is seen by the next request.
 *
 * Lifetimes: a waiter belongs to the request (its pool), a slot in a queue
 * belongs to the connection. A waiter is either queued (its `lookup` is not
 * NULL) or not; ngx_http_gray_live_cancel takes it out, and must be called
 * from a request cleanup, since an HTTP/2 reset frees the request first.
 */

#ifndef NGX_HTTP_GRAY_LIVE_H
#define NGX_HTTP_GRAY_LIVE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "core/decide.h"
#include "segment/counters.h"

typedef struct ngx_http_gray_live_s ngx_http_gray_live_t;
typedef struct ngx_http_gray_lookup_s ngx_http_gray_lookup_t;
typedef struct ngx_http_gray_waiter_s ngx_http_gray_waiter_t;

struct ngx_http_gray_waiter_s {
    ngx_queue_t queue;              /* in the lookup's waiters           */
    ngx_http_gray_lookup_t *lookup; /* NULL: not waiting                 */
    gray_answer_t answer;           /* YES, NO or UNKNOWN_LIVE           */
    void (*handler)(ngx_http_gray_waiter_t *waiter);
    void *data; /* the handler's                     */
};

/*
 * Handles the directive `gray_memcached NAME ADDRESS [timeout=50ms] [prefix=]
 * [value=1] [cache=0]` (NGX_CONF_2MORE), whose words are in cf->args, and pushes the list onto
 * `lives`, an array of ngx_http_gray_live_t *. Errors name the word and the
 * remedy. Nothing is connected here.
 */
char *ngx_http_gray_live_directive(ngx_conf_t *cf, ngx_array_t *lives);

/* Finds a live list by name; NULL: none. */
ngx_http_gray_live_t *ngx_http_gray_live_find(
    ngx_array_t *lives, gray_str_t name);

/* Writes "live NAME ADDRESS timeout=50 prefix= value=1 cache=0" (times in
 * milliseconds) for gray_counters_publish, at most to `last`; returns the
 * end. */
u_char *ngx_http_gray_live_describe(
    ngx_http_gray_live_t *live, u_char *p, u_char *last);

/* Called in each worker before the first request: binds counters (may be
 * NULL), the worker's stripe and slot in them (-1: none), and starts nothing.
 * `log` must live as long as the worker (cycle->log). */
void ngx_http_gray_live_init_worker(ngx_http_gray_live_t *live,
    gray_counters_t *counters, ngx_uint_t stripe, int worker, ngx_log_t *log);

/* At the worker's end, when nobody asks any more: gives back what it allocated.
 * Connections are nginx's to close. */
void ngx_http_gray_live_exit_worker(ngx_http_gray_live_t *live);

/* Counts in other counters from now on (may be NULL): a restore replaced the
 * file. Lookups under way go on. */
void ngx_http_gray_live_bind(ngx_http_gray_live_t *live,
    gray_counters_t *counters, ngx_uint_t stripe, int worker);

/*
 * Asks whether `key` is listed. NGX_OK: waiter->answer holds the answer now
 * (cache, breaker open, a key that memcached cannot have). NGX_AGAIN: the
 * waiter is queued and its handler is called exactly once, never from within
 * this call, at the latest after the list's timeout.
 */
ngx_int_t ngx_http_gray_live_ask(
    ngx_http_gray_live_t *live, gray_str_t key, ngx_http_gray_waiter_t *waiter);

/* Takes a queued waiter out; its handler will not be called. Harmless when
 * it is not queued. */
void ngx_http_gray_live_cancel(ngx_http_gray_waiter_t *waiter);

#endif
