/*
 * Files that wake a worker: inotify on the kill switches, and the pulse.
 */

#include "ngx_http_gray_watch.h"
#include "ngx_http_gray_publish.h"
#include <sys/inotify.h>
#include <sys/timerfd.h>


static void ngx_http_gray_watch_handler(ngx_event_t *ev);
static void ngx_http_gray_watch_read(ngx_connection_t *c);


/* Takes fd over, which may be -1; NULL: there is nothing to wait for. */

static ngx_connection_t *
ngx_http_gray_watch_add(
    ngx_http_gray_worker_t *worker, int fd, ngx_event_handler_pt handler)
{
    ngx_connection_t *c;

    if (fd == -1) {
        return NULL;
    }

    c = ngx_get_connection(fd, worker->log);
    if (c == NULL) {
        ngx_close_file(fd);
        return NULL;
    }

    c->data = worker;
    c->read->handler = handler;
    c->read->log = worker->log;
    c->write->log = worker->log;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return NULL;
    }

    return c;
}


static void
ngx_http_gray_watch_end(ngx_connection_t **c)
{
    if (*c != NULL) {
        ngx_close_connection(*c);
        *c = NULL;
    }
}


/* --- the kill switches ---------------------------------------------------- */

void
ngx_http_gray_watch_start(ngx_http_gray_worker_t *worker)
{
    int fd;

    fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (fd != -1
        && inotify_add_watch(fd, (char *) worker->switches_path.data, IN_MODIFY)
               == -1)
    {
        ngx_close_file(fd);
        return;
    }

    worker->watch
        = ngx_http_gray_watch_add(worker, fd, ngx_http_gray_watch_handler);
}


void
ngx_http_gray_watch_stop(ngx_http_gray_worker_t *worker)
{
    ngx_http_gray_watch_end(&worker->watch);
}


static void
ngx_http_gray_watch_handler(ngx_event_t *ev)
{
    ngx_connection_t *c;
    ngx_http_gray_worker_t *worker;

    c = ev->data;
    worker = c->data;

    /* a shutdown that ran out of time closes what is left */

    if (c->close) {
        ngx_http_gray_watch_stop(worker);
        return;
    }

    ngx_http_gray_watch_read(c);

    if (ngx_handle_read_event(ev, 0) != NGX_OK) {
        ngx_http_gray_watch_stop(worker);
    }

    ngx_http_gray_publish_heartbeat(worker);
}


/* What the events say does not matter, only that there were some. */

static void
ngx_http_gray_watch_read(ngx_connection_t *c)
{
    ssize_t n;
    u_char buffer[4096];

    do {
        n = read(c->fd, buffer, sizeof(buffer));
    } while (n > 0);

    c->read->ready = 0;
}


/* --- the heartbeat --------------------------------------------------------- */

ngx_int_t
ngx_http_gray_pulse_start(ngx_http_gray_worker_t *worker, ngx_msec_t every,
    ngx_event_handler_pt handler)
{
    int fd;
    struct itimerspec when;

    ngx_memzero(&when, sizeof(struct itimerspec));
    when.it_interval.tv_sec = every / 1000;
    when.it_interval.tv_nsec = every % 1000 * 1000000;
    when.it_value = when.it_interval;

    fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (fd != -1 && timerfd_settime(fd, 0, &when, NULL) == -1) {
        ngx_close_file(fd);
        return NGX_ERROR;
    }

    worker->pulse = ngx_http_gray_watch_add(worker, fd, handler);

    return worker->pulse != NULL ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_gray_pulse_beat(ngx_http_gray_worker_t *worker)
{
    ngx_connection_t *c;

    c = worker->pulse;

    if (c->close) {
        ngx_http_gray_pulse_stop(worker);
        return NGX_DECLINED;
    }

    ngx_http_gray_watch_read(c);

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gray_pulse_stop(worker);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_gray_pulse_stop(ngx_http_gray_worker_t *worker)
{
    ngx_http_gray_watch_end(&worker->pulse);
}
