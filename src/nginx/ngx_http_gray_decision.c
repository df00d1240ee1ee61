/*
 * The decisions of a request: context, and the host of gray_decide.
 */

#include "ngx_http_gray_attribute.h"
#include "ngx_http_gray_decision.h"
#include "ngx_http_gray_override.h"


/* What gray_decide's callbacks need. */
typedef struct {
    ngx_http_request_t *request;
    ngx_http_gray_worker_t *worker;
    ngx_http_gray_result_t *result;
    const ngx_http_gray_wait_t *wait; /* NULL: the first pass            */
    ngx_http_gray_saved_t saved;
} ngx_http_gray_host_t;


static void ngx_http_gray_cleanup(void *data);
static ngx_http_gray_result_t *ngx_http_gray_result(
    ngx_http_gray_ctx_t *ctx, ngx_http_gray_release_t *release);
static void ngx_http_gray_evaluate(ngx_http_request_t *r,
    ngx_http_gray_result_t *result, const ngx_http_gray_wait_t *wait);
static void ngx_http_gray_run_once(ngx_http_gray_host_t *host);
static ngx_int_t ngx_http_gray_load(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result);
static bool ngx_http_gray_host_attribute(
    void *data, unsigned i, gray_str_t *value);
static gray_answer_t ngx_http_gray_host_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value);


ngx_http_gray_ctx_t *
ngx_http_gray_ctx_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *cln;
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_gray_module);

    if (ctx != NULL) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {
        if (cln->handler != ngx_http_gray_cleanup) {
            continue;
        }

        ctx = cln->data;

        if (ctx->request == r) {
            ngx_http_set_ctx(r, ctx, ngx_http_gray_module);
            return ctx;
        }
    }

    return NULL;
}


ngx_http_gray_ctx_t *
ngx_http_gray_ctx_get(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *cln;
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_gray_ctx_find(r);

    if (ctx != NULL) {
        return ctx;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gray_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_gray_ctx_t));
    ctx->request = r;

    cln->handler = ngx_http_gray_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_gray_module);

    return ctx;
}


static void
ngx_http_gray_cleanup(void *data)
{
    ngx_http_gray_ctx_t *ctx = data;

    ngx_http_gray_result_t *result;

    for (result = ctx->results; result; result = result->next) {
        ngx_http_gray_loaded_release(result->loaded);
        result->loaded = NULL;
    }
}


static ngx_http_gray_result_t *
ngx_http_gray_result(ngx_http_gray_ctx_t *ctx, ngx_http_gray_release_t *release)
{
    ngx_http_gray_result_t *result;

    if (ctx == NULL) {
        return NULL;
    }

    for (result = ctx->results; result; result = result->next) {
        if (result->route->release == release) {
            return result;
        }
    }

    return NULL;
}


ngx_http_gray_result_t *
ngx_http_gray_find(ngx_http_request_t *r, ngx_http_gray_release_t *release)
{
    ngx_http_gray_result_t *result;

    if (r != r->main) {
        result = ngx_http_gray_result(ngx_http_gray_ctx_find(r->main), release);

        if (result != NULL && result->state == NGX_HTTP_GRAY_DONE) {
            return result;
        }
    }

    return ngx_http_gray_result(ngx_http_gray_ctx_find(r), release);
}


void
ngx_http_gray_used(ngx_http_request_t *r, ngx_http_gray_route_t *route,
    ngx_http_gray_result_t *result)
{
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_gray_ctx_find(r);

    if (ngx_http_gray_result(ctx, route->release) == result) {
        ctx->last = result;
        result->route = route;
    }
}


ngx_http_gray_result_t *
ngx_http_gray_decide(
    ngx_http_request_t *r, ngx_http_gray_route_t *route, ngx_uint_t early)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_result_t *result;

    result = ngx_http_gray_find(r, route->release);
    if (result != NULL) {
        return result;
    }

    ctx = ngx_http_gray_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    result = ngx_pcalloc(r->pool, sizeof(ngx_http_gray_result_t));
    if (result == NULL) {
        return NULL;
    }

    result->route = route;
    result->early = early;
    result->next = ctx->results;
    ctx->results = result;
    ctx->last = result;

    ngx_http_gray_evaluate(r, result, NULL);

    return result;
}


void
ngx_http_gray_decide_again(ngx_http_request_t *r,
    ngx_http_gray_result_t *result, const ngx_http_gray_wait_t *wait)
{
    ngx_http_gray_evaluate(r, result, wait);
}


/* What a decision is before anything is known: the default. */

static void
ngx_http_gray_default(
    gray_decision_t *decision, gray_reason_t reason, gray_cause_t cause)
{
    ngx_memzero(decision, sizeof(gray_decision_t));
    decision->reason = reason;
    decision->cause = cause;
    decision->rule = -1;
    decision->attribute = -1;
    decision->bucket = -1;
    decision->cause_list = -1;
    decision->cause_rule = -1;
}


/* All of a decision comes from one snapshot: when a commit came in between,
 * it is made again within a transaction. */

