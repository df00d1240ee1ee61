#include "ngx_http_gray_memcached.h"

#define NGX_HTTP_GRAY_MEMCACHED_IN 16384

/* Reads of one event; the rest waits for the next turn of the loop. */
#define NGX_HTTP_GRAY_MEMCACHED_READS 64

typedef struct {
    const char *why;
    ngx_int_t counter; /* -1: lookups are counted                        */
} ngx_http_gray_memcached_fault_t;

static const ngx_http_gray_memcached_fault_t ngx_http_gray_memcached_faults[]
    = {
          [NGX_HTTP_GRAY_FAULT_TIMEOUT] = { "no answer within timeout=", -1 },
          [NGX_HTTP_GRAY_FAULT_CONNECT]
          = { "cannot connect", GRAY_LIVE_CONNECT_ERRORS },
          [NGX_HTTP_GRAY_FAULT_PROTOCOL]
          = { "garbage reply", GRAY_LIVE_PROTOCOL_ERRORS },
          [NGX_HTTP_GRAY_FAULT_RESET] = { "connection lost", GRAY_LIVE_RESETS },
      };


void
ngx_http_gray_memcached_init(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_live_t *live)
{
    ngx_memzero(memcached, sizeof(*memcached));
    memcached->live = live;
    ngx_queue_init(&memcached->sent);
    memcached->setup.data = memcached;
    memcached->setup.handler = ngx_http_gray_memcached_setup;
    memcached->setup.log = live->log;
    memcached->setup.cancelable = 1;
}


void
ngx_http_gray_memcached_mark_idle(ngx_http_gray_memcached_t *memcached)
{
    if (memcached->connection != NULL) {
        memcached->connection->idle
            = memcached->in_flight == 0
              && (memcached->state == NGX_HTTP_GRAY_MEMCACHED_READY
                  || ngx_queue_empty(&memcached->live->deadlines));
    }
}


/* --- closing ---------------------------------------------------------------- */

static void
ngx_http_gray_memcached_disconnect(ngx_http_gray_memcached_t *memcached)
{
    if (memcached->connection != NULL) {
        ngx_close_connection(memcached->connection);
        memcached->connection = NULL;
    }

    if (memcached->setup.timer_set) {
        ngx_del_timer(&memcached->setup);
    }

    memcached->state = NGX_HTTP_GRAY_MEMCACHED_CLOSED;
    memcached->out_pos = 0;
    memcached->out_last = 0;
    memcached->expired = 0;
}


void
ngx_http_gray_memcached_close(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_memcached_disconnect(memcached);

    while (!ngx_queue_empty(&memcached->sent)) {
        ngx_http_gray_live_resolve(memcached->live,
            ngx_queue_data(ngx_queue_head(&memcached->sent),
                ngx_http_gray_lookup_t, queue),
            GRAY_UNKNOWN_LIVE);
    }
}


/* The server closed a connection on which nothing was asked. */
static void
ngx_http_gray_memcached_lost(ngx_http_gray_memcached_t *memcached)
{
    memcached->live->lost = 1;
    memcached->live->skip_probe = 0;
    ngx_http_gray_memcached_disconnect(memcached);
}


static ngx_uint_t
ngx_http_gray_memcached_any_ready(ngx_http_gray_live_t *live)
{
    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        if (live->memcached[i].state == NGX_HTTP_GRAY_MEMCACHED_READY) {
            return 1;
        }
    }

    return 0;
}


/* From the last to the first, since each goes to the head of pending. */
static void
ngx_http_gray_memcached_retry_sent(ngx_http_gray_memcached_t *memcached)
{
    while (!ngx_queue_empty(&memcached->sent)) {
        ngx_http_gray_live_retry(
            memcached->live, ngx_queue_data(ngx_queue_last(&memcached->sent),
                                 ngx_http_gray_lookup_t, queue));
    }
}


/* No connection came up for what is pending. */
static void
ngx_http_gray_memcached_retry_pending(ngx_http_gray_live_t *live)
{
    ngx_queue_t *q, *next;

    for (q = ngx_queue_head(&live->pending);
         q != ngx_queue_sentinel(&live->pending); q = next)
    {
        next = ngx_queue_next(q);
        ngx_http_gray_live_retry(
            live, ngx_queue_data(q, ngx_http_gray_lookup_t, queue));
    }
}


static void
ngx_http_gray_memcached_complain(
    ngx_http_gray_live_t *live, ngx_http_gray_fault_t fault, const char *detail)
{
    if (ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_FAULT)) {
        ngx_log_error(NGX_LOG_WARN, live->log, 0,
            "gray: live list \"%V\": memcached %V: %s%s%s; connection closed",
            &live->name, &live->address,
            ngx_http_gray_memcached_faults[fault].why, *detail ? ": " : "",
            detail);
    }
}


void
ngx_http_gray_memcached_fail(ngx_http_gray_memcached_t *memcached,
    ngx_http_gray_fault_t fault, const char *detail)
{
    ngx_http_gray_live_t *live = memcached->live;
    ngx_uint_t ready = memcached->state == NGX_HTTP_GRAY_MEMCACHED_READY;
    ngx_int_t counter = ngx_http_gray_memcached_faults[fault].counter;

    if (counter >= 0) {
        ngx_http_gray_live_count(live, counter);
    }

    ngx_http_gray_memcached_disconnect(memcached);

    if (!ready) {
        live->addr = (live->addr + 1) % live->naddrs;

        if (ngx_http_gray_memcached_any_ready(live)) {
            /* One more was wanted; what is pending waits for the others. */
            ngx_http_gray_memcached_complain(live, fault, detail);
            return;
        }
    }

    if (!live->breaker.open) {
        ngx_http_gray_memcached_complain(live, fault, detail);
    }

    live->skip_probe = ready ? 0 : live->skip_probe;
    ngx_http_gray_breaker_failure(
        live, ngx_http_gray_memcached_faults[fault].why, detail);
    ngx_http_gray_memcached_retry_sent(memcached);

    if (!ready) {
        ngx_http_gray_memcached_retry_pending(live);
    }

    if (!ngx_queue_empty(&live->pending)) {
        ngx_post_event(&live->flush, &ngx_posted_events);
    }
}


/* --- reading and writing ----------------------------------------------------- */

/* The server closed, or the connection broke. */
void
ngx_http_gray_memcached_closed(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;

    if (memcached->state != NGX_HTTP_GRAY_MEMCACHED_READY) {
        /* Some servers hang up on a command they do not know: `get` next. */
        live->skip_probe = !live->skip_probe;
        ngx_http_gray_memcached_fail(
            memcached, NGX_HTTP_GRAY_FAULT_CONNECT, "closed at a probe");

    } else if (memcached->in_flight > 0) {
        live->lost = 1;
        ngx_http_gray_memcached_fail(memcached, NGX_HTTP_GRAY_FAULT_RESET, "");

    } else {
        ngx_http_gray_memcached_lost(memcached);
    }
}


void
ngx_http_gray_memcached_read(ngx_http_gray_memcached_t *memcached)
{
    char bytes[NGX_HTTP_GRAY_MEMCACHED_IN];
    ngx_connection_t *c = memcached->connection;

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_READS; i++) {
        const char *problem;
        ssize_t n = c->recv(c, (u_char *) bytes, sizeof(bytes));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == 0 || n == NGX_ERROR) {
            ngx_http_gray_memcached_closed(memcached);
            return;
        }

        problem = ngx_http_gray_memcached_parse(memcached, bytes, n);

        if (problem != NULL) {
            ngx_http_gray_memcached_fail(
                memcached, NGX_HTTP_GRAY_FAULT_PROTOCOL, problem);
            return;
        }

        if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CLOSED) {
            return;
        }

        if (!c->read->ready) {
            break;
        }
    }

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_next_events);
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gray_memcached_closed(memcached);
    }
}


void
ngx_http_gray_memcached_drain(ngx_http_gray_memcached_t *memcached)
{
    ngx_connection_t *c = memcached->connection;

    if (memcached->state != NGX_HTTP_GRAY_MEMCACHED_PROBING
        && memcached->in_flight == 0)
    {
        return;
    }

    /* As an event would have it. Without, recv() is not even tried. */
    c->read->ready = 1;
    c->read->available = -1;
    ngx_http_gray_memcached_read(memcached);
}


void
ngx_http_gray_memcached_read_handler(ngx_event_t *rev)
{
    ngx_connection_t *c = rev->data;
    ngx_http_gray_memcached_t *memcached = c->data;

    if (c->close) {
        /* The worker exits, or its shutdown timeout has passed. */
        ngx_http_gray_memcached_close(memcached);
        return;
    }

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CONNECTING) {
        /* The write event tells how connecting went. */
        return;
    }

    ngx_http_gray_memcached_read(memcached);

    if (!ngx_queue_empty(&memcached->live->pending)) {
        ngx_post_event(&memcached->live->flush, &ngx_posted_events);
    }
}


static ngx_err_t
ngx_http_gray_memcached_socket_error(ngx_connection_t *c)
{
    int err = 0;
    socklen_t len = sizeof(err);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1) {
        return ngx_errno;
    }

    return err;
}


void
ngx_http_gray_memcached_write_handler(ngx_event_t *wev)
{
    ngx_connection_t *c = wev->data;
    ngx_http_gray_memcached_t *memcached = c->data;

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CONNECTING) {
        ngx_err_t err = ngx_http_gray_memcached_socket_error(c);

        if (err) {
            ngx_http_gray_memcached_fail_connect(memcached, err);
            return;
        }

        ngx_http_gray_memcached_connected(memcached);
        return;
    }

    if (ngx_http_gray_memcached_write(memcached) == NGX_ERROR) {
        ngx_http_gray_memcached_closed(memcached);
        return;
    }

    if (!ngx_queue_empty(&memcached->live->pending)) {
        ngx_post_event(&memcached->live->flush, &ngx_posted_events);
    }
}
