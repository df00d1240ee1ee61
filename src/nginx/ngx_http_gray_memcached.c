#include <netinet/tcp.h>
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

static void ngx_http_gray_memcached_read_handler(ngx_event_t *rev);
static void ngx_http_gray_memcached_write_handler(ngx_event_t *wev);
static void ngx_http_gray_memcached_setup_handler(ngx_event_t *ev);
static void ngx_http_gray_memcached_connected(
    ngx_http_gray_memcached_t *memcached);
static void ngx_http_gray_memcached_closed(
    ngx_http_gray_memcached_t *memcached);


void
ngx_http_gray_memcached_init(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_live_t *live)
{
    ngx_memzero(memcached, sizeof(*memcached));
    memcached->live = live;
    ngx_queue_init(&memcached->sent);
    memcached->setup.data = memcached;
    memcached->setup.handler = ngx_http_gray_memcached_setup_handler;
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


static void
ngx_http_gray_memcached_fail_connect(
    ngx_http_gray_memcached_t *memcached, ngx_err_t err)
{
    u_char text[NGX_MAX_ERROR_STR], *last;

    last = ngx_strerror(err, text, sizeof(text) - 1);
    *last = '\0';

    ngx_http_gray_memcached_fail(
        memcached, NGX_HTTP_GRAY_FAULT_CONNECT, (char *) text);
}


/* --- connecting -------------------------------------------------------------- */

static ngx_socket_t
ngx_http_gray_memcached_socket(ngx_addr_t *addr)
{
    int on = 1;
    ngx_socket_t s;

    s = socket(addr->sockaddr->sa_family,
        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (s != (ngx_socket_t) -1 && addr->sockaddr->sa_family != AF_UNIX) {
        /* A failure costs speed only. */
        (void) setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }

    return s;
}


/* A socket with a connection object around it; NULL: errno says why. */
static ngx_connection_t *
ngx_http_gray_memcached_open(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;
    ngx_connection_t *c;
    ngx_socket_t s;

    s = ngx_http_gray_memcached_socket(&live->addrs[live->addr]);
    if (s == (ngx_socket_t) -1) {
        return NULL;
    }

    c = ngx_get_connection(s, live->log);
    if (c == NULL) {
        ngx_close_socket(s);
        ngx_set_errno(ENFILE);
        return NULL;
    }

    c->data = memcached;
    c->log = live->log;
    c->read->log = live->log;
    c->write->log = live->log;
    c->log_error = NGX_ERROR_INFO;
    c->type = SOCK_STREAM;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->read->handler = ngx_http_gray_memcached_read_handler;
    c->write->handler = ngx_http_gray_memcached_write_handler;

    return c;
}


/* Registers the socket for events, before connect() with epoll. */
static ngx_int_t
ngx_http_gray_memcached_watch(ngx_connection_t *c)
{
    if (ngx_add_conn) {
        return ngx_add_conn(c);
    }

    return ngx_handle_read_event(c->read, 0) == NGX_OK
                   && ngx_handle_write_event(c->write, 0) == NGX_OK
               ? NGX_OK
               : NGX_ERROR;
}


static ngx_int_t
ngx_http_gray_memcached_start(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;
    ngx_addr_t *addr = &live->addrs[live->addr];

    if (memcached->out == NULL) {
        memcached->out = ngx_alloc(NGX_HTTP_GRAY_MEMCACHED_OUT, live->log);
        if (memcached->out == NULL) {
            return NGX_ERROR;
        }
    }

    memcached->connection = ngx_http_gray_memcached_open(memcached);
    if (memcached->connection == NULL
        || ngx_http_gray_memcached_watch(memcached->connection) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (connect(memcached->connection->fd, addr->sockaddr, addr->socklen) == -1)
    {
        return ngx_errno == NGX_EINPROGRESS ? NGX_AGAIN : NGX_ERROR;
    }

    return NGX_OK;
}


/* Connecting and the probe have a timeout each. The timer is taken out first:
 * nginx leaves one that is set already where it is. */
static void
ngx_http_gray_memcached_setup_timer(ngx_http_gray_memcached_t *memcached)
{
    if (memcached->setup.timer_set) {
        ngx_del_timer(&memcached->setup);
    }

    ngx_add_timer(&memcached->setup, memcached->live->timeout);
}


void
ngx_http_gray_memcached_connect(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_count(memcached->live, GRAY_LIVE_CONNECTS);
    memcached->state = NGX_HTTP_GRAY_MEMCACHED_CONNECTING;

    switch (ngx_http_gray_memcached_start(memcached)) {
    case NGX_OK:
        memcached->connection->write->ready = 1;
        ngx_http_gray_memcached_connected(memcached);
        break;

    case NGX_AGAIN:
        ngx_http_gray_memcached_setup_timer(memcached);
        ngx_http_gray_memcached_mark_idle(memcached);
        break;

    default:
        ngx_http_gray_memcached_fail_connect(memcached, ngx_errno);
    }
}


/* Asks the server for a key that nobody has, to learn its protocol. */
static void
ngx_http_gray_memcached_connected(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;

    memcached->state = NGX_HTTP_GRAY_MEMCACHED_PROBING;
    memcached->protocol
        = live->skip_probe ? GRAY_MEMCACHED_CLASSIC : GRAY_MEMCACHED_META;
    memcached->opaque = 0;
    gray_memcached_reply_init(&memcached->reply, memcached->protocol);

    ngx_http_gray_memcached_setup_timer(memcached);
    ngx_http_gray_memcached_mark_idle(memcached);
    ngx_http_gray_memcached_probe(memcached);

    if (ngx_http_gray_memcached_write(memcached) == NGX_ERROR) {
        ngx_http_gray_memcached_closed(memcached);

    } else if (memcached->connection->read->ready) {
        /* An edge-triggered event told so while connecting. */
        ngx_post_event(memcached->connection->read, &ngx_posted_events);
    }
}


static void
ngx_http_gray_memcached_setup_handler(ngx_event_t *ev)
{
    ngx_http_gray_memcached_t *memcached = ev->data;

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CONNECTING) {
        ngx_http_gray_memcached_fail_connect(memcached, NGX_ETIMEDOUT);
        return;
    }

    if (memcached->connection->read->ready) {
        ngx_http_gray_memcached_read(memcached);
    }

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_PROBING) {
        ngx_http_gray_memcached_fail(
            memcached, NGX_HTTP_GRAY_FAULT_CONNECT, "no answer to a probe");
    }
}


static void
ngx_http_gray_memcached_ready(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_live_t *live = memcached->live;

    if (memcached->setup.timer_set) {
        ngx_del_timer(&memcached->setup);
    }

    gray_memcached_reply_init(&memcached->reply, memcached->protocol);
    memcached->state = NGX_HTTP_GRAY_MEMCACHED_READY;
    ngx_http_gray_memcached_mark_idle(memcached);

    if (live->lost
        && ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_RECONNECT))
    {
        ngx_log_error(NGX_LOG_NOTICE, live->log, 0,
            "gray: live list \"%V\": connected again to memcached %V, which "
            "had closed the connection; if it restarted, its members are gone",
            &live->name, &live->address);
    }

    live->lost = 0;
    ngx_http_gray_breaker_reached(live);

    if (!ngx_queue_empty(&live->pending)) {
        ngx_post_event(&live->flush, &ngx_posted_events);
    }
}


