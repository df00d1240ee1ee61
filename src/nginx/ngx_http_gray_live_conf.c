#include "ngx_http_gray_memcached.h"
#include "core/name.h"

#define NGX_HTTP_GRAY_LIVE_PORT 11211
#define NGX_HTTP_GRAY_LIVE_TIMEOUT_MAX 5000
#define NGX_HTTP_GRAY_LIVE_CACHE_MAX 60000

typedef struct {
    ngx_str_t name; /* with its '='                                     */
    char *(*set)(ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value);
} ngx_http_gray_live_option_t;

static char *ngx_http_gray_live_set_timeout(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value);
static char *ngx_http_gray_live_set_prefix(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value);
static char *ngx_http_gray_live_set_value(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value);
static char *ngx_http_gray_live_set_cache(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value);

static const ngx_http_gray_live_option_t ngx_http_gray_live_options[] = {
    { ngx_string("timeout="), ngx_http_gray_live_set_timeout },
    { ngx_string("prefix="), ngx_http_gray_live_set_prefix },
    { ngx_string("value="), ngx_http_gray_live_set_value },
    { ngx_string("cache="), ngx_http_gray_live_set_cache },
};

#define NGX_HTTP_GRAY_LIVE_OPTIONS \
    (sizeof(ngx_http_gray_live_options) / sizeof(ngx_http_gray_live_options[0]))


ngx_http_gray_live_t *
ngx_http_gray_live_find(ngx_array_t *lives, gray_str_t name)
{
    ngx_http_gray_live_t **live = lives->elts;

    for (ngx_uint_t i = 0; i < lives->nelts; i++) {
        if (live[i]->name.len == name.len
            && ngx_memcmp(live[i]->name.data, name.data, name.len) == 0)
        {
            return live[i];
        }
    }

    return NULL;
}


u_char *
ngx_http_gray_live_describe(ngx_http_gray_live_t *live, u_char *p, u_char *last)
{
    return ngx_slprintf(p, last,
        "live %V %V timeout=%M prefix=%V value=%V cache=%M", &live->name,
        &live->address, live->timeout, &live->prefix, &live->value,
        live->cache);
}


/* --- options ---------------------------------------------------------------- */

static ngx_int_t
ngx_http_gray_live_time(ngx_str_t value, ngx_msec_t max, ngx_msec_t *time)
{
    ngx_int_t ms = ngx_parse_time(&value, 0);

    if (value.len == 0 || ms == NGX_ERROR || (ngx_msec_t) ms > max) {
        return NGX_ERROR;
    }

    *time = ms;

    return NGX_OK;
}


static char *
ngx_http_gray_live_set_timeout(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value)
{
    if (ngx_http_gray_live_time(
            value, NGX_HTTP_GRAY_LIVE_TIMEOUT_MAX, &live->timeout)
            != NGX_OK
        || live->timeout == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad time in \"timeout=%V\"; write 1ms to 5s, "
            "e.g. timeout=50ms",
            &value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_gray_live_set_cache(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value)
{
    if (ngx_http_gray_live_time(
            value, NGX_HTTP_GRAY_LIVE_CACHE_MAX, &live->cache)
        != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad time in \"cache=%V\"; write 0 (ask for each "
            "request) to 60s, e.g. cache=1s",
            &value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_http_gray_live_safe(ngx_str_t value)
{
    return gray_memcached_bytes_safe(
        (gray_str_t){ value.len, (char *) value.data });
}


static char *
ngx_http_gray_live_set_prefix(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value)
{
    if (value.len > NGX_HTTP_GRAY_LIVE_PREFIX_MAX
        || !ngx_http_gray_live_safe(value))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad \"prefix=%V\"; keys begin with it, so write "
            "at most %d bytes without spaces or control bytes",
            &value, NGX_HTTP_GRAY_LIVE_PREFIX_MAX);
        return NGX_CONF_ERROR;
    }

    live->prefix = value;

    return NGX_CONF_OK;
}


static char *
ngx_http_gray_live_set_value(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t value)
{
    if (value.len == 0 || value.len > GRAY_MEMCACHED_VALUE_KEEP
        || !ngx_http_gray_live_safe(value))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad \"value=%V\"; write the value that members "
            "have, 1 to %d bytes without spaces or control bytes",
            &value, GRAY_MEMCACHED_VALUE_KEEP);
        return NGX_CONF_ERROR;
    }

    live->value = value;

    return NGX_CONF_OK;
}


