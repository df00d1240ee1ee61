/*
 * What a worker tells grayctl.
 */

#include "ngx_http_gray_publish.h"
#include "ngx_http_gray_live.h"
#include "ngx_http_gray_store.h"
#include "core/version.h"
#include "segment/responses.h"


static void ngx_http_gray_bind_slots(ngx_http_gray_worker_t *worker);
static void ngx_http_gray_tell_lost(ngx_http_gray_worker_t *worker);
static int ngx_http_gray_publish_instance(ngx_http_gray_worker_t *worker);
static u_char *ngx_http_gray_describe(
    ngx_http_gray_worker_t *worker, u_char *p, u_char *last);
static u_char *ngx_http_gray_describe_release(
    ngx_http_gray_release_t *release, u_char *p, u_char *last);


void
ngx_http_gray_publish(ngx_http_gray_worker_t *worker)
{
    int instance;

    worker->slot = -1;

    if (worker->counters != NULL) {
        instance = ngx_http_gray_publish_instance(worker);

        if (instance < 0) {
            ngx_log_error(NGX_LOG_ERR, worker->log, ngx_errno,
                "gray: \"%V\" cannot take what this nginx knows; grayctl "
                "will not see it",
                &worker->counters_path);
        } else {
            worker->slot
                = gray_counters_worker(worker->counters, instance, ngx_worker);
        }
    }

    ngx_http_gray_bind_slots(worker);
}


static void
ngx_http_gray_bind_slots(ngx_http_gray_worker_t *worker)
{
    ngx_str_t *variant;
    ngx_uint_t i, n;
    gray_counters_t *counters;
    ngx_http_gray_live_t **lives;
    ngx_http_gray_view_t *view;
    ngx_http_gray_release_t **releases;

    counters = worker->counters;
    releases = worker->conf->releases.elts;
    lives = worker->conf->lives.elts;

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        view = &worker->views[i];
        variant = releases[i]->variants.elts;
        view->slot
            = gray_counters_release(counters, (char *) releases[i]->name.data);

        for (n = 0; n < releases[i]->variants.nelts; n++) {
            view->slots[n] = gray_counters_variant(
                counters, view->slot, (char *) variant[n].data);
        }
    }

    ngx_http_gray_tell_lost(worker);

    /* a release of a store that was replaced will be loaded again */

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        view = &worker->views[i];

        if (view->loaded != NULL && view->epoch == worker->epoch) {
            ngx_http_gray_loaded_count(worker, i);
        }
    }

    for (i = 0; i < worker->conf->lives.nelts; i++) {
        ngx_http_gray_live_bind(
            lives[i], counters, worker->stripe, worker->slot);
    }
}


/* Variants whose responses find no room: told once, by the first worker. */

static void
ngx_http_gray_tell_lost(ngx_http_gray_worker_t *worker)
{
    ngx_str_t *variant;
    ngx_uint_t i, n, lost;
    ngx_http_gray_view_t *view;
    ngx_http_gray_release_t *release, **releases;

    lost = 0;
    variant = NULL;
    release = NULL;
    releases = worker->conf->releases.elts;

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        view = &worker->views[i];

        for (n = 0; n < releases[i]->variants.nelts; n++) {
            if (!gray_counters_responses_has(
                    worker->counters, view->slot, view->slots[n])) {
                lost++;
                release = releases[i];
                variant = (ngx_str_t *) release->variants.elts + n;
            }
        }
    }

    if (lost == 0 || worker->counters == NULL || ngx_worker != 0) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, worker->log, 0,
        "gray: \"%V\" has no room for the responses of %ui variants, such as "
        "\"%V\" of release \"%V\": it counts those of %d variants of all "
        "releases; decisions are as ever; take releases that are over out of "
        "nginx.conf",
        &worker->counters_path, lost, variant, &release->name, GRAY_RESPONSES);
}


static int
ngx_http_gray_publish_instance(ngx_http_gray_worker_t *worker)
{
    int slot;
    u_char *end;
    ngx_core_conf_t *ccf;
    gray_instance_t *instance;

    instance = ngx_calloc(sizeof(gray_instance_t), worker->log);
    if (instance == NULL) {
        return -1;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(
        worker->cycle->conf_ctx, ngx_core_module);

    instance->master = ngx_process == NGX_PROCESS_SINGLE ? ngx_pid : ngx_parent;
    instance->started = worker->conf->generation;
    instance->generation = worker->conf->generation;
    instance->nworkers
        = ngx_process == NGX_PROCESS_SINGLE ? 1 : ccf->worker_processes;

    end = ngx_http_gray_describe(worker, (u_char *) instance->text,
        (u_char *) instance->text + sizeof(instance->text) - 1);
    *end = '\0';

    slot = gray_counters_publish(worker->counters, instance);

    ngx_free(instance);

    return slot;
}


static u_char *
ngx_http_gray_describe(ngx_http_gray_worker_t *worker, u_char *p, u_char *last)
{
    ngx_uint_t i;
    ngx_http_gray_live_t **lives;
    ngx_http_gray_release_t **releases;
    ngx_http_gray_attribute_t *attribute;

    p = ngx_slprintf(p, last, "nginx %s\nmodule %s\nschema %d\n", NGINX_VERSION,
        GRAY_VERSION, GRAY_STORE_SCHEMA);

    releases = worker->conf->releases.elts;

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        p = ngx_http_gray_describe_release(releases[i], p, last);

        if (releases[i]->parameter.len != 0) {
            p = ngx_slprintf(p, last, "override %V %V\n", &releases[i]->name,
                &releases[i]->parameter);
        }
    }

    attribute = worker->conf->attributes.elts;

    for (i = 0; i < worker->conf->attributes.nelts; i++) {
        p = ngx_slprintf(p, last, "attribute %V %V\n", &attribute[i].name,
            &attribute[i].text);
    }

    lives = worker->conf->lives.elts;

    for (i = 0; i < worker->conf->lives.nelts; i++) {
        p = ngx_http_gray_live_describe(lives[i], p, last);
        p = ngx_slprintf(p, last, "\n");
    }

    return p;
}


static u_char *
ngx_http_gray_describe_release(
    ngx_http_gray_release_t *release, u_char *p, u_char *last)
{
    ngx_str_t *variant;
    ngx_uint_t i;

    p = ngx_slprintf(p, last, "release %V", &release->name);
    variant = release->variants.elts;

    for (i = 0; i < release->variants.nelts; i++) {
        p = ngx_slprintf(p, last, " %V", &variant[i]);
    }

    return ngx_slprintf(p, last, "\n");
}


void
ngx_http_gray_publish_heartbeat(ngx_http_gray_worker_t *worker)
{
    gray_worker_state_t state;

    if (worker->store == NULL) {
        state = GRAY_WORKER_NO_STORE;
    } else if (ngx_exiting) {
        state = GRAY_WORKER_EXITING;
    } else {
        state = GRAY_WORKER_OK;
    }

    gray_counters_heartbeat(worker->counters, worker->slot, worker->revision,
        gray_switches_generation(worker->switches), state, worker->error);
}
