/*
 * The directive `gray_explain`, and its header filter.
 */

#include "ngx_http_gray_explain.h"


static ngx_int_t ngx_http_gray_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_gray_explain_add(
    ngx_http_request_t *r, ngx_http_gray_result_t *result);


static ngx_http_output_header_filter_pt ngx_http_gray_next_header_filter;


void
ngx_http_gray_explain_mark(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;

    if (r != r->main) {
        return;
    }

    ctx = ngx_http_gray_ctx_get(r);

    if (ctx != NULL) {
        ctx->explain = 1;
    }
}


static ngx_int_t
ngx_http_gray_header_filter(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_result_t *result;

    if (r != r->main) {
        return ngx_http_gray_next_header_filter(r);
    }

    ctx = ngx_http_gray_ctx_find(r);

    if (ctx == NULL || !ctx->explain) {
        return ngx_http_gray_next_header_filter(r);
    }

    for (result = ctx->results; result; result = result->next) {
        if (result->state == NGX_HTTP_GRAY_DONE
            && ngx_http_gray_explain_add(r, result) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_gray_next_header_filter(r);
}


static ngx_int_t
ngx_http_gray_explain_add(ngx_http_request_t *r, ngx_http_gray_result_t *result)
{
    size_t len;
    char reason[GRAY_REASON_TEXT_MAX];
    ngx_str_t *release, *variant;
    gray_decision_t decision;
    ngx_table_elt_t *h;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);

    release = &result->route->release->name;
    variant = &result->target->variant;
    decision = ngx_http_gray_meaning(gmcf->worker, result->route, result);
    (void) gray_reason_print(
        result->loaded != NULL ? result->loaded->compiled : NULL, &decision,
        reason);

    /* every name is of letters, digits, "_", "." and "-": nothing to escape */

    len = sizeof("\"\"; variant=\"\"; reason=\"\"; revision=") + release->len
          + variant->len + GRAY_REASON_TEXT_MAX + NGX_INT64_LEN;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    ngx_str_set(&h->key, "Gray-Decision");

    h->value.data = ngx_pnalloc(r->pool, len);
    if (h->value.data == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->value.len = ngx_sprintf(h->value.data,
                       "\"%V\"; variant=\"%V\"; reason=\"%s\"; revision=%uL",
                       release, variant, reason, result->revision)
                   - h->value.data;

    return NGX_OK;
}


void
ngx_http_gray_explain_init(void)
{
    ngx_http_gray_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_gray_header_filter;
}


char *
ngx_http_gray_explain_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_loc_conf_t *glcf = conf;

    char *rv;
    ngx_http_gray_main_conf_t *gmcf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv == NGX_CONF_OK && glcf->explain) {
        gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);
        gmcf->explains = 1;
    }

    return rv;
}
