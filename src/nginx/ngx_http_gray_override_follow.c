/*
 * A request whose parameter had a good token: the answer to a GET or HEAD, and
 * the parameter hidden from everybody behind for any other method.
 */

#include "ngx_http_gray_override.h"


/* What stands around the parts of a cookie. */
#define NGX_HTTP_GRAY_COOKIE \
    "%V=%V; Path=/; Max-Age=%T; Secure; HttpOnly; SameSite=Lax; Expires="

#define NGX_HTTP_GRAY_COOKIE_TIME "Thu, 31 Dec 2037 23:55:55 GMT"


static ngx_int_t ngx_http_gray_follow_address(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *address);
static ngx_int_t ngx_http_gray_follow_answer(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *location);
static void ngx_http_gray_follow_hide(ngx_http_request_t *r,
    ngx_http_gray_link_t *link, const ngx_str_t *address);
static ngx_int_t ngx_http_gray_follow_location(
    ngx_http_request_t *r, const ngx_str_t *address, ngx_str_t *location);
static ngx_int_t ngx_http_gray_follow_cookie(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *cookie);


ngx_int_t
ngx_http_gray_follow(ngx_http_request_t *r, ngx_http_gray_result_t *result)
{
    ngx_str_t address, location;
    ngx_http_gray_link_t *link;

    link = result->link;

    if (link == NULL || link->followed || r != r->main) {
        return NGX_DECLINED;
    }

    link->followed = 1;

    if (ngx_http_gray_follow_address(r, link, &address) != NGX_OK) {
        return NGX_DECLINED;
    }

    /* a page of error_page keeps its status */

    if ((r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) && r->err_status == 0
        && !r->header_sent
        && ngx_http_gray_follow_location(r, &address, &location) == NGX_OK)
    {
        return ngx_http_gray_follow_answer(r, link, &location);
    }

    ngx_http_gray_follow_hide(r, link, &address);

    return NGX_DECLINED;
}


/* The address that the client sent, without the parameter. */

static ngx_int_t
ngx_http_gray_follow_address(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *address)
{
    u_char *p, *query_start;
    ngx_str_t path, query;

    if (!ngx_http_gray_query_split(&r->unparsed_uri, &path, &query)) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, r->unparsed_uri.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    address->data = p;
    p = ngx_cpymem(p, path.data, path.len);
    query_start = p;
    p = ngx_http_gray_query_without(p + 1, &query, &link->parameter);

    if (p == query_start + 1) {
        p = query_start;
    } else {
        *query_start = '?';
    }

    address->len = p - address->data;

    return NGX_OK;
}


/*
 * The address as a path, which cannot leave this host. A browser takes "//x"
 * and "/\x" for a host (RFC 3986, 4.2; WHATWG URL), but "/.//x" for the path
 * "//x" (RFC 3986, 5.2.4). An absolute request line may have no path.
 */

static ngx_int_t
ngx_http_gray_follow_location(
    ngx_http_request_t *r, const ngx_str_t *address, ngx_str_t *location)
{
    u_char *p;
    ngx_uint_t i;

    for (i = 0; i < address->len; i++) {
        if (address->data[i] <= ' ' || address->data[i] == 0x7f) {
            return NGX_DECLINED;
        }
    }

    p = ngx_pnalloc(r->pool, address->len + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    location->data = p;

    if (address->len == 0 || address->data[0] != '/') {
        *p++ = '/';

    } else if (address->len > 1
               && (address->data[1] == '/' || address->data[1] == '\\'))
    {
        *p++ = '/';
        *p++ = '.';
    }

    p = ngx_cpymem(p, address->data, address->len);
    location->len = p - location->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_follow_header(
    ngx_http_request_t *r, const char *key, const ngx_str_t *value)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    h->key.data = (u_char *) key;
    h->key.len = ngx_strlen(key);
    h->value = *value;

    return NGX_OK;
}


/*
 * An empty 302. Its Location is not nginx's own field, which would become
 * absolute, with the scheme and port of this server and not of the proxy
 * before it.
 */

static ngx_int_t
ngx_http_gray_follow_answer(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *location)
{
    ngx_int_t rc;
    ngx_str_t cookie;
    static ngx_str_t no_store = ngx_string("no-store");

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_gray_follow_cookie(r, link, &cookie) != NGX_OK
        || ngx_http_gray_follow_header(r, "Location", location) != NGX_OK
        || ngx_http_gray_follow_header(r, "Set-Cookie", &cookie) != NGX_OK
        || ngx_http_gray_follow_header(r, "Cache-Control", &no_store) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    r->headers_out.status = NGX_HTTP_MOVED_TEMPORARILY;
    r->headers_out.content_length_n = 0;

    rc = ngx_http_send_header(r);

    if (rc == NGX_OK && !r->header_only) {
        rc = ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_gray_follow_cookie(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, ngx_str_t *cookie)
{
    u_char *p;

    cookie->data = ngx_pnalloc(r->pool,
        sizeof(NGX_HTTP_GRAY_COOKIE) + link->cookie.len + link->token.len
            + NGX_TIME_T_LEN + sizeof(NGX_HTTP_GRAY_COOKIE_TIME));

    if (cookie->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(cookie->data, NGX_HTTP_GRAY_COOKIE, &link->cookie,
        &link->token, link->expiry - ngx_time());
    p = ngx_http_time(p, link->expiry);
    cookie->len = p - cookie->data;

    return NGX_OK;
}


/* In the address as it came, which proxy_pass sends on, in $request_uri, and
 * in $args, which a rewrite may have made. */

static void
ngx_http_gray_follow_hide(
    ngx_http_request_t *r, ngx_http_gray_link_t *link, const ngx_str_t *address)
{
    u_char *p;
    ngx_http_variable_value_t *v;
    ngx_http_gray_main_conf_t *gmcf;

    r->unparsed_uri = *address;

    p = ngx_pnalloc(r->pool, r->args.len + 1);

    if (p != NULL && r->args.len != 0) {
        r->args.len
            = ngx_http_gray_query_without(p, &r->args, &link->parameter) - p;
        r->args.data = p;
    }

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    v = &r->variables[gmcf->request_uri];
    v->valid = 0;
    v->not_found = 0;
}
