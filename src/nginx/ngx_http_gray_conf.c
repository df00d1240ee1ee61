/*
 * The directive `gray`, and the checks that need the whole configuration.
 */

#include "ngx_http_gray_conf.h"
#include "core/document.h"
#include "core/name.h"


static ngx_http_gray_release_t *ngx_http_gray_release(
    ngx_conf_t *cf, ngx_str_t *name);
static ngx_int_t ngx_http_gray_add_target(
    ngx_conf_t *cf, ngx_http_gray_route_t *route, ngx_str_t *word);
static ngx_int_t ngx_http_gray_parse_target(
    ngx_conf_t *cf, ngx_str_t *word, ngx_http_gray_target_t *target);
static ngx_int_t ngx_http_gray_check_variant(
    ngx_conf_t *cf, ngx_http_gray_route_t *route, ngx_str_t *variant);
static ngx_int_t ngx_http_gray_known_variant(ngx_conf_t *cf,
    ngx_http_gray_release_t *release, ngx_str_t *name, ngx_uint_t *known);
static ngx_int_t ngx_http_gray_check_mix(
    ngx_conf_t *cf, ngx_http_gray_route_t *route);
static ngx_int_t ngx_http_gray_check_target(ngx_conf_t *cf,
    ngx_http_gray_route_t *route, ngx_http_gray_target_t *target);
static ngx_uint_t ngx_http_gray_has_upstream(ngx_conf_t *cf, ngx_str_t *name);
static ngx_uint_t ngx_http_gray_has_location(
    ngx_http_core_srv_conf_t *server, ngx_str_t *name);


ngx_http_gray_place_t
ngx_http_gray_place(ngx_conf_t *cf)
{
    return (
        ngx_http_gray_place_t){ cf->conf_file->file.name, cf->conf_file->line };
}


/* Makes the route with the words that follow the release's name. */

static ngx_http_gray_route_t *
ngx_http_gray_make_route(ngx_conf_t *cf)
{
    ngx_uint_t i;
    ngx_str_t *value;
    ngx_http_gray_route_t *route, **slot;
    ngx_http_gray_main_conf_t *gmcf;

    value = cf->args->elts;
    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);

    route = ngx_pcalloc(cf->pool, sizeof(ngx_http_gray_route_t));
    slot = ngx_array_push(&gmcf->routes);

    if (route == NULL || slot == NULL
        || ngx_array_init(&route->targets, cf->pool, cf->args->nelts,
               sizeof(ngx_http_gray_target_t))
               != NGX_OK)
    {
        return NULL;
    }

    *slot = route;
    route->index = gmcf->routes.nelts - 1;
    route->place = ngx_http_gray_place(cf);
    route->server = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    route->release = ngx_http_gray_release(cf, &value[1]);
    if (route->release == NULL) {
        return NULL;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_http_gray_add_target(cf, route, &value[i]) != NGX_OK) {
            return NULL;
        }
    }

    return ngx_http_gray_check_mix(cf, route) == NGX_OK ? route : NULL;
}


char *
ngx_http_gray_route_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_loc_conf_t *glcf = conf;

    ngx_str_t *value;

    if (glcf->route != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        if (cf->args->nelts > 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                "\"gray off\" takes no variants, but \"%V\" follows; "
                "a release cannot be named \"off\"",
                &value[2]);
            return NGX_CONF_ERROR;
        }

        glcf->route = NULL;
        return NGX_CONF_OK;
    }

    if (!gray_name_valid(ngx_http_gray_str(&value[1]))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "invalid release name \"%V\"; a name has 1 to %d of "
            "letters, digits, \"_\", \".\" and \"-\", and begins with "
            "a letter, a digit or \"_\"",
            &value[1], GRAY_NAME_MAX);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "release \"%V\" has no variants; write \"gray %V "
            "stable=UPSTREAM gray=UPSTREAM\" or \"gray %V stable "
            "gray=@LOCATION\"",
            &value[1], &value[1], &value[1]);
        return NGX_CONF_ERROR;
    }

    glcf->route = ngx_http_gray_make_route(cf);

    return glcf->route == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}


/* Finds or makes the release. */

