/*
 * `gray_explain on`: the response header Gray-Decision.
 *
 * A list of RFC 8941, section 3.1: a string for each decision of the request,
 * the release, with what was decided as its parameters:
 *
 *     Gray-Decision: "shop"; variant="gray"; reason="split:user:7"; revision=4
 *
 * It goes to who was let into a location with `gray_explain on`: such a
 * location marks the request after its access phase, so a client that was
 * denied learns nothing.
 */

#ifndef NGX_HTTP_GRAY_EXPLAIN_H
#define NGX_HTTP_GRAY_EXPLAIN_H

#include "ngx_http_gray_decision.h"

char *ngx_http_gray_explain_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Puts the header filter in; only where `gray_explain on` stands. */
void ngx_http_gray_explain_init(void);

/* The request was let into a location that explains. */
ngx_http_gray_rare void ngx_http_gray_explain_mark(ngx_http_request_t *r);

#endif
