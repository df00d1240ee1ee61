/*
 * The directive `gray_override`.
 */

#include "ngx_http_gray_conf.h"


static ngx_uint_t ngx_http_gray_override_name(
    ngx_conf_t *cf, ngx_str_t *word, ngx_str_t *name);


char *
ngx_http_gray_override_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gray_loc_conf_t *glcf = conf;

    ngx_str_t *value, name;
    ngx_http_gray_override_t *override;
    ngx_http_gray_main_conf_t *gmcf;

    if (glcf->override != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        glcf->override = NULL;
        return NGX_CONF_OK;
    }

    override = ngx_pcalloc(cf->pool, sizeof(ngx_http_gray_override_t));
    if (override == NULL
        || !ngx_http_gray_override_name(cf, &value[1], &override->parameter))
    {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 3) {
        if (ngx_strncmp(value[2].data, "cookie=", 7) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                "unknown word \"%V\" of \"gray_override\"; write "
                "\"cookie=NAME\"",
                &value[2]);
            return NGX_CONF_ERROR;
        }

        name.data = value[2].data + 7;
        name.len = value[2].len - 7;

        if (!ngx_http_gray_override_name(cf, &name, &override->cookie)) {
            return NGX_CONF_ERROR;
        }
    }

    glcf->override = override;

    name = (ngx_str_t) ngx_string("request_uri");
    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);
    gmcf->request_uri = ngx_http_get_variable_index(cf, &name);

    return gmcf->request_uri == NGX_ERROR ? NGX_CONF_ERROR : NGX_CONF_OK;
}


/* What needs no escaping, neither in a URL nor in a cookie. */

static ngx_uint_t
ngx_http_gray_override_name(ngx_conf_t *cf, ngx_str_t *word, ngx_str_t *name)
{
    u_char c;
    ngx_uint_t i;

    for (i = 0; i < word->len; i++) {
        c = word->data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9') || c == '_' || c == '-'))
        {
            break;
        }
    }

    if (i == word->len && i > 0 && i <= NGX_HTTP_GRAY_OVERRIDE_NAME) {
        *name = *word;
        return 1;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
        "\"%V\" is no name of a parameter or cookie of \"gray_override\"; a "
        "name has 1 to %d of letters, digits, \"_\" and \"-\"",
        word, NGX_HTTP_GRAY_OVERRIDE_NAME);

    return 0;
}


/* Without cookie= each release has a cookie of its own, PARAMETER_RELEASE. */

ngx_int_t
ngx_http_gray_override_merge(ngx_conf_t *cf, ngx_http_gray_loc_conf_t *conf)
{
    u_char *p;
    ngx_str_t name, *cookie;
    ngx_http_gray_release_t *release;

    if (conf->route == NULL || conf->override == NULL) {
        return NGX_OK;
    }

    release = conf->route->release;
    cookie = &conf->override->cookie;

    name.len = sizeof("cookie_") - 1
               + (cookie->len
                       ? cookie->len
                       : conf->override->parameter.len + 1 + release->name.len);
    name.data = ngx_pnalloc(cf->pool, name.len);
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(name.data, "cookie_", sizeof("cookie_") - 1);

    if (cookie->len) {
        ngx_memcpy(p, cookie->data, cookie->len);
    } else {
        ngx_sprintf(p, "%V_%V", &conf->override->parameter, &release->name);
    }

    conf->cookie.data = p;
    conf->cookie.len = name.len - (p - name.data);
    conf->cookie_index = ngx_http_get_variable_index(cf, &name);

    if (release->parameter.len == 0) {
        release->parameter = conf->override->parameter;
    }

    return conf->cookie_index == NGX_ERROR ? NGX_ERROR : NGX_OK;
}