static ngx_http_gray_release_t *
ngx_http_gray_release(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t i;
    ngx_http_gray_release_t *release, **releases;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);
    releases = gmcf->releases.elts;

    for (i = 0; i < gmcf->releases.nelts; i++) {
        if (ngx_http_gray_same(&releases[i]->name, name)) {
            return releases[i];
        }
    }

    release = ngx_pcalloc(cf->pool, sizeof(ngx_http_gray_release_t));
    releases = ngx_array_push(&gmcf->releases);

    if (release == NULL || releases == NULL
        || ngx_array_init(&release->variants, cf->pool, 4, sizeof(ngx_str_t))
               != NGX_OK)
    {
        return NULL;
    }

    *releases = release;
    release->name = *name;
    release->index = gmcf->releases.nelts - 1;

    return release;
}


static ngx_int_t
ngx_http_gray_add_target(
    ngx_conf_t *cf, ngx_http_gray_route_t *route, ngx_str_t *word)
{
    ngx_http_gray_target_t *target, parsed;

    if (ngx_http_gray_parse_target(cf, word, &parsed) != NGX_OK
        || ngx_http_gray_check_variant(cf, route, &parsed.variant) != NGX_OK
        || ngx_http_gray_known_variant(
               cf, route->release, &parsed.variant, &parsed.known)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    target = ngx_array_push(&route->targets);
    if (target == NULL) {
        return NGX_ERROR;
    }

    *target = parsed;

    return NGX_OK;
}


/* Splits "variant=target"; the variant's NUL takes the place of the "=". */

static ngx_int_t
ngx_http_gray_parse_target(
    ngx_conf_t *cf, ngx_str_t *word, ngx_http_gray_target_t *target)
{
    u_char *equals;

    target->variant = *word;
    ngx_str_null(&target->name);

    equals = (u_char *) ngx_strchr(word->data, '=');
    if (equals == NULL) {
        return NGX_OK;
    }

    target->variant.len = equals - word->data;
    target->name.data = equals + 1;
    target->name.len = word->len - target->variant.len - 1;

    if (target->name.len == 0
        || (target->name.len == 1 && target->name.data[0] == '@'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "no target in \"%V\"; write \"%V=UPSTREAM\", \"%V=@LOCATION\" "
            "or \"%V\" alone",
            word, &target->variant, &target->variant, &target->variant);
        return NGX_ERROR;
    }

    *equals = '\0';

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_check_variant(
    ngx_conf_t *cf, ngx_http_gray_route_t *route, ngx_str_t *variant)
{
    ngx_uint_t i;
    ngx_http_gray_target_t *target;

    if (!gray_name_valid(ngx_http_gray_str(variant))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "invalid variant name \"%V\"; a name has 1 to %d of letters, "
            "digits, \"_\", \".\" and \"-\", and begins with a letter, a "
            "digit or \"_\"",
            variant, GRAY_NAME_MAX);
        return NGX_ERROR;
    }

    target = route->targets.elts;

    for (i = 0; i < route->targets.nelts; i++) {
        if (ngx_http_gray_same(&target[i].variant, variant)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                "duplicate variant \"%V\" of release \"%V\"", variant,
                &route->release->name);
            return NGX_ERROR;
        }
    }

    if (route->targets.nelts == GRAY_VARIANTS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "too many variants of release \"%V\" at \"%V\"; a release has "
            "at most %d",
            &route->release->name, variant, GRAY_VARIANTS_MAX);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Finds or adds the variant among those of all the release's directives. */

static ngx_int_t
ngx_http_gray_known_variant(ngx_conf_t *cf, ngx_http_gray_release_t *release,
    ngx_str_t *name, ngx_uint_t *known)
{
    ngx_str_t *variant;

    variant = release->variants.elts;

    for (*known = 0; *known < release->variants.nelts; (*known)++) {
        if (ngx_http_gray_same(&variant[*known], name)) {
            return NGX_OK;
        }
    }

    variant = ngx_array_push(&release->variants);
    if (variant == NULL) {
        return NGX_ERROR;
    }

    *variant = *name;

    return NGX_OK;
}


/*
 * A bare variant stays in the location, whose proxy_pass would need the
 * variable that only upstream targets fill.
 */

static ngx_int_t
ngx_http_gray_check_mix(ngx_conf_t *cf, ngx_http_gray_route_t *route)
{
    ngx_uint_t i;
    ngx_http_gray_target_t *target, *bare, *upstream;

    bare = NULL;
    upstream = NULL;
    target = route->targets.elts;

    for (i = 0; i < route->targets.nelts; i++) {
        if (target[i].name.len == 0) {
            bare = &target[i];
        } else if (ngx_http_gray_target_is_upstream(&target[i])) {
            upstream = &target[i];
        }
    }

    if (bare == NULL || upstream == NULL) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
        "variant \"%V\" of release \"%V\" has no target while \"%V=%V\" names "
        "an upstream: $gray_upstream would be empty for it; write "
        "\"%V=UPSTREAM\", or \"%V=@LOCATION\" with a bare \"%V\"",
        &bare->variant, &route->release->name, &upstream->variant,
        &upstream->name, &bare->variant, &upstream->variant, &bare->variant);

    return NGX_ERROR;
}


