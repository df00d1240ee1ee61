/*
 * Signed overrides: `gray_override NAME [cookie=NAME]`.
 *
 * A token (core/token.h) in the parameter, or else in the cookie, decides its
 * release for the request. It is judged once per request and release, when
 * the decision is made: after the kill switch, before the rules.
 *
 * A GET or HEAD with a good token in its parameter is answered 302 to the
 * same address without the parameter, and the token goes into the cookie.
 * Any other method goes on, and nobody behind sees the parameter. A token
 * that is not good is counted and otherwise left alone.
 */

#ifndef NGX_HTTP_GRAY_OVERRIDE_H
#define NGX_HTTP_GRAY_OVERRIDE_H

#include "ngx_http_gray_decision.h"
#include "core/token.h"

/* The keyring as a worker knows it. */
struct ngx_http_gray_keys_s {
    ngx_uint_t epoch; /* with `txn`: the snapshot that was looked at */
    uint64_t txn;
    size_t len;      /* of the store's record; 0: none …             */
    u_char head[16]; /* … and its begin, which has a checksum        */
    unsigned damaged_logged : 1;
    gray_keyring_t keyring;
};

/* A good token in the request's parameter. */
struct ngx_http_gray_link_s {
    ngx_str_t parameter;
    ngx_str_t cookie;
    ngx_str_t token;
    time_t expiry;
    unsigned followed : 1; /* answered, or the parameter was removed      */
};

/* Whether the location at hand looks at tokens. */
static inline ngx_uint_t
ngx_http_gray_override_wanted(ngx_http_request_t *r)
{
    ngx_http_gray_loc_conf_t *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gray_module);

    return glcf->override != NULL;
}

/*
 * Judges the request's tokens, unless that was done. Returns 1 + the variant
 * of result->loaded that a good one gives, 0 for none; result->link is set
 * when it was the parameter's.
 */
unsigned ngx_http_gray_override(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result);

/* Answers a request whose parameter had a good token, or hides the parameter.
 * NGX_DECLINED: the request goes on. */
ngx_http_gray_rare ngx_int_t ngx_http_gray_follow(
    ngx_http_request_t *r, ngx_http_gray_result_t *result);

/* The keys and revoked tokens in the newest snapshot; as they were when it
 * cannot be read. NULL: none, or no memory. */
const gray_keyring_t *ngx_http_gray_keyring(ngx_http_gray_worker_t *worker);
void ngx_http_gray_keyring_free(ngx_http_gray_worker_t *worker);

/* The value of the first `NAME=value` of a query; false: none. */
ngx_uint_t ngx_http_gray_query_find(
    const ngx_str_t *query, const ngx_str_t *name, ngx_str_t *value);

/* Copies the query without its parameters `name`, the others byte for byte,
 * to `to`; returns the end. */
u_char *ngx_http_gray_query_without(
    u_char *to, const ngx_str_t *query, const ngx_str_t *name);

/* Splits "/path?query"; false: there is no query. */
ngx_uint_t ngx_http_gray_query_split(
    const ngx_str_t *uri, ngx_str_t *path, ngx_str_t *query);

#endif
