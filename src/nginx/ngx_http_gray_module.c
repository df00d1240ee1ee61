/*
 * ngx_http_gray_module: gray releases, decided inside the worker.
 */

#include "ngx_http_gray_conf.h"
#include "ngx_http_gray_explain.h"
#include "ngx_http_gray_handler.h"
#include "ngx_http_gray_live.h"
#include "ngx_http_gray_responses.h"
#include "ngx_http_gray_status.h"
#include "ngx_http_gray_variables.h"
#include "ngx_http_gray_worker.h"


static ngx_int_t ngx_http_gray_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_gray_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_gray_init_process(ngx_cycle_t *cycle);
static void ngx_http_gray_exit_process(ngx_cycle_t *cycle);
static void *ngx_http_gray_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_gray_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_gray_merge_loc_conf(
    ngx_conf_t *cf, void *parent, void *child);
static char *ngx_http_gray_memcached(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


static ngx_command_t ngx_http_gray_commands[] = {

    { ngx_string("gray_store"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
        ngx_http_gray_store_directive, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("gray_attribute"), NGX_HTTP_MAIN_CONF | NGX_CONF_2MORE,
        ngx_http_gray_attribute_directive, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("gray_memcached"), NGX_HTTP_MAIN_CONF | NGX_CONF_ANY,
        ngx_http_gray_memcached, NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("gray"),
        NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_1MORE,
        ngx_http_gray_route_directive, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("gray_override"),
        NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF
            | NGX_CONF_TAKE12,
        ngx_http_gray_override_directive, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("gray_explain"),
        NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_FLAG,
        ngx_http_gray_explain_directive, NGX_HTTP_LOC_CONF_OFFSET,
        offsetof(ngx_http_gray_loc_conf_t, explain), NULL },

    { ngx_string("gray_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
        ngx_http_gray_status_directive, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    ngx_null_command
};


static ngx_http_module_t ngx_http_gray_module_ctx = {
    ngx_http_gray_add_variables, /* preconfiguration */
    ngx_http_gray_init,          /* postconfiguration */

    ngx_http_gray_create_main_conf, /* create main configuration */
    NULL,                           /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    ngx_http_gray_create_loc_conf, /* create location configuration */
    ngx_http_gray_merge_loc_conf   /* merge location configuration */
};


ngx_module_t ngx_http_gray_module
    = { NGX_MODULE_V1, &ngx_http_gray_module_ctx, /* module context */
          ngx_http_gray_commands,                 /* module directives */
          NGX_HTTP_MODULE,                        /* module type */
          NULL,                                   /* init master */
          ngx_http_gray_init_module,              /* init module */
          ngx_http_gray_init_process,             /* init process */
          NULL,                                   /* init thread */
          NULL,                                   /* exit thread */
          ngx_http_gray_exit_process,             /* exit process */
          NULL,                                   /* exit master */
          NGX_MODULE_V1_PADDING };


static ngx_int_t
ngx_http_gray_init_module(ngx_cycle_t *cycle)
{
    ngx_time_t *tp;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gray_module);

    if (gmcf == NULL || !ngx_http_gray_wanted(gmcf)) {
        return NGX_OK;
    }

    tp = ngx_timeofday();
    gmcf->generation = (uint64_t) tp->sec * 1000 + tp->msec;

    return ngx_http_gray_check_rights(cycle, gmcf);
}


static ngx_int_t
ngx_http_gray_init_process(ngx_cycle_t *cycle)
{
    ngx_http_gray_main_conf_t *gmcf;

    /* the cache manager and loader must not open the store */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gray_module);

    if (gmcf == NULL || !ngx_http_gray_wanted(gmcf)) {
        return NGX_OK;
    }

    return ngx_http_gray_worker_init(cycle, gmcf);
}


static void
ngx_http_gray_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gray_module);

    if (gmcf != NULL && gmcf->worker != NULL) {
        ngx_http_gray_worker_exit(gmcf->worker);
        gmcf->worker = NULL;
    }
}


/*
 * nginx runs a phase's handlers from the last to the first, and modules that
 * were added later registered last. The first place makes ours run after
 * try_files and mirror.
 */

static ngx_int_t
ngx_http_gray_add_handlers(ngx_conf_t *cf)
{
    ngx_array_t *handlers;
    ngx_http_handler_pt *h;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    handlers = &cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers;

    if (ngx_array_push(handlers) == NULL) {
        return NGX_ERROR;
    }

    h = handlers->elts;
    ngx_memmove(h + 1, h, (handlers->nelts - 1) * sizeof(ngx_http_handler_pt));
    h[0] = ngx_http_gray_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_gray_responses_handler;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_init(ngx_conf_t *cf)
{
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);

    if (ngx_http_gray_check_targets(cf, gmcf) != NGX_OK
        || ngx_http_gray_check_store(cf, gmcf) != NGX_OK
        || ngx_http_gray_predefine_attributes(cf, gmcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (gmcf->routes.nelts == 0) {
        return NGX_OK;
    }

    if (gmcf->explains) {
        ngx_http_gray_explain_init();
    }

    return ngx_http_gray_add_handlers(cf);
}


static char *
ngx_http_gray_memcached(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_main_conf_t *gmcf = conf;

    return ngx_http_gray_live_directive(cf, &gmcf->lives);
}


static void *
ngx_http_gray_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gray_main_conf_t));
    if (gmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(
            &gmcf->attributes, cf->pool, 8, sizeof(ngx_http_gray_attribute_t))
            != NGX_OK
        || ngx_array_init(&gmcf->releases, cf->pool, 4, sizeof(void *))
               != NGX_OK
        || ngx_array_init(&gmcf->routes, cf->pool, 4, sizeof(void *)) != NGX_OK
        || ngx_array_init(&gmcf->lives, cf->pool, 4, sizeof(void *)) != NGX_OK)
    {
        return NULL;
    }

    return gmcf;
}


static void *
ngx_http_gray_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_gray_loc_conf_t *glcf;

    glcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_gray_loc_conf_t));
    if (glcf == NULL) {
        return NULL;
    }

    glcf->route = NGX_CONF_UNSET_PTR;
    glcf->explain = NGX_CONF_UNSET;
    glcf->override = NGX_CONF_UNSET_PTR;

    return glcf;
}


static char *
ngx_http_gray_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gray_loc_conf_t *prev = parent;
    ngx_http_gray_loc_conf_t *conf = child;

    ngx_conf_merge_ptr_value(conf->route, prev->route, NULL);
    ngx_conf_merge_value(conf->explain, prev->explain, 0);
    ngx_conf_merge_ptr_value(conf->override, prev->override, NULL);

    return ngx_http_gray_override_merge(cf, conf) == NGX_OK ? NGX_CONF_OK
                                                            : NGX_CONF_ERROR;
}
