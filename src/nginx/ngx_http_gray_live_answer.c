/*
 * How lookups end: answered, tried again, or past their deadline; and how
 * their waiters are told.
 */

#include "ngx_http_gray_memcached.h"


static void
ngx_http_gray_live_keep(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup)
{
    gray_str_t key = { lookup->len, lookup->key };

    /* From the ask on, since a `delete` may have come right after it. */
    ngx_http_gray_live_cache_put(live->kept, lookup->hash, key, lookup->answer,
        lookup->deadline - live->timeout + live->cache);
}


/* The key is not in flight any more: sends the lookup that waited for it. */
static void
ngx_http_gray_live_release(
    ngx_http_gray_live_t *live, uint32_t hash, gray_str_t key)
{
    ngx_http_gray_lookup_t *held;

    held = ngx_http_gray_live_lookup(live, hash, key, NGX_HTTP_GRAY_HELD);

    if (held != NULL) {
        ngx_http_gray_live_send_soon(live, held);
    }
}


/* Takes a lookup out of its queue. */
static void
ngx_http_gray_live_dequeue(ngx_http_gray_lookup_t *lookup)
{
    if (lookup->state == NGX_HTTP_GRAY_LOOKUP_HELD) {
        return;
    }

    ngx_queue_remove(&lookup->queue);

    if (lookup->state == NGX_HTTP_GRAY_LOOKUP_SENT) {
        lookup->connection->in_flight--;
        lookup->connection = NULL;
    }
}


void
ngx_http_gray_live_resolve(ngx_http_gray_live_t *live,
    ngx_http_gray_lookup_t *lookup, gray_answer_t answer)
{
    ngx_uint_t held = lookup->state == NGX_HTTP_GRAY_LOOKUP_HELD;

    ngx_http_gray_live_dequeue(lookup);
    ngx_queue_remove(&lookup->order);
    ngx_http_gray_live_forget(live, lookup);

    lookup->answer = answer;
    lookup->state = NGX_HTTP_GRAY_LOOKUP_DONE;
    ngx_queue_insert_tail(&live->done, &lookup->queue);
    ngx_post_event(&live->deliver, &ngx_posted_events);

    if (answer == GRAY_YES || answer == GRAY_NO) {
        ngx_http_gray_live_keep(live, lookup);
    }

    if (!held) {
        ngx_http_gray_live_release(
            live, lookup->hash, (gray_str_t){ lookup->len, lookup->key });
    }

    if (ngx_queue_empty(&live->deadlines)) {
        live->deadline.cancelable = 1;
    }
}


void
ngx_http_gray_live_fail_all(ngx_http_gray_live_t *live)
{
    while (!ngx_queue_empty(&live->deadlines)) {
        ngx_http_gray_live_resolve(live,
            ngx_queue_data(ngx_queue_head(&live->deadlines),
                ngx_http_gray_lookup_t, order),
            GRAY_UNKNOWN_LIVE);
    }
}


void
ngx_http_gray_live_retry(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup)
{
    if (lookup->retried) {
        ngx_http_gray_live_resolve(live, lookup, GRAY_UNKNOWN_LIVE);
        return;
    }

    lookup->retried = 1;
    ngx_http_gray_live_count(live, GRAY_LIVE_RETRIES);

    if (lookup->state == NGX_HTTP_GRAY_LOOKUP_SENT) {
        ngx_http_gray_live_dequeue(lookup);
        lookup->state = NGX_HTTP_GRAY_LOOKUP_PENDING;
        ngx_queue_insert_head(&live->pending, &lookup->queue);
    }

    ngx_post_event(&live->flush, &ngx_posted_events);
}


static void
ngx_http_gray_live_tell(ngx_http_gray_lookup_t *lookup)
{
    while (!ngx_queue_empty(&lookup->waiters)) {
        ngx_http_gray_waiter_t *waiter;

        waiter = ngx_queue_data(
            ngx_queue_head(&lookup->waiters), ngx_http_gray_waiter_t, queue);

        ngx_queue_remove(&waiter->queue);
        waiter->lookup = NULL;
        waiter->answer = lookup->answer;

        /* May ask again, cancel other waiters, destroy its request. */
        waiter->handler(waiter);
    }
}


/* Connections that nobody waits for any more: an exiting worker closes them
 * (it would exit with open sockets otherwise), others may be closed when
 * the exit begins. */
static void
ngx_http_gray_live_settle(ngx_http_gray_live_t *live)
{
    ngx_uint_t leave = ngx_exiting && ngx_queue_empty(&live->deadlines);

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        if (leave) {
            ngx_http_gray_memcached_close(&live->memcached[i]);

        } else {
            ngx_http_gray_memcached_mark_idle(&live->memcached[i]);
        }
    }
}


void
ngx_http_gray_live_deliver(ngx_event_t *ev)
{
    ngx_http_gray_live_t *live = ev->data;

    while (!ngx_queue_empty(&live->done)) {
        ngx_queue_t *q = ngx_queue_head(&live->done);
        ngx_http_gray_lookup_t *lookup
            = ngx_queue_data(q, ngx_http_gray_lookup_t, queue);

        ngx_queue_remove(q);
        ngx_http_gray_live_tell(lookup);
        ngx_free(lookup);
    }

    ngx_http_gray_live_settle(live);
}


/* --- deadlines -------------------------------------------------------------- */

/* Milliseconds till the first deadline; not positive: it has passed. */
static ngx_msec_int_t
ngx_http_gray_live_left(ngx_http_gray_live_t *live)
{
    ngx_http_gray_lookup_t *lookup = ngx_queue_data(
        ngx_queue_head(&live->deadlines), ngx_http_gray_lookup_t, order);

    return (ngx_msec_int_t) (lookup->deadline - ngx_current_msec);
}


static ngx_uint_t
ngx_http_gray_live_overdue(ngx_http_gray_live_t *live)
{
    return !ngx_queue_empty(&live->deadlines)
           && ngx_http_gray_live_left(live) <= 0;
}


/* Ends the lookups whose time is up and marks the connections they were sent
 * on. Returns the time left of the first that remains; 0: none remains. */
static ngx_msec_t
ngx_http_gray_live_expire(ngx_http_gray_live_t *live)
{
    while (ngx_http_gray_live_overdue(live)) {
        ngx_http_gray_lookup_t *lookup = ngx_queue_data(
            ngx_queue_head(&live->deadlines), ngx_http_gray_lookup_t, order);

        if (lookup->connection != NULL) {
            lookup->connection->expired = 1;
        }

        ngx_http_gray_live_count(live, GRAY_LIVE_TIMEOUTS);
        ngx_http_gray_live_resolve(live, lookup, GRAY_UNKNOWN_LIVE);
    }

    return ngx_queue_empty(&live->deadlines) ? 0
                                             : ngx_http_gray_live_left(live);
}


void
ngx_http_gray_live_deadline(ngx_event_t *ev)
{
    ngx_http_gray_live_t *live = ev->data;
    ngx_msec_t left;

    if (ngx_http_gray_live_overdue(live)) {
        for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
            ngx_http_gray_memcached_drain(&live->memcached[i]);
        }
    }

    left = ngx_http_gray_live_expire(live);

    if (left) {
        ngx_add_timer(ev, left);
    }

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_http_gray_memcached_t *memcached = &live->memcached[i];

        if (memcached->expired) {
            ngx_http_gray_memcached_fail(
                memcached, NGX_HTTP_GRAY_FAULT_TIMEOUT, "");
        }
    }
}