/* --- replies ---------------------------------------------------------------- */

static ngx_uint_t
ngx_http_gray_memcached_names(
    ngx_http_gray_memcached_t *memcached, const void *key, size_t len)
{
    gray_memcached_reply_t *reply = &memcached->reply;
    ngx_str_t *prefix = &memcached->live->prefix;

    return reply->named && reply->key.len == prefix->len + len
           && ngx_memcmp(reply->key.data, prefix->data, prefix->len) == 0
           && ngx_memcmp(reply->key.data + prefix->len, key, len) == 0;
}


/* The answer to the probe. Returns NULL, or what is wrong with it. */
static const char *
ngx_http_gray_memcached_probed(ngx_http_gray_memcached_t *memcached)
{
    gray_memcached_reply_t *reply = &memcached->reply;

    if (reply->named
        && !ngx_http_gray_memcached_names(memcached,
            NGX_HTTP_GRAY_MEMCACHED_PROBE,
            sizeof(NGX_HTTP_GRAY_MEMCACHED_PROBE) - 1))
    {
        return "a key that was not asked for";
    }

    /* Some servers know `mg` but do not name what they miss, others not even
     * the command. */
    if (reply->kind != GRAY_MEMCACHED_MISS || !reply->named || !reply->numbered)
    {
        memcached->protocol = GRAY_MEMCACHED_CLASSIC;
    }

    ngx_http_gray_memcached_ready(memcached);

    return NULL;
}


