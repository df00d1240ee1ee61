/*
 * The PRECONTENT handler.
 */

#include "ngx_http_gray_explain.h"
#include "ngx_http_gray_handler.h"
#include "ngx_http_gray_override.h"


static ngx_int_t ngx_http_gray_enter(
    ngx_http_request_t *r, ngx_http_gray_target_t *target);


ngx_int_t
ngx_http_gray_handler(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_http_gray_result_t *result;
    ngx_http_gray_target_t *target;
    ngx_http_gray_loc_conf_t *glcf;
    ngx_http_gray_main_conf_t *gmcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gray_module);

    if (ngx_http_gray_parts_may_leave(r)) {
        ngx_http_gray_parts_leave(r);
    }

    if (glcf->explain) {
        ngx_http_gray_explain_mark(r);
    }

    if (glcf->route == NULL) {
        return NGX_DECLINED;
    }

    result = ngx_http_gray_decide(r, glcf->route, 0);

    if (result == NULL) {
        return NGX_DECLINED;
    }

    if (result->state == NGX_HTTP_GRAY_WAITING) {
        return NGX_AGAIN;
    }

    if (result->state == NGX_HTTP_GRAY_PENDING
        && ngx_http_gray_wait(r, result) == NGX_AGAIN)
    {
        return NGX_AGAIN;
    }

    if (result->link != NULL) {
        rc = ngx_http_gray_follow(r, result);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    ngx_http_gray_used(r, gmcf->worker, glcf->route, result);

    target = ngx_http_gray_target(gmcf->worker, glcf->route, result);

    return ngx_http_gray_target_is_location(target)
               ? ngx_http_gray_enter(r, target)
               : NGX_DECLINED;
}


/* Enters the named location, unless none may be entered from here. */

static ngx_int_t
ngx_http_gray_enter(ngx_http_request_t *r, ngx_http_gray_target_t *target)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_core_loc_conf_t *clcf;

    ctx = ngx_http_gray_ctx_get(r);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (ctx == NULL || !ngx_http_gray_may_enter(r, ctx)
        || ngx_http_gray_same(&clcf->name, &target->name))
    {
        return NGX_DECLINED;
    }

    ctx->entered++;

    (void) ngx_http_named_location(r, &target->name);

    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


/*
 * The redirection of `index` comes back, as does the last word of `try_files`:
 * that request enters its target again, or it would get another variant's
 * file. What an upstream or an error_page sends elsewhere does not.
 */

ngx_uint_t
ngx_http_gray_may_enter(ngx_http_request_t *r, ngx_http_gray_ctx_t *ctx)
{
    ngx_http_core_loc_conf_t *clcf;

    /* nginx's own limit of redirections, which would answer 500 */

    if (r->uri_changes <= 1 || r->uri.len == 0) {
        return 0;
    }

    if (ctx->entered == 0) {
        return 1;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    return !clcf->named && !r->error_page && r->upstream == NULL
           && ctx->entered < NGX_HTTP_GRAY_ENTER_MAX;
}
