/*
 * Answers of the store's lists that a worker has had already.
 *
 * For what the index of a list cannot answer, and for lists that have none.
 * Asking LMDB costs a microsecond or two within a busy worker, most of it
 * cache misses; a kept answer costs one. A table of fixed size per worker,
 * so that no client can make it grow: set-associative, a set per cache line.
 *
 * An answer belongs to a generation: a list with its members as they are. A
 * list that changed in any way gets a new generation, so an answer is never
 * older than the snapshot that decides. Identities are compared by a 64-bit
 * hash whose key is secret (ngx_http_gray_list.h): nobody can make two
 * identities collide, and by chance it takes some 2^62 lookups.
 *
 * Used by its worker only, so there are no locks.
 */

#ifndef NGX_HTTP_GRAY_ANSWERS_H
#define NGX_HTTP_GRAY_ANSWERS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include "core/decide.h"

/* 4 MB of address space, of which only what was used is memory: 65536 sets of
 * 4 answers. */
#define NGX_HTTP_GRAY_ANSWERS_SETS 65536
#define NGX_HTTP_GRAY_ANSWERS_WAYS 4

/* A member that never expires. */
#define NGX_HTTP_GRAY_NEVER 0

typedef struct ngx_http_gray_answers_s ngx_http_gray_answers_t;

/* NULL: no memory; then nothing is kept. */
ngx_http_gray_answers_t *ngx_http_gray_answers_create(ngx_log_t *log);
void ngx_http_gray_answers_free(ngx_http_gray_answers_t *answers);

/* GRAY_YES or GRAY_NO; GRAY_PENDING: not kept. */
gray_answer_t ngx_http_gray_answers_get(
    ngx_http_gray_answers_t *answers, uint32_t generation, uint64_t hash);

/* Keeps YES until `expiry` (seconds since the epoch, or NEVER), or NO. */
void ngx_http_gray_answers_put(ngx_http_gray_answers_t *answers,
    uint32_t generation, uint64_t hash, gray_answer_t answer, uint64_t expiry);

#endif
