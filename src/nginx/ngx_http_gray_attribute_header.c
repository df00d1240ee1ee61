/*
 * An attribute's request header, found as $http_NAME finds it and a few times
 * faster: nginx compares the name with every header, letter by letter.
 */

#include "ngx_http_gray_attribute.h"


ngx_int_t
ngx_http_gray_header_name(
    ngx_conf_t *cf, const ngx_str_t *variable, ngx_str_t *header)
{
    size_t i;

    header->len = variable->len - (sizeof("http_") - 1);
    header->data = ngx_pstrdup(cf->pool, (ngx_str_t *) variable);

    if (header->data == NULL) {
        return NGX_ERROR;
    }

    header->data += sizeof("http_") - 1;

    for (i = 0; i < header->len; i++) {
        if (header->data[i] == '_') {
            header->data[i] = '-';
        }
    }

    return NGX_OK;
}


/*
 * Whether only nginx knows what a header of the name's length is: how several
 * of one name are put together differs between its versions, and it takes "_"
 * in a header's name for "-" (`underscores_in_headers on`).
 */

static ngx_http_gray_rare ngx_uint_t
ngx_http_gray_header_odd(const ngx_table_elt_t *header, const ngx_str_t *name)
{
    u_char *key;

    key = header->lowcase_key;

    return ngx_memcmp(key, name->data, name->len) == 0
           || ngx_strlchr(key, key + name->len, '_') != NULL;
}


ngx_int_t
ngx_http_gray_header_value(
    ngx_http_request_t *r, const ngx_str_t *name, ngx_http_variable_value_t *v)
{
    ngx_list_part_t *part;
    ngx_table_elt_t *header, *last, *found;

    found = NULL;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (last = header + part->nelts; header < last; header++) {
            if (header->key.len != name->len || header->hash == 0) {
                continue;
            }

            if (found == NULL
                && ngx_memcmp(header->lowcase_key, name->data, name->len) == 0)
            {
                found = header;

            } else if (ngx_http_gray_header_odd(header, name)) {
                return NGX_DECLINED;
            }
        }
    }

    if (found == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = found->value.len;
    v->data = found->value.data;

    return NGX_OK;
}
