/*
 * Answers of the store's lists, kept.
 */

#include "ngx_http_gray_answers.h"


/* `until` of a NO, and of a member that never expires. */
#define NGX_HTTP_GRAY_NOT_LISTED 0
#define NGX_HTTP_GRAY_FOR_EVER 0xffffffff


/* 16 bytes, so that a set is a cache line. */
typedef struct {
    uint64_t hash;
    uint32_t generation; /* 0: free */
    uint32_t until;      /* seconds since the epoch */
} ngx_http_gray_kept_t;


struct ngx_http_gray_answers_s {
    ngx_http_gray_kept_t *sets;
    void *memory;
    ngx_uint_t turn; /* whose place is taken next */
};


ngx_http_gray_answers_t *
ngx_http_gray_answers_create(ngx_log_t *log)
{
    size_t size;
    ngx_http_gray_answers_t *answers;

    size = NGX_HTTP_GRAY_ANSWERS_SETS * NGX_HTTP_GRAY_ANSWERS_WAYS
           * sizeof(ngx_http_gray_kept_t);

    answers = ngx_calloc(sizeof(ngx_http_gray_answers_t), log);
    if (answers == NULL) {
        return NULL;
    }

    /* not ngx_calloc, which would touch every page of it */

    answers->memory = calloc(1, size + NGX_CPU_CACHE_LINE);

    if (answers->memory == NULL) {
        ngx_http_gray_answers_free(answers);
        return NULL;
    }

    answers->sets = (ngx_http_gray_kept_t *) ngx_align_ptr(
        answers->memory, NGX_CPU_CACHE_LINE);

    return answers;
}


void
ngx_http_gray_answers_free(ngx_http_gray_answers_t *answers)
{
    if (answers != NULL) {
        free(answers->memory);
        ngx_free(answers);
    }
}


static ngx_http_gray_kept_t *
ngx_http_gray_answers_set(
    ngx_http_gray_answers_t *answers, uint32_t generation, uint64_t hash)
{
    uint64_t set;

    set = (hash + generation) % NGX_HTTP_GRAY_ANSWERS_SETS;

    return &answers->sets[set * NGX_HTTP_GRAY_ANSWERS_WAYS];
}


gray_answer_t
ngx_http_gray_answers_get(
    ngx_http_gray_answers_t *answers, uint32_t generation, uint64_t hash)
{
    ngx_uint_t i;
    ngx_http_gray_kept_t *kept;

    kept = ngx_http_gray_answers_set(answers, generation, hash);

    for (i = 0; i < NGX_HTTP_GRAY_ANSWERS_WAYS; i++, kept++) {
        if (kept->hash != hash || kept->generation != generation) {
            continue;
        }

        if (kept->until == NGX_HTTP_GRAY_NOT_LISTED) {
            return GRAY_NO;
        }

        /* what expired is asked for again: a wider block may hold it too */

        return kept->until > (uint64_t) ngx_time() ? GRAY_YES : GRAY_PENDING;
    }

    return GRAY_PENDING;
}


void
ngx_http_gray_answers_put(ngx_http_gray_answers_t *answers, uint32_t generation,
    uint64_t hash, gray_answer_t answer, uint64_t expiry)
{
    ngx_uint_t i;
    ngx_http_gray_kept_t *set, *kept;

    set = ngx_http_gray_answers_set(answers, generation, hash);
    kept = &set[answers->turn++ % NGX_HTTP_GRAY_ANSWERS_WAYS];

    for (i = 0; i < NGX_HTTP_GRAY_ANSWERS_WAYS; i++) {
        if (set[i].hash == hash && set[i].generation == generation) {
            kept = &set[i];
            break;
        }
    }

    kept->hash = hash;
    kept->generation = generation;

    if (answer == GRAY_NO) {
        kept->until = NGX_HTTP_GRAY_NOT_LISTED;

    } else if (expiry == NGX_HTTP_GRAY_NEVER
               || expiry >= NGX_HTTP_GRAY_FOR_EVER) {
        kept->until = NGX_HTTP_GRAY_FOR_EVER;

    } else {
        kept->until = (uint32_t) expiry;
    }
}
