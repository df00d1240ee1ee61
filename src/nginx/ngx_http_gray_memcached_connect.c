/*
 * Making a connection, and learning on it which protocol the server speaks:
 * one round trip, on every new connection, since the server may be another
 * one than before.
 */

#include "ngx_http_gray_memcached.h"
#include <netinet/tcp.h>


void
ngx_http_gray_memcached_fail_connect(
    ngx_http_gray_memcached_t *memcached, ngx_err_t err)
{
    u_char text[NGX_MAX_ERROR_STR], *last;

    last = ngx_strerror(err, text, sizeof(text) - 1);
    *last = '\0';

    ngx_http_gray_memcached_fail(
        memcached, NGX_HTTP_GRAY_FAULT_CONNECT, (char *) text);
}


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
void
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


void
ngx_http_gray_memcached_setup(ngx_event_t *ev)
{
    ngx_http_gray_memcached_t *memcached = ev->data;

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_CONNECTING) {
        ngx_http_gray_memcached_fail_connect(memcached, NGX_ETIMEDOUT);
        return;
    }

    ngx_http_gray_memcached_drain(memcached);

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_PROBING) {
        ngx_http_gray_memcached_fail(
            memcached, NGX_HTTP_GRAY_FAULT_CONNECT, "no answer to a probe");
    }
}


void
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
