/*
 * Notices a change of the kill switches at once.
 */

#include "ngx_http_gray_watch.h"
#include "ngx_http_gray_publish.h"
#include <sys/inotify.h>


static void ngx_http_gray_watch_handler(ngx_event_t *ev);


void
ngx_http_gray_watch_start(ngx_http_gray_worker_t *worker)
{
    int fd;
    ngx_connection_t *c;

    fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd == -1) {
        return;
    }

    if (inotify_add_watch(fd, (char *) worker->switches_path.data, IN_MODIFY)
        == -1) {
        ngx_close_file(fd);
        return;
    }

    c = ngx_get_connection(fd, worker->log);
    if (c == NULL) {
        ngx_close_file(fd);
        return;
    }

    c->data = worker;
    c->read->handler = ngx_http_gray_watch_handler;
    c->read->log = worker->log;
    c->write->log = worker->log;

    worker->watch = c;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_http_gray_watch_stop(worker);
    }
}


void
ngx_http_gray_watch_stop(ngx_http_gray_worker_t *worker)
{
    if (worker->watch != NULL) {
        ngx_close_connection(worker->watch);
        worker->watch = NULL;
    }
}


static void
ngx_http_gray_watch_handler(ngx_event_t *ev)
{
    ssize_t n;
    ngx_connection_t *c;
    ngx_http_gray_worker_t *worker;
    u_char buffer[4096];

    c = ev->data;
    worker = c->data;

    /* a shutdown that ran out of time closes what is left */

    if (c->close) {
        ngx_http_gray_watch_stop(worker);
        return;
    }

    /* what the events say does not matter, only that there were some */

    do {
        n = read(c->fd, buffer, sizeof(buffer));
    } while (n > 0);

    ev->ready = 0;

    if (ngx_handle_read_event(ev, 0) != NGX_OK) {
        ngx_http_gray_watch_stop(worker);
    }

    ngx_http_gray_publish_heartbeat(worker);
}
