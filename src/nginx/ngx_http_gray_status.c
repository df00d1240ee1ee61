/*
 * The page of `gray_status`.
 */

#include "ngx_http_gray_status.h"
#include "ngx_http_gray_store.h"
#include "core/version.h"
#include "segment/metrics.h"


typedef int (*ngx_http_gray_write_pt)(FILE *out,
    const gray_counters_t *counters, const gray_metrics_host_t *host);

/* A page in memory of malloc's. */
typedef struct {
    char *data;
    size_t len;
} ngx_http_gray_page_t;


static ngx_int_t ngx_http_gray_status_handler(ngx_http_request_t *r);
static ngx_uint_t ngx_http_gray_wants_json(ngx_http_request_t *r);
static ngx_int_t ngx_http_gray_status_page(ngx_http_request_t *r,
    ngx_http_gray_write_pt write, ngx_http_gray_page_t **page);
static ngx_int_t ngx_http_gray_status_write(ngx_http_gray_main_conf_t *gmcf,
    ngx_http_gray_write_pt write, ngx_http_gray_page_t *page);
static void ngx_http_gray_page_free(void *data);
static ngx_int_t ngx_http_gray_status_send(
    ngx_http_request_t *r, const ngx_http_gray_page_t *page);
static uint64_t ngx_http_gray_store_bytes(ngx_http_gray_worker_t *worker);


static ngx_int_t
ngx_http_gray_status_handler(ngx_http_request_t *r)
{
    ngx_int_t rc;
    ngx_uint_t json;
    ngx_http_gray_page_t *page;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    json = ngx_http_gray_wants_json(r);

    if (json) {
        ngx_str_set(&r->headers_out.content_type, "application/json");
    } else {
        ngx_str_set(&r->headers_out.content_type,
            "text/plain; version=0.0.4; charset=utf-8");
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_http_gray_status_page(
            r, json ? gray_metrics_json : gray_metrics_text, &page)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gray_status_send(r, page);
}


static ngx_uint_t
ngx_http_gray_wants_json(ngx_http_request_t *r)
{
    ngx_uint_t i;
    ngx_list_part_t *part;
    ngx_table_elt_t *header;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == sizeof("Accept") - 1
                && ngx_strncasecmp(header[i].key.data, (u_char *) "Accept",
                       sizeof("Accept") - 1)
                       == 0
                && ngx_strcasestrn(header[i].value.data, "application/json",
                       sizeof("application/json") - 2)
                       != NULL)
            {
                return 1;
            }
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_gray_status_page(ngx_http_request_t *r, ngx_http_gray_write_pt write,
    ngx_http_gray_page_t **page)
{
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gray_page_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    *page = cln->data;
    ngx_memzero(*page, sizeof(ngx_http_gray_page_t));
    cln->handler = ngx_http_gray_page_free;

    return ngx_http_gray_status_write(
        ngx_http_get_module_main_conf(r, ngx_http_gray_module), write, *page);
}


static ngx_int_t
ngx_http_gray_status_write(ngx_http_gray_main_conf_t *gmcf,
    ngx_http_gray_write_pt write, ngx_http_gray_page_t *page)
{
    int rc;
    FILE *out;
    ngx_uint_t i;
    const char *reasons[GRAY_COUNTERS_REASONS];
    gray_metrics_host_t host;
    ngx_http_gray_worker_t *worker;

    for (i = 0; i < GRAY_COUNTERS_REASONS; i++) {
        reasons[i] = i < GRAY_REASONS ? gray_reason_name(i) : NULL;
    }

    ngx_memzero(&host, sizeof(gray_metrics_host_t));
    host.version = GRAY_VERSION;
    host.nginx = NGINX_VERSION;
    host.reasons = reasons;
    host.store_known = true;

    worker = gmcf->worker;

    if (worker != NULL) {
        ngx_http_gray_worker_check(worker);
        ngx_http_gray_store_look(worker);

        host.store_ok = worker->store != NULL;
        host.revision = worker->store != NULL ? worker->revision : 0;
        host.store_file_bytes = ngx_http_gray_store_bytes(worker);
    }

    out = open_memstream(&page->data, &page->len);
    if (out == NULL) {
        return NGX_ERROR;
    }

    rc = write(out, worker ? worker->counters : NULL, &host);

    return fclose(out) == 0 && rc == 0 ? NGX_OK : NGX_ERROR;
}


static void
ngx_http_gray_page_free(void *data)
{
    ngx_http_gray_page_t *page = data;

    free(page->data);
}


static ngx_int_t
ngx_http_gray_status_send(
    ngx_http_request_t *r, const ngx_http_gray_page_t *page)
{
    ngx_int_t rc;
    ngx_buf_t *b;
    ngx_chain_t out;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = page->len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->pos = (u_char *) page->data;
    b->last = b->pos + page->len;
    b->memory = 1;
    b->last_buf = r == r->main;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/* 0: it cannot be told. */

static uint64_t
ngx_http_gray_store_bytes(ngx_http_gray_worker_t *worker)
{
    ngx_str_t *store;
    ngx_file_info_t info;
    u_char path[NGX_MAX_PATH];

    store = &worker->conf->store;
    *ngx_snprintf(path, sizeof(path) - 1, "%V/data.mdb", store) = '\0';

    return ngx_file_info(path, &info) == 0 ? (uint64_t) ngx_file_size(&info)
                                           : 0;
}


char *
ngx_http_gray_status_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_loc_conf_t *glcf = conf;

    ngx_http_core_loc_conf_t *clcf;
    ngx_http_gray_main_conf_t *gmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler == ngx_http_gray_status_handler) {
        return "is duplicate";
    }

    clcf->handler = ngx_http_gray_status_handler;

    /* who looks at the page is no request to decide on */

    if (glcf->route == NGX_CONF_UNSET_PTR) {
        glcf->route = NULL;
    }

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);

    if (!gmcf->has_status) {
        gmcf->has_status = 1;
        gmcf->status_place = ngx_http_gray_place(cf);
    }

    return NGX_CONF_OK;
}
