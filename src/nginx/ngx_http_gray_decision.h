/*
 * The decisions of a request: one per release, kept over internal redirects
 * and error_page.
 *
 * A decision belongs to the main request. A subrequest uses the main
 * request's if there is one; else it decides for itself and keeps the
 * decision to itself, since an auth_request's subrequest runs before the
 * identity exists.
 *
 * nginx clears r->ctx when a request changes its location, so the context is
 * also the data of a cleanup in the request's pool, and is found there again
 * (as nginx's realip module does it). Subrequests share that pool.
 */

#ifndef NGX_HTTP_GRAY_DECISION_H
#define NGX_HTTP_GRAY_DECISION_H

#include "ngx_http_gray_responses.h"
#include "ngx_http_gray_store.h"

typedef struct ngx_http_gray_wait_s ngx_http_gray_wait_t;
typedef struct ngx_http_gray_ctx_s ngx_http_gray_ctx_t;
typedef struct ngx_http_gray_result_s ngx_http_gray_result_t;
typedef struct ngx_http_gray_link_s ngx_http_gray_link_t;

typedef enum {
    NGX_HTTP_GRAY_NEW = 0,
    NGX_HTTP_GRAY_BUSY,    /* attributes are being read right now        */
    NGX_HTTP_GRAY_PENDING, /* live lists are to be asked                 */
    NGX_HTTP_GRAY_WAITING, /* … and were                                 */
    NGX_HTTP_GRAY_DONE
} ngx_http_gray_state_t;

/* The values that a decision has room for; for more it allocates. */
#define NGX_HTTP_GRAY_FEW 2

/* A decision on one release. */
struct ngx_http_gray_result_s {
    ngx_http_gray_ctx_t *ctx; /* of the request that made it             */
    ngx_http_gray_result_t *next;
    ngx_http_gray_route_t *route;   /* of the location that used it last */
    ngx_http_gray_target_t *target; /* … and where it leads there, once DONE */
    ngx_http_gray_loaded_t *loaded; /* a reference; NULL: none was loaded */
    ngx_http_gray_value_t *values;  /* by attribute of `loaded`           */
    uint64_t revision;              /* the store's that decided           */
    ngx_http_gray_link_t *link; /* a good token in the parameter; NULL: none */
    ngx_http_gray_state_t state;
    unsigned override_plus_one; /* 1 + the variant of a good token; 0: none */
    unsigned judged : 1;        /* tokens were looked at                    */
    unsigned early : 1;         /* live lists could not be asked           */
    unsigned asked_early : 1;   /* … and one was wanted                    */

    /* not cleared at first */
    ngx_http_gray_part_t part; /* of the request, that it answers for        */
    gray_decision_t decision;
    ngx_http_gray_value_t few[NGX_HTTP_GRAY_FEW]; /* `values`, if enough   */
};

/* With its first decision and its cleanup: one allocation serves most
 * requests. */
struct ngx_http_gray_ctx_s {
    ngx_pool_cleanup_t cleanup;
    ngx_http_request_t *request;
    ngx_http_gray_result_t *results;
    ngx_http_gray_result_t *last; /* the one used last; NULL: none       */
    unsigned entered : 2; /* how often a named target was entered       */
    unsigned explain : 1; /* `gray_explain on` let the request in          */
    ngx_http_gray_result_t first; /* cleared when it is used             */
};

/* The answer of a live list in the second pass; UNKNOWN_LIVE when it was not
 * asked. */
gray_answer_t ngx_http_gray_wait_answer(
    const ngx_http_gray_wait_t *wait, ngx_uint_t list, ngx_uint_t attribute);

/* Finds a context that nginx has cleared from the request. */
ngx_http_gray_ctx_t *ngx_http_gray_ctx_seek(ngx_http_request_t *r);

/* The request's own context. Find gives NULL when there is none; get makes
 * it, and gives NULL without memory. */
static inline ngx_http_gray_ctx_t *
ngx_http_gray_ctx_find(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_gray_module);

    return ctx != NULL ? ctx : ngx_http_gray_ctx_seek(r);
}

ngx_http_gray_ctx_t *ngx_http_gray_ctx_get(ngx_http_request_t *r);

/* The decision that counts for this request, whatever its state: the main
 * request's if it is done, else its own. NULL: none. */
ngx_http_gray_result_t *ngx_http_gray_find(
    ngx_http_request_t *r, ngx_http_gray_release_t *release);

/*
 * Finds or makes the decision. `early`: live lists cannot be asked, so it is
 * made at once; otherwise it may come back PENDING. NULL: no memory.
 */
ngx_http_gray_result_t *ngx_http_gray_decide(
    ngx_http_request_t *r, ngx_http_gray_route_t *route, ngx_uint_t early);

/* Makes a decision again with the answers of live lists; then it is DONE. */
void ngx_http_gray_decide_again(ngx_http_request_t *r,
    ngx_http_gray_result_t *result, const ngx_http_gray_wait_t *wait);

/* How the route maps the loaded release's variants. Never NULL. */
ngx_http_gray_rare void ngx_http_gray_map_renew(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, ngx_http_gray_loaded_t *loaded);

static inline ngx_http_gray_map_t *
ngx_http_gray_map(ngx_http_gray_worker_t *worker, ngx_http_gray_route_t *route,
    ngx_http_gray_loaded_t *loaded)
{
    ngx_http_gray_map_t *map;

    map = &worker->maps[route->index];

    if (map->number != loaded->number) {
        ngx_http_gray_map_renew(worker, route, loaded);
    }

    return map;
}

/* Where the route sends the decision's variant. */
ngx_http_gray_target_t *ngx_http_gray_target_find(
    ngx_http_gray_worker_t *worker, ngx_http_gray_route_t *route,
    const ngx_http_gray_result_t *result);

static inline ngx_http_gray_target_t *
ngx_http_gray_target(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, const ngx_http_gray_result_t *result)
{
    return route == result->route && result->target != NULL
               ? result->target
               : ngx_http_gray_target_find(worker, route, result);
}

/* Remembers that the request used its decision in this location; one that is
 * the main request's stays as it is in the main request. */
static inline void
ngx_http_gray_used(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, ngx_http_gray_result_t *result)
{
    if (result->ctx->request != r) {
        return;
    }

    result->ctx->last = result;

    if (result->route != route) {
        result->target = ngx_http_gray_target_find(worker, route, result);
        result->route = route;
    }
}

/* What the decision means there: error:no_target when the route does not name
 * the variant. */
gray_decision_t ngx_http_gray_meaning(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, const ngx_http_gray_result_t *result);

/* Tells counters and logs of a decision that is done, and aims it. */
void ngx_http_gray_tell(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_view_t *view, ngx_http_gray_result_t *result);

#endif
