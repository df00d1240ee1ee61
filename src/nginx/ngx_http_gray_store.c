/*
 * The store as a worker reads it: opening, snapshots, releases.
 */

#include "ngx_http_gray_store.h"
#include "store/releases.h"


static void ngx_http_gray_store_refresh(
    ngx_http_gray_worker_t *worker, ngx_http_gray_view_t *view);
static void ngx_http_gray_store_take(ngx_http_gray_worker_t *worker,
    ngx_uint_t index, const gray_store_release_t *release);


void
ngx_http_gray_store_open(ngx_http_gray_worker_t *worker)
{
    int rc;
    const char *dir;

    dir = (const char *) worker->conf->store.data;
    rc = gray_store_open(dir, false, &worker->store);

    if (rc == GRAY_STORE_OK) {
        worker->epoch++;
        worker->txn = 0;
        worker->read_failed = 0;
        worker->lookup_failed = 0;

        if (worker->error != GRAY_STORE_OK) {
            ngx_log_error(NGX_LOG_WARN, worker->log, 0,
                "gray: store \"%s\" can be read again", dir);
        }

        worker->error = GRAY_STORE_OK;
        return;
    }

    worker->store = NULL;

    if (worker->error != rc) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
            "gray: store \"%s\" cannot be read: %s%s%s; every request gets "
            "its default variant until it can; see \"grayctl doctor\"",
            dir, gray_store_strerror(rc), rc == GRAY_STORE_ESYSTEM ? ": " : "",
            rc == GRAY_STORE_ESYSTEM ? gray_store_detail() : "");
    }

    worker->error = rc;
}


void
ngx_http_gray_store_close(ngx_http_gray_worker_t *worker)
{
    gray_store_close(worker->store);
    worker->store = NULL;
}


void
ngx_http_gray_store_look(ngx_http_gray_worker_t *worker)
{
    if (worker->store == NULL
        || worker->txn == gray_store_last_txn(worker->store)) {
        return;
    }

    if (ngx_http_gray_store_begin(worker) == NGX_OK) {
        ngx_http_gray_store_leave(worker);
    }
}


void
ngx_http_gray_store_follow(ngx_http_gray_worker_t *worker)
{
    ngx_uint_t i;
    ngx_http_gray_view_t *view;

    for (i = 0; i < worker->conf->releases.nelts; i++) {
        view = &worker->views[i];

        if (view->loaded == NULL) {
            continue;
        }

        (void) ngx_http_gray_store_enter(worker, view);

        if (view->loaded != NULL && !view->loaded->bound
            && view->epoch == worker->epoch)
        {
            ngx_http_gray_loaded_count(worker, i);
        }
    }

    ngx_http_gray_store_leave(worker);
}


ngx_int_t
ngx_http_gray_store_begin(ngx_http_gray_worker_t *worker)
{
    int rc;
    uint64_t id;

    if (worker->reading != NULL) {
        return NGX_OK;
    }

    if (worker->store == NULL) {
        return NGX_ERROR;
    }

    rc = gray_store_read(worker->store, &worker->reading);

    if (rc != GRAY_STORE_OK) {
        worker->reading = NULL;

        if (!worker->read_failed) {
            ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                "gray: reading the store failed: %s: %s",
                gray_store_strerror(rc), gray_store_detail());
        }

        worker->read_failed = 1;
        return NGX_ERROR;
    }

    worker->read_failed = 0;
    id = gray_txn_id(worker->reading);

    if (worker->txn != id) {
        worker->moved = 1;
        worker->revision = gray_txn_revision(worker->reading);
        worker->txn = id;
    }

    return NGX_OK;
}


void
ngx_http_gray_store_leave(ngx_http_gray_worker_t *worker)
{
    if (worker->reading != NULL) {
        gray_store_read_end(worker->reading);
        worker->reading = NULL;
    }
}


ngx_uint_t
ngx_http_gray_store_moved(ngx_http_gray_worker_t *worker)
{
    return worker->moved
           || (worker->indexed
               && worker->txn != gray_store_last_txn(worker->store));
}


