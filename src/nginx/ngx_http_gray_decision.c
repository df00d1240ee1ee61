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
    ngx_http_gray_view_t *view;
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
static ngx_int_t ngx_http_gray_load(ngx_http_gray_host_t *host);
static bool ngx_http_gray_host_attribute(
    void *data, unsigned i, gray_str_t *value);
static gray_answer_t ngx_http_gray_host_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value);


ngx_http_gray_ctx_t *
ngx_http_gray_ctx_seek(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t *cln;
    ngx_http_gray_ctx_t *ctx;

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
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_gray_ctx_find(r);

    if (ctx != NULL) {
        return ctx;
    }

    ctx = ngx_palloc(r->pool, sizeof(ngx_http_gray_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->request = r;
    ctx->results = NULL;
    ctx->last = NULL;
    ctx->entered = 0;
    ctx->explain = 0;

    /* ngx_pool_cleanup_add would allocate twice */

    ctx->cleanup.handler = ngx_http_gray_cleanup;
    ctx->cleanup.data = ctx;
    ctx->cleanup.next = r->pool->cleanup;
    r->pool->cleanup = &ctx->cleanup;

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


/* The main request's, for a subrequest. */

static ngx_http_gray_result_t *
ngx_http_gray_main_result(
    ngx_http_request_t *r, ngx_http_gray_release_t *release)
{
    ngx_http_gray_result_t *result;

    if (r == r->main) {
        return NULL;
    }

    result = ngx_http_gray_result(ngx_http_gray_ctx_find(r->main), release);

    return result != NULL && result->state == NGX_HTTP_GRAY_DONE ? result
                                                                 : NULL;
}


ngx_http_gray_result_t *
ngx_http_gray_find(ngx_http_request_t *r, ngx_http_gray_release_t *release)
{
    ngx_http_gray_result_t *result;

    result = ngx_http_gray_main_result(r, release);

    return result != NULL
               ? result
               : ngx_http_gray_result(ngx_http_gray_ctx_find(r), release);
}


ngx_http_gray_result_t *
ngx_http_gray_decide(
    ngx_http_request_t *r, ngx_http_gray_route_t *route, ngx_uint_t early)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_result_t *result;

    if (r != r->main) {
        result = ngx_http_gray_main_result(r, route->release);
        if (result != NULL) {
            return result;
        }
    }

    ctx = ngx_http_gray_ctx_get(r);
    if (ctx == NULL) {
        return NULL;
    }

    result = ngx_http_gray_result(ctx, route->release);
    if (result != NULL) {
        return result;
    }

    result = ctx->results == NULL
                 ? &ctx->first
                 : ngx_palloc(r->pool, sizeof(ngx_http_gray_result_t));
    if (result == NULL) {
        return NULL;
    }

    ngx_memzero(result, offsetof(ngx_http_gray_result_t, part));
    result->ctx = ctx;
    result->route = route;
    result->early = early;
    result->next = ctx->results;
    ctx->results = result;
    ctx->last = result;

    ngx_http_gray_part_begin(r, &result->part);
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

static ngx_http_gray_rare void
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


/* Forgets what was learnt of a snapshot that is not the newest one. */

static ngx_http_gray_rare void
ngx_http_gray_forget(ngx_http_gray_host_t *host)
{
    ngx_http_gray_result_t *result;

    result = host->result;
    result->asked_early = 0;

    /* the answers of live lists belong to the release that asked for them */

    if (host->wait == NULL) {
        ngx_http_gray_loaded_release(result->loaded);
        result->loaded = NULL;
        result->judged = 0;
        result->link = NULL;
    }
}


/*
 * All of a decision comes from one snapshot: when a commit came in between,
 * it is made again within a transaction.
 *
 * A map that an attribute is read from may need another release's decision,
 * which is then made within this one: what it learns of commits counts for
 * this one too.
 */

static void
ngx_http_gray_run(ngx_http_gray_host_t *host)
{
    ngx_uint_t again, exact, moved, indexed;
    ngx_http_gray_worker_t *worker;

    worker = host->worker;
    exact = worker->exact;
    moved = 0;
    indexed = 0;

    for (again = 0; ngx_http_gray_load(host) == NGX_OK; again = 1) {
        if (again) {
            (void) ngx_http_gray_store_begin(worker);
            worker->exact = 1;
        }

        moved |= worker->moved;
        indexed |= worker->indexed;
        worker->moved = 0;
        worker->indexed = 0;

        ngx_http_gray_run_once(host);

        if (again || !ngx_http_gray_store_moved(worker)) {
            break;
        }

        ngx_http_gray_store_leave(worker);
        ngx_http_gray_forget(host);
    }

    worker->exact = exact;
    worker->moved |= moved;
    worker->indexed |= indexed;
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
        = ngx_http_gray_override_wanted(host->request)
              ? ngx_http_gray_override(host->request, host->worker, result)
              : 0;
    callbacks.attribute = ngx_http_gray_host_attribute;
    callbacks.member = ngx_http_gray_host_member;

    gray_decide(result->loaded->compiled, &callbacks, &result->decision);

    ngx_http_gray_restore(host->request, &host->saved);
}


static void
ngx_http_gray_evaluate(ngx_http_request_t *r, ngx_http_gray_result_t *result,
    const ngx_http_gray_wait_t *wait)
{
    ngx_uint_t nested;
    ngx_http_gray_host_t host;
    ngx_http_gray_view_t *view;
    ngx_http_gray_worker_t *worker;
    ngx_http_gray_release_t *release;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    worker = gmcf->worker;
    release = result->route->release;

    if (worker == NULL) {
        ngx_http_gray_default(
            &result->decision, GRAY_REASON_ERROR, GRAY_CAUSE_STORE);
        result->target = ngx_http_gray_target_find(NULL, result->route, result);
        result->state = NGX_HTTP_GRAY_DONE;
        return;
    }

    result->state = NGX_HTTP_GRAY_BUSY;
    view = &worker->views[release->index];

    if (gray_switches_off(
            worker->switches, &view->cursor, (const char *) release->name.data))
    {
        ngx_http_gray_default(
            &result->decision, GRAY_REASON_DISABLED, GRAY_CAUSE_NONE);

    } else {
        host.request = r;
        host.worker = worker;
        host.view = view;
        host.result = result;
        host.wait = wait;
        host.saved.variables = NULL;

        nested = worker->reading != NULL;
        ngx_http_gray_run(&host);

        if (!nested) {
            ngx_http_gray_store_leave(worker);
        }
    }

    if (result->decision.pending) {
        result->state = NGX_HTTP_GRAY_PENDING;
        return;
    }

    result->state = NGX_HTTP_GRAY_DONE;
    ngx_http_gray_tell(r, worker, view, result);
}


/* Finds the release, takes a reference and enters the store. */

static ngx_int_t
ngx_http_gray_load(ngx_http_gray_host_t *host)
{
    unsigned i, n;
    gray_cause_t cause;
    ngx_http_gray_loaded_t *loaded;
    ngx_http_gray_result_t *result;
    ngx_http_gray_worker_t *worker;

    worker = host->worker;
    result = host->result;

    if (result->loaded != NULL) {
        ngx_http_gray_worker_check(worker);
        result->revision = worker->revision;
        return NGX_OK;
    }

    cause = ngx_http_gray_store_enter(worker, host->view);
    result->revision = worker->revision;

    if (cause != GRAY_CAUSE_NONE) {
        ngx_http_gray_default(&result->decision, GRAY_REASON_ERROR, cause);
        return NGX_DECLINED;
    }

    loaded = host->view->loaded;
    n = gray_release_attributes(loaded->compiled);

    result->values = n <= NGX_HTTP_GRAY_FEW
                         ? result->few
                         : ngx_palloc(host->request->pool,
                             n * sizeof(ngx_http_gray_value_t));

    if (result->values == NULL) {
        ngx_http_gray_default(
            &result->decision, GRAY_REASON_ERROR, GRAY_CAUSE_STORE);
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        result->values[i].read = 0;
    }

    loaded->refs++;
    result->loaded = loaded;

    return NGX_OK;
}


/* NGX_DECLINED: nginx.conf has no such attribute. NGX_ERROR: no memory. */

static ngx_int_t
ngx_http_gray_read(ngx_http_gray_host_t *host,
    ngx_http_gray_attribute_t *attribute, ngx_http_gray_value_t *v)
{
    if (attribute == NULL) {
        return NGX_DECLINED;
    }

    if (!attribute->plain && host->saved.variables == NULL
        && ngx_http_gray_save(host->request, &host->saved) != NGX_OK)
    {
        return NGX_ERROR;
    }

    v->text.len = 0;
    v->present
        = ngx_http_gray_attribute_value(host->request, attribute, &v->text);
    v->hashed = 0;
    v->parsed = 0;
    v->read = 1;

    return NGX_OK;
}


static bool
ngx_http_gray_host_attribute(void *data, unsigned i, gray_str_t *value)
{
    ngx_http_gray_host_t *host = data;

    ngx_http_gray_value_t *v;

    v = &host->result->values[i];

    if (!v->read
        && ngx_http_gray_read(host, host->result->loaded->attributes[i], v)
               != NGX_OK)
    {
        return false;
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

    if (!loaded->lists[list].is_live) {
        return ngx_http_gray_list_member(
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
