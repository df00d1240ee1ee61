/*
 * Notices a change of the kill switches at once, by inotify, so that
 * `grayctl off` hears from every worker within milliseconds. Decisions do not
 * need it: they read the switches themselves. Where there is no inotify, the
 * heartbeat tells a second later.
 */

#ifndef NGX_HTTP_GRAY_WATCH_H
#define NGX_HTTP_GRAY_WATCH_H

#include "ngx_http_gray_worker.h"

void ngx_http_gray_watch_start(ngx_http_gray_worker_t *worker);
void ngx_http_gray_watch_stop(ngx_http_gray_worker_t *worker);

#endif
