/*
 * A loaded release.
 */

#include "ngx_http_gray_attribute.h"
#include "ngx_http_gray_store.h"


static void ngx_http_gray_loaded_bind(ngx_http_gray_worker_t *worker,
    ngx_str_t *release, ngx_http_gray_loaded_t *loaded);
static void ngx_http_gray_tell_uncounted(
    ngx_http_gray_worker_t *worker, ngx_uint_t index, int n);


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
           + gray_release_rules(release) * sizeof(gray_hits_t)
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
    loaded->rules
        = (gray_hits_t *) (loaded->lists + gray_release_lists(release));
    loaded->attributes
        = (ngx_http_gray_attribute_t **) (loaded->rules
                                          + gray_release_rules(release));

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

    for (i = 0; i < gray_release_rules(loaded->compiled); i++) {
        loaded->rules[i].name = gray_release_rule(loaded->compiled, i).data;
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


/* One that is not loaded has no rules: it begins anew when it comes back. */

void
ngx_http_gray_loaded_count(ngx_http_gray_worker_t *worker, ngx_uint_t index)
{
    int lost;
    ngx_http_gray_view_t *view;
    ngx_http_gray_loaded_t *loaded;

    view = &worker->views[index];
    loaded = view->loaded;

    if (loaded == NULL) {
        (void) gray_counters_hits_bind(worker->counters, worker->stripe,
            view->slot, worker->revision, NULL, 0);
        return;
    }

    lost = gray_counters_hits_bind(worker->counters, worker->stripe, view->slot,
        loaded->revision, loaded->rules, gray_release_rules(loaded->compiled));

    loaded->bound = lost >= 0;

    if (lost > 0 && ngx_worker == 0) {
        ngx_http_gray_tell_uncounted(worker, index, lost);
    }
}


static void
ngx_http_gray_tell_uncounted(
    ngx_http_gray_worker_t *worker, ngx_uint_t index, int n)
{
    unsigned i;
    ngx_http_gray_view_t *view;
    ngx_http_gray_release_t **releases;

    view = &worker->views[index];

    if (view->rules_logged) {
        return;
    }

    view->rules_logged = 1;
    releases = worker->conf->releases.elts;

    for (i = 0; view->loaded->rules[i].place != GRAY_HITS_NONE; i++) {
        /* void */
    }

    ngx_log_error(NGX_LOG_ERR, worker->log, 0,
        "gray: \"%V\" has no room for the hits of %d rules of release \"%V\", "
        "such as \"%s\": it counts those of %d rules of all releases; "
        "decisions are as ever; take releases that are over out of nginx.conf",
        &worker->counters_path, n, &releases[index]->name,
        view->loaded->rules[i].name, GRAY_HITS);
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
