/*
 * The PRECONTENT handler: decides, waits for live lists, and enters named
 * locations.
 */

#ifndef NGX_HTTP_GRAY_HANDLER_H
#define NGX_HTTP_GRAY_HANDLER_H

#include "ngx_http_gray_decision.h"

ngx_int_t ngx_http_gray_handler(ngx_http_request_t *r);

/* How often one request may enter named locations. */
#define NGX_HTTP_GRAY_ENTER_MAX 3

/* Whether a target that is a named location would be entered from here. */
ngx_uint_t ngx_http_gray_may_enter(
    ngx_http_request_t *r, ngx_http_gray_ctx_t *ctx);

/*
 * Asks the live lists of a PENDING decision, all at once. NGX_OK: all
 * answered at once and the decision is DONE. NGX_AGAIN: the request waits and
 * its phases go on when the last has answered.
 */
ngx_int_t ngx_http_gray_wait(
    ngx_http_request_t *r, ngx_http_gray_result_t *result);

#endif
