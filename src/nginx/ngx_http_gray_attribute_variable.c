/*
 * $gray_attribute_NAME: what a log must hold so that a decision can be
 * repeated. It is the value that the decision saw, if it looked.
 */

#include "ngx_http_gray_attribute.h"
#include "ngx_http_gray_decision.h"


static ngx_int_t ngx_http_gray_attribute_get(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_http_gray_value_t *ngx_http_gray_attribute_seen(
    ngx_http_request_t *r, ngx_http_gray_attribute_t *attribute);


ngx_int_t
ngx_http_gray_attribute_add_variable(
    ngx_conf_t *cf, ngx_str_t *name, ngx_uint_t index)
{
    ngx_str_t whole;
    ngx_http_variable_t *var;

    whole.len = sizeof("gray_attribute_") - 1 + name->len;
    whole.data = ngx_pnalloc(cf->pool, whole.len);
    if (whole.data == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(whole.data, "gray_attribute_%V", name);

    var = ngx_http_add_variable(
        cf, &whole, NGX_HTTP_VAR_CHANGEABLE | NGX_HTTP_VAR_NOCACHEABLE);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_gray_attribute_get;
    var->data = index;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_attribute_get(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    gray_str_t text;
    ngx_uint_t present;
    ngx_http_gray_saved_t saved;
    ngx_http_gray_value_t *value;
    ngx_http_gray_attribute_t *attribute;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    attribute = gmcf->attributes.elts;
    attribute += data;

    value = ngx_http_gray_attribute_seen(r, attribute);

    if (value != NULL) {
        present = value->present;
        text = value->text;

    } else {
        ngx_memzero(&saved, sizeof(ngx_http_gray_saved_t));

        if (ngx_http_gray_save(r, &saved) != NGX_OK) {
            return NGX_ERROR;
        }

        present = ngx_http_gray_attribute_value(r, attribute, &text);
        ngx_http_gray_restore(r, &saved);
    }

    if (!present) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = text.len;
    v->data = (u_char *) text.data;

    return NGX_OK;
}


/* The value as the decision at hand read it; NULL: it did not. */

static ngx_http_gray_value_t *
ngx_http_gray_attribute_seen(
    ngx_http_request_t *r, ngx_http_gray_attribute_t *attribute)
{
    unsigned i, n;
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_result_t *result;

    ctx = ngx_http_gray_ctx_find(r);

    if ((ctx == NULL || ctx->last == NULL) && r != r->main) {
        ctx = ngx_http_gray_ctx_find(r->main);
    }

    result = ctx != NULL ? ctx->last : NULL;

    if (result == NULL || result->loaded == NULL
        || result->state != NGX_HTTP_GRAY_DONE)
    {
        return NULL;
    }

    n = gray_release_attributes(result->loaded->compiled);

    for (i = 0; i < n; i++) {
        if (result->loaded->attributes[i] == attribute
            && result->values[i].read) {
            return &result->values[i];
        }
    }

    return NULL;
}
