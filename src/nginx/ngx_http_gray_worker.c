/*
 * A worker's life: opening, the heartbeat, and what it publishes.
 */

#include "ngx_http_gray_store.h"
#include "ngx_http_gray_override.h"
#include "ngx_http_gray_publish.h"
#include "ngx_http_gray_watch.h"


/* How often a worker says that it lives, in milliseconds. */
#define NGX_HTTP_GRAY_HEARTBEAT 1000


static ngx_int_t ngx_http_gray_worker_make(ngx_http_gray_worker_t *worker);
static ngx_int_t ngx_http_gray_worker_path(
    ngx_http_gray_worker_t *worker, ngx_str_t *path, const char *file);
static void ngx_http_gray_worker_open(ngx_http_gray_worker_t *worker);
static void ngx_http_gray_worker_share(ngx_http_gray_worker_t *worker);
static void ngx_http_gray_pulse(ngx_event_t *ev);
static void ngx_http_gray_heartbeat(ngx_event_t *ev);


ngx_int_t
ngx_http_gray_worker_init(ngx_cycle_t *cycle, ngx_http_gray_main_conf_t *gmcf)
{
    ngx_uint_t i;
    ngx_http_gray_live_t **lives;
    ngx_http_gray_worker_t *worker;

    worker = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gray_worker_t));
    if (worker == NULL) {
        return NGX_ERROR;
    }

    worker->fd = (ngx_socket_t) -1;
    worker->conf = gmcf;
    worker->cycle = cycle;
    worker->log = cycle->log;
    worker->slot = -1;
    worker->stripe = ngx_worker % GRAY_COUNTERS_STRIPES;

    if (ngx_http_gray_worker_make(worker) != NGX_OK) {
        return NGX_ERROR;
    }

    lives = gmcf->lives.elts;

    for (i = 0; i < gmcf->lives.nelts; i++) {
        ngx_http_gray_live_init_worker(
            lives[i], NULL, worker->stripe, -1, cycle->log);
    }

    ngx_http_gray_worker_open(worker);

    worker->heartbeat.handler = ngx_http_gray_heartbeat;
    worker->heartbeat.data = worker;
    worker->heartbeat.log = cycle->log;
    worker->heartbeat.cancelable = 1;

    ngx_http_gray_publish_heartbeat(worker);

    if (ngx_http_gray_pulse_start(
            worker, NGX_HTTP_GRAY_HEARTBEAT, ngx_http_gray_pulse)
        != NGX_OK)
    {
        ngx_add_timer(&worker->heartbeat, NGX_HTTP_GRAY_HEARTBEAT);
    }

    gmcf->worker = worker;

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_worker_make(ngx_http_gray_worker_t *worker)
{
    ngx_uint_t i;
    ngx_pool_t *pool;
    ngx_http_gray_view_t *view;
    ngx_http_gray_release_t **releases;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = worker->conf;
    pool = worker->cycle->pool;
    releases = gmcf->releases.elts;

    if (ngx_http_gray_list_key(worker) == NGX_OK) {
        worker->answers = ngx_http_gray_answers_create(worker->log);
    }

    worker->views = ngx_pcalloc(
        pool, gmcf->releases.nelts * sizeof(ngx_http_gray_view_t));
    worker->maps
        = ngx_pcalloc(pool, gmcf->routes.nelts * sizeof(ngx_http_gray_map_t));

    if (worker->views == NULL || worker->maps == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < gmcf->releases.nelts; i++) {
        view = &worker->views[i];
        view->cause = GRAY_CAUSE_STORE;
        view->slot = -1;
        view->slots
            = ngx_palloc(pool, releases[i]->variants.nelts * sizeof(int));

        if (view->slots == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_gray_worker_path(worker, &worker->switches_path, "switches")
            != NGX_OK
        || ngx_http_gray_worker_path(
               worker, &worker->counters_path, GRAY_COUNTERS_FILE)
               != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_gray_worker_path(
    ngx_http_gray_worker_t *worker, ngx_str_t *path, const char *file)
{
    size_t len;

    len = worker->conf->store.len + 1 + ngx_strlen(file) + 1;

    path->data = ngx_pnalloc(worker->cycle->pool, len);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    path->len = len - 1;
    ngx_sprintf(path->data, "%V/%s%Z", &worker->conf->store, file);

    return NGX_OK;
}


void
ngx_http_gray_worker_exit(ngx_http_gray_worker_t *worker)
{
    ngx_uint_t i;
    ngx_http_gray_live_t **lives;

    if (worker->heartbeat.timer_set) {
        ngx_del_timer(&worker->heartbeat);
    }

    ngx_http_gray_pulse_stop(worker);
    ngx_http_gray_watch_stop(worker);
    gray_counters_worker_leave(worker->counters, worker->slot);
    ngx_http_gray_store_close(worker);
    ngx_http_gray_keyring_free(worker);
    ngx_http_gray_answers_free(worker->answers);

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        ngx_http_gray_loaded_release(worker->views[i].loaded);
    }

    lives = worker->conf->lives.elts;

    for (i = 0; i < worker->conf->lives.nelts; i++) {
        ngx_http_gray_live_exit_worker(lives[i]);
    }

    /* nobody counts any more: nginx runs no request after this */

    gray_switches_close(worker->switches);
    gray_counters_close(worker->counters);
}


/* The store first: LMDB allows one opening of it in a process. */

static void
ngx_http_gray_worker_open(ngx_http_gray_worker_t *worker)
{
    gray_counters_t *counters;

    worker->checked = ngx_time();
    ngx_http_gray_store_close(worker);
    ngx_http_gray_store_open(worker);
    ngx_http_gray_store_look(worker);

    ngx_http_gray_watch_stop(worker);
    gray_switches_close(worker->switches);
    worker->switches = NULL;

    /* live lists count in the old file until they are bound to the new one */

    counters = worker->counters;
    gray_counters_worker_leave(counters, worker->slot);
    worker->counters = NULL;
    worker->slot = -1;

    ngx_http_gray_worker_share(worker);
    ngx_http_gray_publish(worker);
    gray_counters_close(counters);
}


/* Opens those of the shared files that are not open. */

static void
ngx_http_gray_worker_share(ngx_http_gray_worker_t *worker)
{
    ngx_err_t err;
    ngx_str_t *path;

    err = 0;
    path = NULL;

    if (worker->switches == NULL) {
        if (gray_switches_open(
                (char *) worker->switches_path.data, false, &worker->switches)
            == 0)
        {
            ngx_http_gray_watch_start(worker);
        } else {
            err = ngx_errno;
            path = &worker->switches_path;
            worker->switches = NULL;
        }
    }

    if (worker->counters == NULL
        && gray_counters_open(
               (char *) worker->counters_path.data, true, &worker->counters)
               != 0)
    {
        err = ngx_errno;
        path = &worker->counters_path;
        worker->counters = NULL;
    }

    /* one that is not there was told of with its store */

    if (path != NULL && worker->store != NULL && !worker->shared_logged) {
        worker->shared_logged = 1;
        ngx_log_error(NGX_LOG_ERR, worker->log, err,
            "gray: \"%V\" cannot be opened; requests are decided without it",
            path);
    }

    if (path == NULL) {
        worker->shared_logged = 0;
    }
}


void
ngx_http_gray_worker_look(ngx_http_gray_worker_t *worker)
{
    ngx_uint_t publish;

    worker->checked = ngx_time();

    if (worker->store == NULL || !gray_store_current(worker->store)) {
        ngx_http_gray_worker_open(worker);
        return;
    }

    if (worker->switches == NULL || worker->counters == NULL) {
        publish = worker->counters == NULL;
        ngx_http_gray_worker_share(worker);

        if (publish && worker->counters != NULL) {
            ngx_http_gray_publish(worker);
        }
    }
}


static void
ngx_http_gray_beat(ngx_http_gray_worker_t *worker)
{
    ngx_http_gray_worker_check(worker);
    ngx_http_gray_store_look(worker);
    ngx_http_gray_store_follow(worker);
    ngx_http_gray_publish_heartbeat(worker);
}


static void
ngx_http_gray_pulse(ngx_event_t *ev)
{
    ngx_int_t rc;
    ngx_connection_t *c;
    ngx_http_gray_worker_t *worker;

    c = ev->data;
    worker = c->data;
    rc = ngx_http_gray_pulse_beat(worker);

    if (rc == NGX_DECLINED) {
        return;
    }

    ngx_http_gray_beat(worker);

    if (rc == NGX_ERROR) {
        ngx_add_timer(&worker->heartbeat, NGX_HTTP_GRAY_HEARTBEAT);
    }
}


/* Where there is no pulse. */

static void
ngx_http_gray_heartbeat(ngx_event_t *ev)
{
    ngx_http_gray_beat(ev->data);

    ngx_add_timer(ev, NGX_HTTP_GRAY_HEARTBEAT);
}
