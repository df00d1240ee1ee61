/*
 * A loaded release.
 */

#include "ngx_http_gray_attribute.h"
#include "ngx_http_gray_store.h"


static void ngx_http_gray_loaded_bind(ngx_http_gray_worker_t *worker,
    ngx_str_t *release, ngx_http_gray_loaded_t *loaded);


ngx_http_gray_loaded_t *
ngx_http_gray_loaded_create(
    ngx_http_gray_worker_t *worker, ngx_str_t *name, gray_bytes_t compiled)
{
    size_t size;
    gray_error_t error;
    gray_release_t *release;
    ngx_http_gray_loaded_t *loaded;

    if (gray_release_load(compiled.data, compiled.len, &release, &error) != 0) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
            "gray: release \"%V\" is refused: %s; the one loaded before, or "
            "the default variant, stays in force",
            name, error.message);
        return NULL;
    }

    size = sizeof(ngx_http_gray_loaded_t)
           + gray_release_lists(release) * sizeof(ngx_http_gray_list_t)
           + gray_release_attributes(release) * sizeof(void *);

    loaded = ngx_calloc(size, worker->log);

    if (loaded == NULL) {
        gray_release_free(release);
        return NULL;
    }

    loaded->compiled = release;
    loaded->refs = 1;
    loaded->number = ++worker->numbers;
    loaded->lists = (ngx_http_gray_list_t *) (loaded + 1);
    loaded->attributes
        = (ngx_http_gray_attribute_t **) (loaded->lists
                                          + gray_release_lists(release));

    ngx_http_gray_loaded_bind(worker, name, loaded);

    return loaded;
}


/* Finds what nginx.conf has of the attributes and lists that it names. */

static void
ngx_http_gray_loaded_bind(ngx_http_gray_worker_t *worker, ngx_str_t *release,
    ngx_http_gray_loaded_t *loaded)
{
    unsigned i;
    gray_str_t name;

    for (i = 0; i < gray_release_attributes(loaded->compiled); i++) {
        name = gray_release_attribute(loaded->compiled, i);
        loaded->attributes[i]
            = ngx_http_gray_attribute_find(worker->conf, name);

        if (loaded->attributes[i] == NULL) {
            ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                "gray: release \"%V\" reads attribute \"%s\", which no "
                "gray_attribute defines; it is absent",
                release, name.data);
        }
    }

    for (i = 0; i < gray_release_lists(loaded->compiled); i++) {
        if (gray_release_list_kind(loaded->compiled, i) != GRAY_LIST_LIVE) {
            continue;
        }

        loaded->lists[i].is_live = 1;
        name = gray_release_list(loaded->compiled, i);
        loaded->lists[i].live
            = ngx_http_gray_live_find(&worker->conf->lives, name);

        if (loaded->lists[i].live == NULL) {
            ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                "gray: release \"%V\" asks the live list \"%s\", which no "
                "gray_memcached defines; it is unknown",
                release, name.data);
        }
    }
}


void
ngx_http_gray_loaded_release(ngx_http_gray_loaded_t *loaded)
{
    unsigned i;

    if (loaded == NULL || --loaded->refs != 0) {
        return;
    }

    for (i = 0; i < gray_release_lists(loaded->compiled); i++) {
        gray_index_close(loaded->lists[i].index);
    }

    gray_release_free(loaded->compiled);
    ngx_free(loaded);
}