static char *
ngx_http_gray_live_set(
    ngx_conf_t *cf, ngx_http_gray_live_t *live, ngx_str_t word, u_int *seen)
{
    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_LIVE_OPTIONS; i++) {
        const ngx_http_gray_live_option_t *option
            = &ngx_http_gray_live_options[i];
        size_t len = option->name.len;

        if (word.len < len || ngx_memcmp(word.data, option->name.data, len)) {
            continue;
        }

        if (*seen & (1u << i)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                "gray_memcached: \"%V\" is the second %V; leave one", &word,
                &option->name);
            return NGX_CONF_ERROR;
        }

        *seen |= 1u << i;

        return option->set(
            cf, live, (ngx_str_t){ word.len - len, word.data + len });
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
        "gray_memcached: unknown option \"%V\"; the options are timeout=, "
        "prefix=, value= and cache=",
        &word);

    return NGX_CONF_ERROR;
}


/* --- name and address ------------------------------------------------------- */

static char *
ngx_http_gray_live_set_name(
    ngx_conf_t *cf, ngx_array_t *lives, ngx_http_gray_live_t *live)
{
    ngx_str_t *word = cf->args->elts;
    gray_str_t name = { word[1].len, (char *) word[1].data };

    if (!gray_name_valid(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad list name \"%V\"; write 1 to %d letters, "
            "digits, '_', '.' or '-', as in \"grayctl list create NAME "
            "--live\"",
            &word[1], GRAY_NAME_MAX);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gray_live_find(lives, name) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: the list \"%V\" is there twice; give each "
            "gray_memcached a name of its own",
            &word[1]);
        return NGX_CONF_ERROR;
    }

    live->name = word[1];

    return NGX_CONF_OK;
}


static char *
ngx_http_gray_live_set_address(ngx_conf_t *cf, ngx_http_gray_live_t *live)
{
    ngx_str_t *word = cf->args->elts;
    ngx_url_t u;

    ngx_memzero(&u, sizeof(u));
    u.url = word[2];
    u.default_port = NGX_HTTP_GRAY_LIVE_PORT;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK || u.naddrs == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "gray_memcached: bad address \"%V\": %s; write HOST:PORT, "
            "[IPV6]:PORT or unix:/PATH, e.g. 127.0.0.1:11211",
            &word[2], u.err ? u.err : "no address");
        return NGX_CONF_ERROR;
    }

    live->address = word[2];
    live->addrs = u.addrs;
    live->naddrs = u.naddrs;

    return NGX_CONF_OK;
}


char *
ngx_http_gray_live_directive(ngx_conf_t *cf, ngx_array_t *lives)
{
    ngx_str_t *word = cf->args->elts;
    ngx_http_gray_live_t *live, **slot;
    u_int seen = 0;

    live = ngx_pcalloc(cf->pool, sizeof(*live));
    if (live == NULL) {
        return NGX_CONF_ERROR;
    }

    live->timeout = 50;
    ngx_str_set(&live->value, "1");

    if (ngx_http_gray_live_set_name(cf, lives, live) != NGX_CONF_OK
        || ngx_http_gray_live_set_address(cf, live) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (ngx_uint_t i = 3; i < cf->args->nelts; i++) {
        if (ngx_http_gray_live_set(cf, live, word[i], &seen) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    slot = ngx_array_push(lives);
    if (slot == NULL) {
        return NGX_CONF_ERROR;
    }

    *slot = live;

    return NGX_CONF_OK;
}
