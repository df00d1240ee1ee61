/*
 * Answers of a live list kept for a short while: cache= of gray_memcached.
 *
 * One table per list and worker, of a fixed size, so that no client can make
 * it grow: a set-associative cache whose oldest answer of a set gives way.
 * Only definite answers are kept, never "unknown". Times are ngx_current_msec
 * (monotonic). Used by its worker only, so there are no locks.
 */

#ifndef NGX_HTTP_GRAY_LIVE_CACHE_H
#define NGX_HTTP_GRAY_LIVE_CACHE_H

#include <ngx_config.h>
#include <ngx_core.h>
#include "core/decide.h"
#include "memcached_key.h"

#define NGX_HTTP_GRAY_LIVE_CACHE_SETS 1024
#define NGX_HTTP_GRAY_LIVE_CACHE_WAYS 4

typedef struct ngx_http_gray_live_cache_s ngx_http_gray_live_cache_t;

/* About 1.1 MB; NULL: no memory. It lives as long as the worker. */
ngx_http_gray_live_cache_t *ngx_http_gray_live_cache_create(ngx_log_t *log);

/* Whether an answer that has not expired is kept. NULL keeps nothing. */
ngx_flag_t ngx_http_gray_live_cache_get(ngx_http_gray_live_cache_t *cache,
    uint32_t hash, gray_str_t key, gray_answer_t *answer);

/* Keeps an answer until `expires`; replaces that of the same key. NULL keeps
 * nothing. `key` is a valid memcached key. */
void ngx_http_gray_live_cache_put(ngx_http_gray_live_cache_t *cache,
    uint32_t hash, gray_str_t key, gray_answer_t answer, ngx_msec_t expires);

#endif
