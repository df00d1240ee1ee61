/*
 * The values of attributes, read without a trace.
 *
 * Reading a variable may run a regex `map`, which overwrites the request's
 * captures ($1 …) and sets the slots of named captures; and it evaluates
 * non-cacheable variables anew. When a $gray_… variable is read from within
 * a string, nginx has measured some of the string's values already, and they
 * must be the same when they are copied. So all reading happens between
 * ngx_http_gray_save and ngx_http_gray_restore, after which every variable
 * that had a value, and the captures, are what they were. Attributes whose
 * variables only look at the request (`plain`) need none of that.
 */

#ifndef NGX_HTTP_GRAY_ATTRIBUTE_H
#define NGX_HTTP_GRAY_ATTRIBUTE_H

#include "ngx_http_gray_conf.h"

typedef struct {
    ngx_http_variable_value_t *variables; /* NULL: nothing was saved       */
    ngx_uint_t nvariables;
#if (NGX_PCRE)
    ngx_uint_t ncaptures;
    int *captures;
    u_char *captures_data;
    unsigned realloc_captures : 1;
#endif
} ngx_http_gray_saved_t;

/* NGX_ERROR: no memory, and nothing must be read. */
ngx_int_t ngx_http_gray_save(
    ngx_http_request_t *r, ngx_http_gray_saved_t *saved);
void ngx_http_gray_restore(ngx_http_request_t *r, ngx_http_gray_saved_t *saved);

/* The first non-empty value of the attribute's variables; false: absent. */
ngx_uint_t ngx_http_gray_attribute_value(ngx_http_request_t *r,
    ngx_http_gray_attribute_t *attribute, gray_str_t *value);

/* The name of the request header that $http_NAME reads, as nginx keeps it in
 * lower case. */
ngx_int_t ngx_http_gray_header_name(
    ngx_conf_t *cf, const ngx_str_t *variable, ngx_str_t *header);

/* Sets the variable's value from the request's header. NGX_DECLINED: nginx must
 * read it. */
ngx_int_t ngx_http_gray_header_value(
    ngx_http_request_t *r, const ngx_str_t *name, ngx_http_variable_value_t *v);

/* Finds an attribute by name; NULL: nginx.conf has none. */
ngx_http_gray_attribute_t *ngx_http_gray_attribute_find(
    ngx_http_gray_main_conf_t *gmcf, gray_str_t name);

#endif
