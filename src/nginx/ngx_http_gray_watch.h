/*
 * Files that wake a worker.
 *
 * The watch notices a change of the kill switches at once, by inotify, so that
 * `grayctl off` hears from every worker within milliseconds. Decisions do not
 * need it: they read the switches themselves. Where there is no inotify, the
 * heartbeat tells a second later.
 *
 * The pulse is the heartbeat's timer, a timerfd: one that always waits in
 * nginx's own tree of timers makes each of a request's timers dearer.
 */

#ifndef NGX_HTTP_GRAY_WATCH_H
#define NGX_HTTP_GRAY_WATCH_H

#include "ngx_http_gray_worker.h"

void ngx_http_gray_watch_start(ngx_http_gray_worker_t *worker);
void ngx_http_gray_watch_stop(ngx_http_gray_worker_t *worker);

/* Calls the handler every `every` milliseconds, with worker->pulse's read
 * event. NGX_ERROR: a timer of nginx's has to do. */
ngx_int_t ngx_http_gray_pulse_start(ngx_http_gray_worker_t *worker,
    ngx_msec_t every, ngx_event_handler_pt handler);

/* The handler's first call: NGX_OK; NGX_ERROR: the pulse has ended;
 * NGX_DECLINED: so has the worker. */
ngx_int_t ngx_http_gray_pulse_beat(ngx_http_gray_worker_t *worker);

void ngx_http_gray_pulse_stop(ngx_http_gray_worker_t *worker);

#endif