gray_cause_t
ngx_http_gray_store_enter(
    ngx_http_gray_worker_t *worker, ngx_http_gray_view_t *view)
{
    ngx_http_gray_worker_check(worker);

    if (worker->store == NULL) {
        return GRAY_CAUSE_STORE;
    }

    if (view->epoch == worker->epoch
        && view->txn == gray_store_last_txn(worker->store))
    {
        return view->cause;
    }

    if (ngx_http_gray_store_begin(worker) != NGX_OK) {
        return view->loaded != NULL ? GRAY_CAUSE_NONE : GRAY_CAUSE_STORE;
    }

    if (view->epoch != worker->epoch || view->txn != worker->txn) {
        ngx_http_gray_store_refresh(worker, view);
    }

    return view->cause;
}


/* Looks at the release in the transaction at hand. */

static ngx_http_gray_rare void
ngx_http_gray_store_refresh(
    ngx_http_gray_worker_t *worker, ngx_http_gray_view_t *view)
{
    int rc;
    ngx_str_t *name;
    ngx_uint_t index;
    gray_store_release_t release;
    ngx_http_gray_release_t **releases;

    index = view - worker->views;
    releases = worker->conf->releases.elts;
    name = &releases[index]->name;

    if (view->epoch == worker->epoch && view->revision == worker->revision) {
        view->txn = worker->txn;
        return;
    }

    rc = gray_store_release_get(
        worker->reading, (const char *) name->data, &release);

    if (rc == GRAY_STORE_OK) {
        ngx_http_gray_store_take(worker, index, &release);

    } else if (rc == GRAY_STORE_ENOTFOUND) {
        ngx_http_gray_loaded_release(view->loaded);
        view->loaded = NULL;
        view->unreadable = 0;

        if (view->cause != GRAY_CAUSE_NO_RELEASE) {
            view->cause = GRAY_CAUSE_NO_RELEASE;
            ngx_http_gray_loaded_count(worker, index);
        }

    } else if (!view->unreadable) {
        view->unreadable = 1;
        view->cause = view->loaded ? GRAY_CAUSE_NONE : GRAY_CAUSE_STORE;
        gray_counters_add(worker->counters, worker->stripe, view->slot,
            GRAY_COUNT_DAMAGED, 1);
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
            "gray: release \"%V\" cannot be read from the store: %s; %s", name,
            gray_store_strerror(rc),
            view->loaded ? "the one read before stays in force"
                         : "every request gets its default variant");
    }

    view->epoch = worker->epoch;
    view->txn = worker->txn;
    view->revision = worker->revision;
}


/* Loads what was read, unless it is what is loaded already. */

static void
ngx_http_gray_store_take(ngx_http_gray_worker_t *worker, ngx_uint_t index,
    const gray_store_release_t *release)
{
    ngx_http_gray_view_t *view;
    ngx_http_gray_loaded_t *loaded;
    ngx_http_gray_release_t **releases;

    view = &worker->views[index];
    releases = worker->conf->releases.elts;

    view->missing_logged = 0;
    view->unreadable = 0;

    if (view->loaded != NULL && view->epoch == worker->epoch
        && view->loaded->revision == release->revision)
    {
        return;
    }

    if (view->refused == release->revision && view->epoch == worker->epoch) {
        return;
    }

    loaded = ngx_http_gray_loaded_create(
        worker, &releases[index]->name, release->compiled);

    if (loaded == NULL) {
        view->refused = release->revision;
        view->cause = view->loaded ? GRAY_CAUSE_NONE : GRAY_CAUSE_STORE;
        gray_counters_add(worker->counters, worker->stripe, view->slot,
            GRAY_COUNT_DAMAGED, 1);
        return;
    }

    loaded->revision = release->revision;

    ngx_http_gray_loaded_release(view->loaded);
    view->loaded = loaded;
    view->cause = GRAY_CAUSE_NONE;
    view->refused = 0;

    ngx_http_gray_loaded_count(worker, index);
}