/* Whether the reply can be the one to this lookup. */
static ngx_uint_t
ngx_http_gray_memcached_matches(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    gray_memcached_reply_t *reply = &memcached->reply;

    if (memcached->protocol == GRAY_MEMCACHED_META
        && (!reply->numbered || reply->opaque != lookup->opaque))
    {
        return 0;
    }

    if (memcached->protocol == GRAY_MEMCACHED_CLASSIC
        && reply->kind == GRAY_MEMCACHED_MISS)
    {
        return 1;
    }

    return ngx_http_gray_memcached_names(memcached, lookup->key, lookup->len);
}


static void
ngx_http_gray_memcached_answer(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    ngx_http_gray_live_t *live = memcached->live;
    gray_str_t value = { live->value.len, (char *) live->value.data };
    gray_count_live_t count;

    if (memcached->reply.kind == GRAY_MEMCACHED_MISS) {
        count = GRAY_LIVE_MISSES;

    } else if (gray_memcached_reply_equals(&memcached->reply, value)) {
        count = GRAY_LIVE_HITS;

    } else {
        count = GRAY_LIVE_OTHER_VALUES;
    }

    ngx_http_gray_live_count(live, count);
    ngx_http_gray_breaker_success(live);
    ngx_http_gray_live_resolve(
        live, lookup, count == GRAY_LIVE_HITS ? GRAY_YES : GRAY_NO);
}


/* CLIENT_ERROR or SERVER_ERROR, well-formed: this lookup has no answer, the
 * connection stays. */
static void
ngx_http_gray_memcached_refused(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    ngx_http_gray_live_t *live = memcached->live;

    ngx_http_gray_live_count(live, GRAY_LIVE_PROTOCOL_ERRORS);

    if (ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_FAULT)) {
        ngx_log_error(NGX_LOG_WARN, live->log, 0,
            "gray: live list \"%V\": memcached %V refused a lookup: %*s",
            &live->name, &live->address, memcached->reply.text.len,
            memcached->reply.text.data);
    }

    ngx_http_gray_live_resolve(live, lookup, GRAY_UNKNOWN_LIVE);
    ngx_http_gray_breaker_failure(live, "it refuses lookups", "");
}


/* One complete reply. Returns NULL, or what is wrong with it. */
static const char *
ngx_http_gray_memcached_reply(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_lookup_t *lookup;

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_PROBING) {
        return ngx_http_gray_memcached_probed(memcached);
    }

    lookup = ngx_queue_data(
        ngx_queue_head(&memcached->sent), ngx_http_gray_lookup_t, queue);

    switch (memcached->reply.kind) {
    case GRAY_MEMCACHED_UNKNOWN_COMMAND:
        return "ERROR";

    case GRAY_MEMCACHED_FAILURE:
        ngx_http_gray_memcached_refused(memcached, lookup);
        return NULL;

    default:
        break;
    }

    if (!ngx_http_gray_memcached_matches(memcached, lookup)) {
        return "a key that was not asked for";
    }

    ngx_http_gray_memcached_answer(memcached, lookup);

    return NULL;
}


/* Takes what was read apart. Returns NULL, or what is wrong with it. */
static const char *
ngx_http_gray_memcached_parse(
    ngx_http_gray_memcached_t *memcached, const char *p, size_t len)
{
    size_t used;
    const char *problem = NULL;

    while (len > 0 && problem == NULL
           && memcached->state != NGX_HTTP_GRAY_MEMCACHED_CLOSED)
    {
        if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_READY
            && memcached->in_flight == 0)
        {
            return "data that nothing was asked for";
        }

        switch (gray_memcached_reply_feed(&memcached->reply, p, len, &used)) {
        case GRAY_MEMCACHED_MALFORMED:
            return memcached->reply.problem;

        case GRAY_MEMCACHED_DONE:
            problem = ngx_http_gray_memcached_reply(memcached);
            break;

        case GRAY_MEMCACHED_MORE:
            break;
        }

        p += used;
        len -= used;
    }

    return problem;
}


/* --- reading and writing ----------------------------------------------------- */

/* The server closed, or the connection broke. */
static void
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


static void
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


static void
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
