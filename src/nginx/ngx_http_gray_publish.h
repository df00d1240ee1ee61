/*
 * What a worker tells grayctl: what its nginx.conf knows, and that it lives.
 */

#ifndef NGX_HTTP_GRAY_PUBLISH_H
#define NGX_HTTP_GRAY_PUBLISH_H

#include "ngx_http_gray_worker.h"

/* Takes the slots of releases, variants, live lists and of this worker, and
 * publishes the configuration. Without counters it binds everything to none. */
void ngx_http_gray_publish(ngx_http_gray_worker_t *worker);

/* Tells the newest revision and the newest switches seen. */
void ngx_http_gray_publish_heartbeat(ngx_http_gray_worker_t *worker);

#endif
