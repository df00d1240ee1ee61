#include "ngx_http_gray_live_cache.h"

typedef struct {
    ngx_msec_t expires;
    uint32_t hash;
    u_char answer;
    u_char len; /* 0: free                                             */
    char key[GRAY_MEMCACHED_KEY_MAX];
} ngx_http_gray_live_kept_t;

struct ngx_http_gray_live_cache_s {
    ngx_http_gray_live_kept_t sets[NGX_HTTP_GRAY_LIVE_CACHE_SETS]
                                  [NGX_HTTP_GRAY_LIVE_CACHE_WAYS];
};


ngx_http_gray_live_cache_t *
ngx_http_gray_live_cache_create(ngx_log_t *log)
{
    return ngx_calloc(sizeof(ngx_http_gray_live_cache_t), log);
}


static ngx_http_gray_live_kept_t *
ngx_http_gray_live_cache_set(ngx_http_gray_live_cache_t *cache, uint32_t hash)
{
    return cache->sets[hash % NGX_HTTP_GRAY_LIVE_CACHE_SETS];
}


static ngx_http_gray_live_kept_t *
ngx_http_gray_live_cache_find(
    ngx_http_gray_live_kept_t *set, uint32_t hash, gray_str_t key)
{
    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_LIVE_CACHE_WAYS; i++) {
        if (set[i].hash == hash && set[i].len == key.len
            && ngx_memcmp(set[i].key, key.data, key.len) == 0)
        {
            return &set[i];
        }
    }

    return NULL;
}


/* A free place, else the one that expires first. */
static ngx_http_gray_live_kept_t *
ngx_http_gray_live_cache_victim(ngx_http_gray_live_kept_t *set)
{
    ngx_http_gray_live_kept_t *victim = &set[0];

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_LIVE_CACHE_WAYS; i++) {
        if (set[i].len == 0) {
            return &set[i];
        }

        if ((ngx_msec_int_t) (set[i].expires - victim->expires) < 0) {
            victim = &set[i];
        }
    }

    return victim;
}


ngx_flag_t
ngx_http_gray_live_cache_get(ngx_http_gray_live_cache_t *cache, uint32_t hash,
    gray_str_t key, gray_answer_t *answer)
{
    ngx_http_gray_live_kept_t *kept;

    if (cache == NULL) {
        return 0;
    }

    kept = ngx_http_gray_live_cache_find(
        ngx_http_gray_live_cache_set(cache, hash), hash, key);

    if (kept == NULL
        || (ngx_msec_int_t) (kept->expires - ngx_current_msec) <= 0) {
        return 0;
    }

    *answer = kept->answer;

    return 1;
}


void
ngx_http_gray_live_cache_put(ngx_http_gray_live_cache_t *cache, uint32_t hash,
    gray_str_t key, gray_answer_t answer, ngx_msec_t expires)
{
    ngx_http_gray_live_kept_t *set, *kept;

    if (cache == NULL) {
        return;
    }

    set = ngx_http_gray_live_cache_set(cache, hash);
    kept = ngx_http_gray_live_cache_find(set, hash, key);

    if (kept == NULL) {
        kept = ngx_http_gray_live_cache_victim(set);
    }

    kept->expires = expires;
    kept->hash = hash;
    kept->answer = answer;
    kept->len = key.len;
    ngx_memcpy(kept->key, key.data, key.len);
}
