/*
 * `gray_status`: a page with everything in the counters, for Prometheus or, with
 * `Accept: application/json`, as JSON (segment/metrics.h).
 *
 * Nothing in it comes from a client, and its size is bounded by the slots of
 * the counters. It is served whatever state the store is in.
 */

#ifndef NGX_HTTP_GRAY_STATUS_H
#define NGX_HTTP_GRAY_STATUS_H

#include "ngx_http_gray_conf.h"

char *ngx_http_gray_status_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif
