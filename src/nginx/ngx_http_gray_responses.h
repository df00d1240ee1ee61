/*
 * What became of the decided requests, for the counters (segment/responses.h).
 *
 * Each decision of a main request has a part of it: from the decision to the
 * end, or until an error_page sends the request elsewhere. What happens in
 * that part is the variant's: its tries at upstreams, its status, its bytes,
 * its time. What answers after that is not, so that a fallback (`error_page 502
 * = @stable`) neither hides an error of gray nor adds stable's answers to
 * gray's. X-Accel-Redirect, index and try_files are no fallbacks: the variant
 * asked for them.
 *
 * nginx numbers the tries of all upstreams of a request in one array, so a
 * part is a range of it. That a request went elsewhere is seen by the
 * PRECONTENT handler, which runs after each redirection; that is NOT so when
 * the other location answers with `return`, which is seen by the status of the
 * last try: at least 400, it is what the variant answered.
 *
 * Times have the resolution of CLOCK_MONOTONIC from the decision on; what was
 * before, and the times of upstreams, are in nginx's milliseconds.
 */

#ifndef NGX_HTTP_GRAY_RESPONSES_H
#define NGX_HTTP_GRAY_RESPONSES_H

#include "ngx_http_gray_conf.h"

/* A decision's part of its request. */
typedef struct {
    uint64_t began;    /* ns of CLOCK_MONOTONIC: when it was decided       */
    uint64_t left;     /* … when the request went elsewhere; 0: it did not  */
    ngx_msec_t before; /* from the request's start to the decision       */
    ngx_uint_t first;  /* the first of its tries …                       */
    ngx_uint_t last;   /* … and past the last, when it went elsewhere    */
    ngx_uint_t known;  /* its variant, of the release in nginx.conf      */
    ngx_uint_t status; /* of a variant without tries when it was left    */
    unsigned error_page : 1; /* decided after an error_page              */
} ngx_http_gray_part_t;

/* A decision is about to be made. Only a main request has parts. */
void ngx_http_gray_part_begin(
    ngx_http_request_t *r, ngx_http_gray_part_t *part);

/* The request enters a location after tries or an error: those parts end
 * that had something of it. */
ngx_http_gray_rare void ngx_http_gray_parts_leave(ngx_http_request_t *r);

/* Whether a request that enters a location might leave a part. */
#define ngx_http_gray_parts_may_leave(r) \
    ((r)->upstream_states != NULL || (r)->error_page)

/* The handler of the log phase. */
ngx_int_t ngx_http_gray_responses_handler(ngx_http_request_t *r);

#endif
