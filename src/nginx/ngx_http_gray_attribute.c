/*
 * The directive `gray_attribute`, and the values of attributes.
 */

#include "ngx_http_gray_attribute.h"
#include "core/name.h"


static ngx_int_t ngx_http_gray_check_attribute(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf, ngx_str_t *name);
static ngx_int_t ngx_http_gray_find_plain(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf);
static ngx_int_t ngx_http_gray_attribute_variable(
    ngx_conf_t *cf, ngx_http_gray_attribute_t *attribute, ngx_str_t *word);
static ngx_int_t ngx_http_gray_attribute_text(ngx_conf_t *cf,
    ngx_http_gray_attribute_t *attribute, ngx_str_t *word, ngx_uint_t n);


ngx_int_t
ngx_http_gray_save(ngx_http_request_t *r, ngx_http_gray_saved_t *saved)
{
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    saved->nvariables = cmcf->variables.nelts;
    saved->variables = ngx_palloc(
        r->pool, saved->nvariables * sizeof(ngx_http_variable_value_t));

    if (saved->variables == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(saved->variables, r->variables,
        saved->nvariables * sizeof(ngx_http_variable_value_t));

#if (NGX_PCRE)
    saved->ncaptures = r->ncaptures;
    saved->captures = r->captures;
    saved->captures_data = r->captures_data;
    saved->realloc_captures = r->realloc_captures;

    /* a regex makes itself an array of its own */

    r->ncaptures = 0;
    r->captures = NULL;
    r->captures_data = NULL;
#endif

    return NGX_OK;
}


void
ngx_http_gray_restore(ngx_http_request_t *r, ngx_http_gray_saved_t *saved)
{
    ngx_uint_t i;

    if (saved->variables == NULL) {
        return;
    }

    /* what had no value yet keeps its new one: $request_id, for one, must not
     * change any more */

    for (i = 0; i < saved->nvariables; i++) {
        if (saved->variables[i].valid || saved->variables[i].not_found) {
            r->variables[i] = saved->variables[i];
        }
    }

#if (NGX_PCRE)
    r->ncaptures = saved->ncaptures;
    r->captures = saved->captures;
    r->captures_data = saved->captures_data;
    r->realloc_captures = saved->realloc_captures;
#endif

    saved->variables = NULL;
}


/* A header that nginx has not read yet is read here, and is then nginx's value
 * of the variable too. */

static ngx_http_variable_value_t *
ngx_http_gray_source_value(
    ngx_http_request_t *r, const ngx_http_gray_source_t *source)
{
    ngx_http_variable_value_t *v;

    v = &r->variables[source->index];

    if (source->header.len != 0 && !v->valid && !v->not_found
        && ngx_http_gray_header_value(r, &source->header, v) == NGX_OK)
    {
        return v;
    }

    return ngx_http_get_flushed_variable(r, source->index);
}


ngx_uint_t
ngx_http_gray_attribute_value(ngx_http_request_t *r,
    ngx_http_gray_attribute_t *attribute, gray_str_t *value)
{
    ngx_uint_t i;
    ngx_http_gray_source_t *source;
    ngx_http_variable_value_t *v;

    source = attribute->sources.elts;

    for (i = 0; i < attribute->sources.nelts; i++) {
        v = ngx_http_gray_source_value(r, &source[i]);

        if (v != NULL && !v->not_found && v->len != 0) {
            value->len = v->len;
            value->data = (const char *) v->data;
            return 1;
        }
    }

    return 0;
}


ngx_http_gray_attribute_t *
ngx_http_gray_attribute_find(ngx_http_gray_main_conf_t *gmcf, gray_str_t name)
{
    ngx_uint_t i;
    ngx_http_gray_attribute_t *attribute;

    attribute = gmcf->attributes.elts;

    for (i = 0; i < gmcf->attributes.nelts; i++) {
        if (attribute[i].name.len == name.len
            && ngx_strncmp(attribute[i].name.data, name.data, name.len) == 0)
        {
            return &attribute[i];
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_gray_define_attribute(
    ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *words, ngx_uint_t n)
{
    ngx_uint_t i;
    ngx_http_gray_attribute_t *attribute;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_gray_module);

    attribute = ngx_array_push(&gmcf->attributes);

    if (attribute == NULL
        || ngx_array_init(
               &attribute->sources, cf->pool, n, sizeof(ngx_http_gray_source_t))
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    attribute->name = *name;

    for (i = 0; i < n; i++) {
        if (ngx_http_gray_attribute_variable(cf, attribute, &words[i])
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_gray_attribute_text(cf, attribute, words, n) == NGX_OK
               ? ngx_http_gray_attribute_add_variable(
                   cf, name, gmcf->attributes.nelts - 1)
               : NGX_ERROR;
}


char *
ngx_http_gray_attribute_directive(
    ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t *value;

    value = cf->args->elts;

    if (ngx_http_gray_check_attribute(cf, conf, &value[1]) != NGX_OK
        || ngx_http_gray_define_attribute(
               cf, &value[1], &value[2], cf->args->nelts - 2)
               != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_gray_predefine_attributes(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf)
{
    static ngx_str_t name = ngx_string("ip");
    static ngx_str_t variable = ngx_string("$remote_addr");

    if (ngx_http_gray_attribute_find(gmcf, gray_str("ip")) == NULL
        && ngx_http_gray_define_attribute(cf, &name, &variable, 1) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gray_find_plain(cf, gmcf);
}


/* Whether a map, or another module, defines a variable of this name: it comes
 * before the prefix. */

static ngx_uint_t
ngx_http_gray_is_defined(ngx_http_core_main_conf_t *cmcf, ngx_str_t *name)
{
    ngx_uint_t i;
    ngx_hash_key_t *key;

    key = cmcf->variables_keys->keys.elts;

    for (i = 0; i < cmcf->variables_keys->keys.nelts; i++) {
        if (key[i].key.len == name->len
            && ngx_strncmp(key[i].key.data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_gray_begins(const ngx_str_t *name, const ngx_str_t *prefix)
{
    return name->len > prefix->len
           && ngx_strncmp(name->data, prefix->data, prefix->len) == 0;
}


/* A header's name is kept: it can be found without nginx. */

static ngx_int_t
ngx_http_gray_find_source(ngx_conf_t *cf, ngx_http_gray_attribute_t *attribute,
    ngx_http_gray_source_t *source)
{
    static const ngx_str_t header = ngx_string("http_");
    static const ngx_str_t others[]
        = { ngx_string("cookie_"), ngx_string("arg_") };
    static const ngx_str_t remote_addr = ngx_string("remote_addr");

    ngx_str_t *name;
    ngx_http_variable_t *variables;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    variables = cmcf->variables.elts;
    name = &variables[source->index].name;

    if (ngx_http_gray_same(name, &remote_addr)) {
        return NGX_OK;
    }

    if (ngx_http_gray_is_defined(cmcf, name)) {
        attribute->plain = 0;
        return NGX_OK;
    }

    if (ngx_http_gray_begins(name, &header)) {
        return ngx_http_gray_header_name(cf, name, &source->header);
    }

    attribute->plain &= ngx_http_gray_begins(name, &others[0])
                        || ngx_http_gray_begins(name, &others[1]);

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_find_plain(ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf)
{
    ngx_uint_t i, n;
    ngx_http_gray_source_t *source;
    ngx_http_gray_attribute_t *attribute;

    attribute = gmcf->attributes.elts;

    for (i = 0; i < gmcf->attributes.nelts; i++, attribute++) {
        source = attribute->sources.elts;
        attribute->plain = 1;

        for (n = 0; n < attribute->sources.nelts; n++) {
            if (ngx_http_gray_find_source(cf, attribute, &source[n]) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_check_attribute(
    ngx_conf_t *cf, ngx_http_gray_main_conf_t *gmcf, ngx_str_t *name)
{
    if (gray_attribute_reserved(ngx_http_gray_str(name))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "attribute \"%V\" is a word of the rule language; choose "
            "another name",
            name);
        return NGX_ERROR;
    }

    if (!gray_attribute_valid(ngx_http_gray_str(name))) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "invalid attribute name \"%V\"; a name has 1 to %d of letters, "
            "digits and \"_\", and does not begin with a digit",
            name, GRAY_NAME_MAX);
        return NGX_ERROR;
    }

    if (ngx_http_gray_attribute_find(gmcf, ngx_http_gray_str(name)) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "duplicate attribute \"%V\"; one gray_attribute takes several "
            "variables, and the first non-empty value counts",
            name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_gray_is_variable(ngx_str_t *word)
{
    u_char c;
    ngx_uint_t i;

    if (word->len < 2 || word->data[0] != '$'
        || (word->data[1] >= '0' && word->data[1] <= '9'))
    {
        return 0;
    }

    for (i = 1; i < word->len; i++) {
        c = word->data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                || (c >= '0' && c <= '9') || c == '_'))
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_gray_attribute_variable(
    ngx_conf_t *cf, ngx_http_gray_attribute_t *attribute, ngx_str_t *word)
{
    ngx_str_t name;
    ngx_http_gray_source_t *source;

    if (!ngx_http_gray_is_variable(word)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "\"%V\" of attribute \"%V\" is no variable; write \"$NAME\", and "
            "use \"map\" or \"set\" for anything that is computed",
            word, &attribute->name);
        return NGX_ERROR;
    }

    if (ngx_strncmp(word->data, "$gray_", 6) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
            "attribute \"%V\" cannot be \"%V\": a decision cannot depend on "
            "a decision",
            &attribute->name, word);
        return NGX_ERROR;
    }

    name.data = word->data + 1;
    name.len = word->len - 1;

    source = ngx_array_push(&attribute->sources);
    if (source == NULL) {
        return NGX_ERROR;
    }

    source->index = ngx_http_get_variable_index(cf, &name);
    ngx_str_null(&source->header);

    return source->index == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


/* The words as they stand in nginx.conf, for grayctl. */

static ngx_int_t
ngx_http_gray_attribute_text(ngx_conf_t *cf,
    ngx_http_gray_attribute_t *attribute, ngx_str_t *word, ngx_uint_t n)
{
    u_char *p;
    size_t len;
    ngx_uint_t i;

    len = 0;

    for (i = 0; i < n; i++) {
        len += word[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    attribute->text.data = p;
    attribute->text.len = len - 1;

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, word[i].data, word[i].len);
        *p++ = i + 1 == n ? '\0' : ' ';
    }

    return NGX_OK;
}
