/*
 * $gray_release, $gray_variant, $gray_upstream, $gray_reason and
 * $gray_revision.
 */

#ifndef NGX_HTTP_GRAY_VARIABLES_H
#define NGX_HTTP_GRAY_VARIABLES_H

#include "ngx_http_gray_conf.h"

ngx_int_t ngx_http_gray_add_variables(ngx_conf_t *cf);

#endif
