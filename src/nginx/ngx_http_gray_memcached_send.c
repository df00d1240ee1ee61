/*
 * What is sent on which connection: once per turn of the event loop, since
 * flush is a posted event, all that is pending goes out in one write.
 */

#include "ngx_http_gray_memcached.h"


static void
ngx_http_gray_memcached_append(
    ngx_http_gray_memcached_t *memcached, const void *bytes, size_t len)
{
    ngx_memcpy(memcached->out + memcached->out_last, bytes, len);
    memcached->out_last += len;
}


/* Appends the command for prefix + key. */
static void
ngx_http_gray_memcached_compose(
    ngx_http_gray_memcached_t *memcached, const void *key, size_t len)
{
    ngx_str_t *prefix = &memcached->live->prefix;
    ngx_uint_t meta = memcached->protocol == GRAY_MEMCACHED_META;
    u_char tail[sizeof(" v k O4294967295\r\n")], *last;

    last = meta ? ngx_sprintf(tail, " v k O%uD\r\n", memcached->opaque)
                : ngx_cpymem(tail, "\r\n", 2);

    ngx_http_gray_memcached_append(
        memcached, meta ? "mg " : "get ", meta ? 3 : 4);
    ngx_http_gray_memcached_append(memcached, prefix->data, prefix->len);
    ngx_http_gray_memcached_append(memcached, key, len);
    ngx_http_gray_memcached_append(memcached, tail, last - tail);
}


void
ngx_http_gray_memcached_probe(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_memcached_compose(memcached, NGX_HTTP_GRAY_MEMCACHED_PROBE,
        sizeof(NGX_HTTP_GRAY_MEMCACHED_PROBE) - 1);
}


ngx_int_t
ngx_http_gray_memcached_write(ngx_http_gray_memcached_t *memcached)
{
    ngx_connection_t *c = memcached->connection;

    while (memcached->out_pos < memcached->out_last) {
        ssize_t n = c->send(c, memcached->out + memcached->out_pos,
            memcached->out_last - memcached->out_pos);

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (n == NGX_AGAIN || n == 0) {
            return ngx_handle_write_event(c->write, 0) == NGX_OK ? NGX_AGAIN
                                                                 : NGX_ERROR;
        }

        memcached->out_pos += n;
    }

    memcached->out_pos = 0;
    memcached->out_last = 0;

    return ngx_handle_write_event(c->write, 0);
}


/* A lookup with less than a quarter of its time left would probably time out
 * and take its connection, with all that is in flight there, with it. */
static ngx_uint_t
ngx_http_gray_memcached_too_late(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup)
{
    return (ngx_msec_int_t) (lookup->deadline - ngx_current_msec)
           < (ngx_msec_int_t) (live->timeout / 4);
}


static void
ngx_http_gray_memcached_send(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    lookup->opaque = ++memcached->opaque;
    ngx_http_gray_memcached_compose(memcached, lookup->key, lookup->len);

    ngx_queue_remove(&lookup->queue);
    ngx_queue_insert_tail(&memcached->sent, &lookup->queue);
    lookup->state = NGX_HTTP_GRAY_LOOKUP_SENT;
    lookup->connection = memcached;
    memcached->in_flight++;
    memcached->connection->idle = 0;
    ngx_http_gray_live_count(memcached->live, GRAY_LIVE_SENT);
}


static ngx_uint_t
ngx_http_gray_memcached_has_room(ngx_http_gray_memcached_t *memcached)
{
    return memcached->in_flight < NGX_HTTP_GRAY_MEMCACHED_DEPTH
           && memcached->out_last + NGX_HTTP_GRAY_MEMCACHED_COMMAND_MAX
                  <= NGX_HTTP_GRAY_MEMCACHED_OUT;
}


/* Composes as many pending lookups as there is room for. */
static void
ngx_http_gray_memcached_fill(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;

    while (!ngx_queue_empty(&live->pending)
           && ngx_http_gray_memcached_has_room(memcached))
    {
        ngx_http_gray_lookup_t *lookup = ngx_queue_data(
            ngx_queue_head(&live->pending), ngx_http_gray_lookup_t, queue);

        if (ngx_http_gray_memcached_too_late(live, lookup)) {
            ngx_http_gray_live_count(live, GRAY_LIVE_TIMEOUTS);
            ngx_http_gray_live_resolve(live, lookup, GRAY_UNKNOWN_LIVE);
            continue;
        }

        ngx_http_gray_memcached_send(memcached, lookup);
    }
}


/* Sends on a connection until it takes no more. */
static void
ngx_http_gray_memcached_feed(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;

    while (memcached->state == NGX_HTTP_GRAY_MEMCACHED_READY
           && memcached->out_last == 0 && !ngx_queue_empty(&live->pending)
           && memcached->in_flight < NGX_HTTP_GRAY_MEMCACHED_DEPTH)
    {
        ngx_http_gray_memcached_fill(memcached);

        if (ngx_http_gray_memcached_write(memcached) == NGX_ERROR) {
            ngx_http_gray_memcached_fail(
                memcached, NGX_HTTP_GRAY_FAULT_RESET, "");
            return;
        }
    }
}


/* Opens one more connection, unless one is being opened already. */
static void
ngx_http_gray_memcached_expand(ngx_http_gray_live_t *live)
{
    ngx_http_gray_memcached_t *closed = NULL;

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_http_gray_memcached_t *memcached = &live->memcached[i];

        if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CONNECTING
            || memcached->state == NGX_HTTP_GRAY_MEMCACHED_PROBING)
        {
            return;
        }

        if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CLOSED
            && closed == NULL) {
            closed = memcached;
        }
    }

    if (closed != NULL) {
        ngx_http_gray_memcached_connect(closed);
    }
}


void
ngx_http_gray_memcached_flush(ngx_event_t *ev)
{
    ngx_http_gray_live_t *live = ev->data;

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_http_gray_memcached_feed(&live->memcached[i]);
    }

    if (!ngx_queue_empty(&live->pending) && !live->breaker.open) {
        ngx_http_gray_memcached_expand(live);
    }
}
