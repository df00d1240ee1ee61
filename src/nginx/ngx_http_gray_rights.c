/*
 * The directive `gray_store`, and what can be known of the store before there
 * is a worker.
 */

#include "ngx_http_gray_conf.h"
#include "segment/counters.h"
#include "store/store.h"
#include <grp.h>
#include <sys/prctl.h>


/* The longest folder, so that every file's path fits into PATH_MAX. */
#define NGX_HTTP_GRAY_STORE_MAX (NGX_MAX_PATH - 32)


/* root's rights, while those of the workers' user are tried. */
typedef struct {
    gid_t gid;
    int dumpable;
    int ngroups;
    gid_t groups[NGROUPS_MAX];
} ngx_http_gray_rights_t;

/* What a worker must be able to do with a file. */
typedef struct {
    const char *file;
    int mode; /* of access(2) */
    const char *what;
} ngx_http_gray_need_t;


static ngx_int_t ngx_http_gray_become(
    ngx_core_conf_t *ccf, ngx_http_gray_rights_t *rights);
static ngx_int_t ngx_http_gray_become_root(ngx_http_gray_rights_t *rights);
static void ngx_http_gray_check_needs(
    ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf, const char *user);


static ngx_http_gray_need_t ngx_http_gray_needs[] = { { "", X_OK, "entered" },
    { "/VERSION", R_OK, "read" }, { "/data.mdb", R_OK, "read" },
    { "/lock.mdb", R_OK | W_OK, "written" }, { "/switches", R_OK, "read" },
    { "/" GRAY_COUNTERS_FILE, R_OK | W_OK, "written" }, { NULL, 0, NULL } };


char *
ngx_http_gray_store_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_main_conf_t *gmcf = conf;

    ngx_str_t *value;

    if (gmcf->store.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "no folder in \"gray_store\"; write \"gray_store /var/lib/gray\"");
        return NGX_CONF_ERROR;
    }

    gmcf->store = value[1];
    gmcf->store_place = ngx_http_gray_place(cf);

    if (ngx_conf_full_name(cf->cycle, &gmcf->store, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    while (gmcf->store.len > 1 && gmcf->store.data[gmcf->store.len - 1] == '/')
    {
        gmcf->store.data[--gmcf->store.len] = '\0';
    }

    if (gmcf->store.len > NGX_HTTP_GRAY_STORE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "the folder \"%V\" is too long; a path may have %d bytes",
            &gmcf->store, NGX_HTTP_GRAY_STORE_MAX);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_gray_check_store(ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf)
{
    int schema;

    if (gmcf->store.data == NULL) {
        return NGX_OK;
    }

    schema = gray_store_version((const char *) gmcf->store.data);

    if (schema > GRAY_STORE_SCHEMA) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "the store \"%V\" has schema %d, but this module reads only up to "
            "%d; update ngx_http_gray_module, or name another store in %V:%ui",
            &gmcf->store, schema, GRAY_STORE_SCHEMA, &gmcf->store_place.file,
            gmcf->store_place.line);
        return NGX_ERROR;
    }

    if (schema <= 0) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
            "the store \"%V\" cannot be used: %s; requests get their default "
            "variants until it can; run \"grayctl init\" in %V:%ui",
            &gmcf->store, gray_store_strerror(schema), &gmcf->store_place.file,
            gmcf->store_place.line);
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_gray_check_rights(ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf)
{
    ngx_core_conf_t *ccf;
    ngx_http_gray_rights_t rights;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (geteuid() != 0 || ccf->user == (ngx_uid_t) NGX_CONF_UNSET_UINT
        || ccf->user == 0
        || gray_store_version((const char *) gmcf->store.data) <= 0)
    {
        return NGX_OK;
    }

    if (ngx_http_gray_become(ccf, &rights) == NGX_OK) {
        ngx_http_gray_check_needs(cycle, gmcf, ccf->username);
    }

    if (ngx_http_gray_become_root(&rights) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
            "gray: root's rights could not be taken back after looking at the "
            "store as \"%s\"",
            ccf->username);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Takes the rights that a worker will have. What was changed is undone by
 * ngx_http_gray_become_root, also when this failed half way. */

static ngx_int_t
ngx_http_gray_become(ngx_core_conf_t *ccf, ngx_http_gray_rights_t *rights)
{
    rights->gid = getegid();
    rights->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    rights->ngroups = getgroups(NGROUPS_MAX, rights->groups);

    if (rights->ngroups < 0 || initgroups(ccf->username, ccf->group) != 0
        || setegid(ccf->group) != 0 || seteuid(ccf->user) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_become_root(ngx_http_gray_rights_t *rights)
{
    if (seteuid(0) != 0 || setegid(rights->gid) != 0) {
        return NGX_ERROR;
    }

    if (rights->ngroups >= 0) {
        (void) setgroups(rights->ngroups, rights->groups);
    }

    (void) prctl(PR_SET_DUMPABLE, rights->dumpable == 1, 0, 0, 0);

    return NGX_OK;
}


static void
ngx_http_gray_check_needs(
    ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf, const char *user)
{
    char path[NGX_MAX_PATH];
    ngx_http_gray_need_t *need;

    for (need = ngx_http_gray_needs; need->file != NULL; need++) {
        ngx_sprintf((u_char *) path, "%V%s%Z", &gmcf->store, need->file);

        if (faccessat(AT_FDCWD, path, need->mode, AT_EACCESS) == 0) {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno,
            "\"%s\" cannot be %s by the workers' user \"%s\"; requests get "
            "their default variants; run \"grayctl doctor\", which says what "
            "to type, in %V:%ui",
            path, need->what, user, &gmcf->store_place.file,
            gmcf->store_place.line);
        return;
    }
}