static void
ngx_http_gray_run(ngx_http_gray_host_t *host)
{
    ngx_http_gray_result_t *result;
    ngx_http_gray_worker_t *worker;

    worker = host->worker;
    result = host->result;

    if (ngx_http_gray_load(host->request, worker, result) != NGX_OK) {
        return;
    }

    worker->moved = 0;
    ngx_http_gray_run_once(host);

    if (!worker->moved) {
        return;
    }

    ngx_http_gray_store_leave(worker);

    if (host->wait == NULL) {
        ngx_http_gray_loaded_release(result->loaded);
        result->loaded = NULL;
    }

    if (ngx_http_gray_load(host->request, worker, result) == NGX_OK) {
        (void) ngx_http_gray_store_begin(worker);
        ngx_http_gray_run_once(host);
    }
}


static void
ngx_http_gray_run_once(ngx_http_gray_host_t *host)
{
    gray_host_t callbacks;
    ngx_http_gray_map_t *map;
    ngx_http_gray_result_t *result;

    result = host->result;
    map = ngx_http_gray_map(host->worker, result->route, result->loaded);

    ngx_memzero(&callbacks, sizeof(gray_host_t));
    callbacks.data = host;
    callbacks.now = host->request->main->start_sec;
    callbacks.default_plus_one = map->default_plus_one;
    callbacks.override_plus_one
        = ngx_http_gray_override(host->request, host->worker, result);
    callbacks.attribute = ngx_http_gray_host_attribute;
    callbacks.member = ngx_http_gray_host_member;

    gray_decide(result->loaded->compiled, &callbacks, &result->decision);

    ngx_http_gray_restore(host->request, &host->saved);
}


static void
ngx_http_gray_evaluate(ngx_http_request_t *r, ngx_http_gray_result_t *result,
    const ngx_http_gray_wait_t *wait)
{
    ngx_http_gray_host_t host;
    ngx_http_gray_view_t *view;
    ngx_http_gray_release_t *release;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    release = result->route->release;

    ngx_memzero(&host, sizeof(ngx_http_gray_host_t));
    host.request = r;
    host.worker = gmcf->worker;
    host.result = result;
    host.wait = wait;

    result->state = NGX_HTTP_GRAY_BUSY;
    ngx_http_gray_default(
        &result->decision, GRAY_REASON_ERROR, GRAY_CAUSE_STORE);

    if (host.worker == NULL) {
        result->state = NGX_HTTP_GRAY_DONE;
        return;
    }

    view = &host.worker->views[release->index];

    if (gray_switches_off(host.worker->switches, &view->cursor,
            (const char *) release->name.data))
    {
        ngx_http_gray_default(
            &result->decision, GRAY_REASON_DISABLED, GRAY_CAUSE_NONE);

    } else {
        ngx_http_gray_run(&host);
    }

    ngx_http_gray_store_leave(host.worker);

    if (result->decision.pending) {
        result->state = NGX_HTTP_GRAY_PENDING;
        return;
    }

    result->state = NGX_HTTP_GRAY_DONE;
    ngx_http_gray_tell(r, host.worker, result);
}


/* Finds the release, takes a reference and enters the store. */

static ngx_int_t
ngx_http_gray_load(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result)
{
    unsigned n;
    gray_cause_t cause;
    ngx_http_gray_loaded_t *loaded;

    if (result->loaded != NULL) {
        ngx_http_gray_worker_check(worker);
        result->revision = worker->revision;
        return NGX_OK;
    }

    cause = ngx_http_gray_store_enter(worker, result->route->release->index);
    result->revision = worker->revision;

    if (cause != GRAY_CAUSE_NONE) {
        ngx_http_gray_default(&result->decision, GRAY_REASON_ERROR, cause);
        return NGX_DECLINED;
    }

    loaded = worker->views[result->route->release->index].loaded;
    n = gray_release_attributes(loaded->compiled);

    result->values = ngx_pcalloc(r->pool, n * sizeof(ngx_http_gray_value_t));
    if (result->values == NULL) {
        ngx_http_gray_default(
            &result->decision, GRAY_REASON_ERROR, GRAY_CAUSE_STORE);
        return NGX_ERROR;
    }

    loaded->refs++;
    result->loaded = loaded;

    return NGX_OK;
}


static bool
ngx_http_gray_host_attribute(void *data, unsigned i, gray_str_t *value)
{
    ngx_http_gray_host_t *host = data;

    ngx_http_gray_value_t *v;
    ngx_http_gray_attribute_t *attribute;

    v = &host->result->values[i];
    attribute = host->result->loaded->attributes[i];

    if (!v->read && attribute != NULL) {
        if (!attribute->plain && host->saved.variables == NULL
            && ngx_http_gray_save(host->request, &host->saved) != NGX_OK)
        {
            return false;
        }

        v->present
            = ngx_http_gray_attribute_value(host->request, attribute, &v->text);
        v->read = 1;
    }

    *value = v->text;

    return v->present;
}


static gray_answer_t
ngx_http_gray_host_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    ngx_http_gray_host_t *host = data;

    ngx_http_gray_loaded_t *loaded;
    ngx_http_gray_result_t *result;

    result = host->result;
    loaded = result->loaded;

    if (gray_release_list_kind(loaded->compiled, list) != GRAY_LIST_LIVE) {
        return ngx_http_gray_store_member(
            host->worker, loaded, list, &result->values[attribute]);
    }

    if (host->wait != NULL) {
        return ngx_http_gray_wait_answer(host->wait, list, attribute);
    }

    if (loaded->lists[list].live == NULL) {
        return GRAY_UNKNOWN_LIVE;
    }

    if (result->early) {
        result->asked_early = 1;
        return GRAY_UNKNOWN_EARLY;
    }

    return GRAY_PENDING;
}
