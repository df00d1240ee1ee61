/*
 * The variables. None is cacheable: subrequests share the values of their
 * main request, and the target depends on the location.
 */

#include "ngx_http_gray_decision.h"
#include "ngx_http_gray_handler.h"
#include "ngx_http_gray_variables.h"


/* A decision as the location at hand sees it. */
typedef struct {
    ngx_http_gray_route_t *route;
    ngx_http_gray_result_t *result;
    ngx_http_gray_target_t *target;
} ngx_http_gray_seen_t;

typedef ngx_int_t (*ngx_http_gray_value_pt)(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);

typedef struct {
    ngx_str_t name;
    ngx_http_gray_value_pt value; /* NGX_DECLINED: not found */
} ngx_http_gray_variable_t;


static ngx_int_t ngx_http_gray_variable(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_gray_see(
    ngx_http_request_t *r, ngx_http_gray_seen_t *seen);
static ngx_int_t ngx_http_gray_release_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);
static ngx_int_t ngx_http_gray_variant_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);
static ngx_int_t ngx_http_gray_upstream_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);
static ngx_int_t ngx_http_gray_reason_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);
static ngx_int_t ngx_http_gray_revision_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value);


static ngx_http_gray_variable_t ngx_http_gray_variables[]
    = { { ngx_string("gray_release"), ngx_http_gray_release_value },
          { ngx_string("gray_variant"), ngx_http_gray_variant_value },
          { ngx_string("gray_upstream"), ngx_http_gray_upstream_value },
          { ngx_string("gray_reason"), ngx_http_gray_reason_value },
          { ngx_string("gray_revision"), ngx_http_gray_revision_value },
          { ngx_null_string, NULL } };


static ngx_int_t
ngx_http_gray_variable(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_int_t rc;
    ngx_str_t value;
    ngx_http_gray_seen_t seen;
    ngx_http_gray_variable_t *variable;

    variable = &ngx_http_gray_variables[data];

    rc = ngx_http_gray_see(r, &seen);

    if (rc == NGX_OK) {
        rc = variable->value(r, &seen, &value);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = value.len;
    v->data = value.data;

    return NGX_OK;
}


/*
 * The decision of the location at hand; where it has no `gray`, the one that
 * the request used last, so that an access log in a named location shows it.
 */

static ngx_http_gray_result_t *
ngx_http_gray_last(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;

    ctx = ngx_http_gray_ctx_find(r);

    if ((ctx == NULL || ctx->last == NULL) && r != r->main) {
        ctx = ngx_http_gray_ctx_find(r->main);
    }

    return ctx != NULL && ctx->last != NULL
                   && ctx->last->state == NGX_HTTP_GRAY_DONE
               ? ctx->last
               : NULL;
}


static ngx_http_gray_result_t *
ngx_http_gray_at_hand(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_result_t *result;

    /* as a rule it was decided here a moment ago */

    ctx = ngx_http_get_module_ctx(r, ngx_http_gray_module);

    if (r == r->main && ctx != NULL && ctx->last != NULL
        && ctx->last->route == route && ctx->last->state == NGX_HTTP_GRAY_DONE)
    {
        return ctx->last;
    }

    result = ngx_http_gray_find(r, route->release);

    /* a request that ended before its decision is not decided for its log */

    if (result == NULL && !r->header_sent && !r->main->header_sent
        && !r->connection->error && !r->connection->timedout)
    {
        result = ngx_http_gray_decide(r, route, 1);
    }

    if (result == NULL || result->state != NGX_HTTP_GRAY_DONE) {
        return NULL;
    }

    ngx_http_gray_used(r, worker, route, result);

    return result;
}


static ngx_int_t
ngx_http_gray_see(ngx_http_request_t *r, ngx_http_gray_seen_t *seen)
{
    ngx_http_gray_loc_conf_t *glcf;
    ngx_http_gray_main_conf_t *gmcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gray_module);
    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);

    seen->route = glcf->route;

    if (seen->route != NULL) {
        seen->result = ngx_http_gray_at_hand(r, gmcf->worker, seen->route);
    } else {
        seen->result = ngx_http_gray_last(r);
    }

    if (seen->result == NULL) {
        return NGX_DECLINED;
    }

    if (seen->route == NULL) {
        seen->route = seen->result->route;
    }

    seen->target
        = ngx_http_gray_target(gmcf->worker, seen->route, seen->result);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_release_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value)
{
    *value = seen->route->release->name;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_variant_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value)
{
    *value = seen->target->variant;

    return NGX_OK;
}


/*
 * The target. A request that was in its named location and came back (by an
 * error_page with a URI, say) does not enter it again, and is served by the
 * default's upstream.
 */

static ngx_int_t
ngx_http_gray_upstream_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_target_t *target;
    ngx_http_core_loc_conf_t *clcf;

    target = seen->target;

    if (ngx_http_gray_target_is_location(target)) {
        ctx = ngx_http_gray_ctx_find(r);
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

        if (ctx != NULL && !clcf->named && !ngx_http_gray_may_enter(r, ctx)) {
            target = seen->route->targets.elts;
        }
    }

    if (target->name.len == 0) {
        return NGX_DECLINED;
    }

    *value = target->name;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_reason_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value)
{
    char *buffer;
    gray_decision_t decision;
    ngx_http_gray_loaded_t *loaded;
    ngx_http_gray_main_conf_t *gmcf;

    buffer = ngx_pnalloc(r->pool, GRAY_REASON_TEXT_MAX);
    if (buffer == NULL) {
        return NGX_ERROR;
    }

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    loaded = seen->result->loaded;
    decision = ngx_http_gray_meaning(gmcf->worker, seen->route, seen->result);

    value->data = (u_char *) buffer;
    value->len = gray_reason_print(
        loaded != NULL ? loaded->compiled : NULL, &decision, buffer);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_revision_value(
    ngx_http_request_t *r, const ngx_http_gray_seen_t *seen, ngx_str_t *value)
{
    value->data = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len
        = ngx_sprintf(value->data, "%uL", seen->result->revision) - value->data;

    return NGX_OK;
}


ngx_int_t
ngx_http_gray_add_variables(ngx_conf_t *cf)
{
    ngx_uint_t i;
    ngx_http_variable_t *var;

    for (i = 0; ngx_http_gray_variables[i].name.len; i++) {
        var = ngx_http_add_variable(
            cf, &ngx_http_gray_variables[i].name, NGX_HTTP_VAR_NOCACHEABLE);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_gray_variable;
        var->data = i;
    }

    return NGX_OK;
}
