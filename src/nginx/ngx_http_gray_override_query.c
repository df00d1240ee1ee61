/*
 * A query's parameters, byte for byte: nothing is decoded, since a token
 * needs no escaping.
 */

#include "ngx_http_gray_override.h"


/* Takes the next parameter off *query; false: none is left. */

static ngx_uint_t
ngx_http_gray_query_next(ngx_str_t *query, ngx_str_t *parameter)
{
    u_char *end;

    if (query->data == NULL) {
        return 0;
    }

    end = ngx_strlchr(query->data, query->data + query->len, '&');

    *parameter = *query;

    if (end == NULL) {
        query->data = NULL;
        return 1;
    }

    parameter->len = end - query->data;
    query->data += parameter->len + 1;
    query->len -= parameter->len + 1;

    return 1;
}


/* `NAME=…`, or NAME alone. */

static ngx_uint_t
ngx_http_gray_query_is(const ngx_str_t *parameter, const ngx_str_t *name)
{
    return parameter->len >= name->len
           && ngx_memcmp(parameter->data, name->data, name->len) == 0
           && (parameter->len == name->len
               || parameter->data[name->len] == '=');
}


ngx_uint_t
ngx_http_gray_query_split(
    const ngx_str_t *uri, ngx_str_t *path, ngx_str_t *query)
{
    u_char *mark;

    mark = ngx_strlchr(uri->data, uri->data + uri->len, '?');

    if (mark == NULL) {
        return 0;
    }

    path->data = uri->data;
    path->len = mark - uri->data;
    query->data = mark + 1;
    query->len = uri->len - path->len - 1;

    return 1;
}


ngx_uint_t
ngx_http_gray_query_find(
    const ngx_str_t *query, const ngx_str_t *name, ngx_str_t *value)
{
    ngx_str_t rest, parameter;

    rest = *query;

    while (ngx_http_gray_query_next(&rest, &parameter)) {
        if (parameter.len > name->len + 1
            && ngx_http_gray_query_is(&parameter, name)) {
            value->data = parameter.data + name->len + 1;
            value->len = parameter.len - name->len - 1;
            return 1;
        }
    }

    return 0;
}


u_char *
ngx_http_gray_query_without(
    u_char *to, const ngx_str_t *query, const ngx_str_t *name)
{
    ngx_uint_t first;
    ngx_str_t rest, parameter;

    first = 1;
    rest = *query;

    while (ngx_http_gray_query_next(&rest, &parameter)) {
        if (ngx_http_gray_query_is(&parameter, name)) {
            continue;
        }

        if (!first) {
            *to++ = '&';
        }

        first = 0;
        to = ngx_cpymem(to, parameter.data, parameter.len);
    }

    return to;
}
