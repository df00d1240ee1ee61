/*
 * What nginx.conf says: releases, attributes, live lists, and where each
 * location sends the variants of its release.
 *
 * All of it is made while the configuration is read, lives in the cycle's
 * pool and is never changed afterwards; what a worker learns stands in
 * ngx_http_gray_worker_t. Every string is NUL-terminated as well.
 */

#ifndef NGX_HTTP_GRAY_CONF_H
#define NGX_HTTP_GRAY_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include "core/str.h"

/* What few requests come to: kept out of the functions that all go through,
 * which would save registers for it. */
#define ngx_http_gray_rare __attribute__((cold, noinline))

typedef struct ngx_http_gray_worker_s ngx_http_gray_worker_t;

/* The longest name of an override's parameter or cookie. */
#define NGX_HTTP_GRAY_OVERRIDE_NAME 63

/* Where a directive stands, for messages that come after it was read. */
typedef struct {
    ngx_str_t file;
    ngx_uint_t line;
} ngx_http_gray_place_t;

/* A variable of an attribute. */
typedef struct {
    ngx_int_t index;  /* nginx's, of the variable                      */
    ngx_str_t header; /* "x-uid" of $http_x_uid; empty: something else */
} ngx_http_gray_source_t;

/* `gray_attribute NAME $variable …`: the first non-empty value. */
typedef struct {
    ngx_str_t name;
    ngx_str_t text;      /* "$cookie_uid $http_x_uid"             */
    ngx_array_t sources; /* of ngx_http_gray_source_t             */
    unsigned plain : 1;  /* reading them runs no map and no regex  */
} ngx_http_gray_attribute_t;

/* A release that some `gray` directive names. */
typedef struct {
    ngx_str_t name;
    ngx_uint_t index;     /* among the main configuration's releases  */
    ngx_array_t variants; /* of ngx_str_t: those of all directives; the
                             first is the first directive's default    */
    ngx_str_t parameter;  /* of overrides, where one is first allowed;
                             empty: nowhere                            */
} ngx_http_gray_release_t;

/* `variant`, `variant=upstream` or `variant=@location`. */
typedef struct {
    ngx_str_t variant;
    ngx_str_t name;   /* the upstream or "@location"; empty: bare   */
    ngx_uint_t known; /* index into the release's variants          */
} ngx_http_gray_target_t;

/* One `gray` directive, shared by the locations that inherit it. */
typedef struct {
    ngx_http_gray_release_t *release;
    ngx_uint_t index;    /* among the main configuration's routes      */
    ngx_array_t targets; /* of ngx_http_gray_target_t; the first is the
                            default                                     */
    ngx_http_core_srv_conf_t *server;
    ngx_http_gray_place_t place;
} ngx_http_gray_route_t;

/* `gray_override NAME [cookie=NAME]` */
typedef struct {
    ngx_str_t parameter;
    ngx_str_t cookie; /* empty: PARAMETER_RELEASE */
} ngx_http_gray_override_t;

typedef struct {
    ngx_str_t store; /* the folder; data NULL: no gray_store          */
    ngx_http_gray_place_t store_place;
    ngx_array_t attributes; /* of ngx_http_gray_attribute_t              */
    ngx_array_t releases;   /* of ngx_http_gray_release_t *              */
    ngx_array_t routes;     /* of ngx_http_gray_route_t *                */
    ngx_array_t lives;      /* of ngx_http_gray_live_t *                 */
    uint64_t generation;    /* when it was loaded, in milliseconds since
                               the epoch; the same in all workers        */
    ngx_int_t request_uri;  /* index of $request_uri                     */
    ngx_http_gray_worker_t *worker; /* NULL but in a worker's process      */
    unsigned explains : 1;   /* `gray_explain on` stands somewhere            */
    unsigned has_status : 1; /* and so does `gray_status` …     */
    ngx_http_gray_place_t status_place; /* … first here                    */
} ngx_http_gray_main_conf_t;

typedef struct {
    ngx_http_gray_route_t *route; /* NULL: none, or `gray off`            */
    ngx_http_gray_override_t *override; /* NULL: none, or off               */
    ngx_str_t cookie;       /* of overrides, when both are there          */
    ngx_int_t cookie_index; /* … and its variable                         */
    ngx_flag_t explain;     /* `gray_explain on`                              */
} ngx_http_gray_loc_conf_t;

extern ngx_module_t ngx_http_gray_module;

/* Whether workers have anything to do with the store. */
#define ngx_http_gray_wanted(gmcf) \
    ((gmcf)->routes.nelts != 0 || (gmcf)->has_status)

#define ngx_http_gray_target_is_location(target) \
    ((target)->name.len != 0 && (target)->name.data[0] == '@')

#define ngx_http_gray_target_is_upstream(target) \
    ((target)->name.len != 0 && (target)->name.data[0] != '@')

static inline gray_str_t
ngx_http_gray_str(const ngx_str_t *s)
{
    return (gray_str_t){ s->len, (const char *) s->data };
}

static inline ngx_uint_t
ngx_http_gray_same(const ngx_str_t *a, const ngx_str_t *b)
{
    return a->len == b->len && ngx_strncmp(a->data, b->data, a->len) == 0;
}

/* The place of the directive that is being read. */
ngx_http_gray_place_t ngx_http_gray_place(ngx_conf_t *cf);

/* The directives; each refuses with the word at fault and the remedy. */
char *ngx_http_gray_route_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_gray_attribute_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_gray_store_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_gray_override_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* Names the cookie, once the location's release is known. */
ngx_int_t ngx_http_gray_override_merge(
    ngx_conf_t *cf, ngx_http_gray_loc_conf_t *conf);

/* After all of http{} was read: that every target is an upstream block or a
 * named location of the same server. */
ngx_int_t ngx_http_gray_check_targets(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf);

/* Adds the variable $gray_attribute_NAME of attribute `index`. */
ngx_int_t ngx_http_gray_attribute_add_variable(
    ngx_conf_t *cf, ngx_str_t *name, ngx_uint_t index);

/* Adds `ip $remote_addr` unless it was defined. */
ngx_int_t ngx_http_gray_predefine_attributes(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf);

/* That the store's schema is one that this module reads; a store that is not
 * there yet is a warning. Only the file VERSION is read. */
ngx_int_t ngx_http_gray_check_store(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf);

/* Warns when the workers' user cannot use the store's files; in the master,
 * and only as root. NGX_ERROR: root's rights could not be taken back. */
ngx_int_t ngx_http_gray_check_rights(
    ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf);

#endif