ngx_int_t
ngx_http_gray_check_targets(ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf)
{
    ngx_uint_t i, n;
    ngx_http_gray_route_t **routes;
    ngx_http_gray_target_t *target;

    routes = gmcf->routes.elts;

    if (gmcf->routes.nelts != 0 && gmcf->store.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"gray %V\" needs a store; write \"gray_store /var/lib/gray;\" "
            "in http{} in %V:%ui",
            &routes[0]->release->name, &routes[0]->place.file,
            routes[0]->place.line);
        return NGX_ERROR;
    }

    if (gmcf->has_status && gmcf->store.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "\"gray_status\" needs a store; write \"gray_store "
            "/var/lib/gray;\" in http{} in %V:%ui",
            &gmcf->status_place.file, gmcf->status_place.line);
        return NGX_ERROR;
    }

    for (i = 0; i < gmcf->routes.nelts; i++) {
        target = routes[i]->targets.elts;

        for (n = 0; n < routes[i]->targets.nelts; n++) {
            if (ngx_http_gray_check_target(cf, routes[i], &target[n]) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_check_target(ngx_conf_t *cf, ngx_http_gray_route_t *route,
    ngx_http_gray_target_t *target)
{
    if (target->name.len == 0) {
        return NGX_OK;
    }

    if (ngx_http_gray_target_is_location(target)) {
        if (ngx_http_gray_has_location(route->server, &target->name)) {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
            "target \"%V\" of \"gray %V\" is no named location of this "
            "server; write \"location %V { ... }\" in %V:%ui",
            &target->name, &route->release->name, &target->name,
            &route->place.file, route->place.line);
        return NGX_ERROR;
    }

    if (ngx_http_gray_has_upstream(cf, &target->name)) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
        "target \"%V\" of \"gray %V\" is no upstream block; write \"upstream "
        "NAME { server ...; }\" in http{} and \"%V=NAME\", or name a "
        "location: \"%V=@NAME\" in %V:%ui",
        &target->name, &route->release->name, &target->variant,
        &target->variant, &route->place.file, route->place.line);

    return NGX_ERROR;
}


/* Upstreams that a proxy_pass made implicitly are none: they may carry a port
 * and vanish with the proxy_pass. */

static ngx_uint_t
ngx_http_gray_has_upstream(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t i;
    ngx_http_upstream_srv_conf_t **uscf;
    ngx_http_upstream_main_conf_t *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    uscf = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        if ((uscf[i]->flags & NGX_HTTP_UPSTREAM_CREATE) && uscf[i]->port == 0
            && uscf[i]->host.len == name->len
            && ngx_strncasecmp(uscf[i]->host.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gray_has_location(ngx_http_core_srv_conf_t *server, ngx_str_t *name)
{
    ngx_http_core_loc_conf_t **clcfp;

    if (server->named_locations == NULL) {
        return 0;
    }

    for (clcfp = server->named_locations; *clcfp; clcfp++) {
        if (ngx_http_gray_same(&(*clcfp)->name, name)) {
            return 1;
        }
    }

    return 0;
}
