#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/release.h"
#include "internal.h"
#include "segment/hits.h"
#include "status_remarks.h"

/* A worker tells that it lives once a second. */
#define GRAY_HEARTBEAT_LATE_MS 5000


/* A new remark, cleared; NULL without memory. */
static gray_error_t *
gray_remark(gray_status_t *status, const char *place)
{
    gray_error_t *grown;

    grown = realloc(
        status->remarks.list, (status->remarks.n + 1) * sizeof(*grown));
    if (grown == NULL) {
        return NULL;
    }
    status->remarks.list = grown;

    grown += status->remarks.n++;
    memset(grown, 0, sizeof(*grown));
    (void) snprintf(grown->place, sizeof(grown->place), "%s", place);

    return grown;
}


/* As gray_error_set, but the place stays. */
#define gray_remark_set(remark, status_code, ...)                \
    do {                                                         \
        char kept[sizeof((remark)->place)];                      \
        memcpy(kept, (remark)->place, sizeof(kept));             \
        (void) gray_error_set(remark, status_code, __VA_ARGS__); \
        memcpy((remark)->place, kept, sizeof(kept));             \
    } while (0)


static const gray_release_line_t *
gray_remark_release_line(const gray_status_t *status, const char *name)
{
    unsigned i;

    for (i = 0; i < status->releases.n; i++) {
        if (strcmp(status->releases.lines[i].name, name) == 0) {
            return &status->releases.lines[i];
        }
    }

    return NULL;
}


/* A variant of the document that nginx.conf sends nowhere. */
static int
gray_remark_target(gray_status_t *status, const gray_running_release_t *running,
    const char *variant)
{
    unsigned i;
    gray_error_t *remark;

    for (i = 0; i < running->nvariants; i++) {
        if (strcmp(running->variants[i], variant) == 0) {
            return 0;
        }
    }

    remark = gray_remark(status, running->name);
    if (remark == NULL) {
        return -1;
    }
    gray_remark_set(remark, GRAY_ENOTFOUND,
        "variant '%s' has no target in nginx.conf: its requests get '%s'",
        variant, running->nvariants > 0 ? *running->variants : "");
    (void) gray_error_hint(remark,
        "add %s=TARGET to gray %s in nginx.conf, and reload", variant,
        running->name);

    return 0;
}


/* A release as nginx.conf has it against the store's. */
static int
gray_remark_release(
    gray_status_t *status, const gray_running_release_t *running)
{
    unsigned i;
    gray_error_t *remark;
    const char *document;
    const gray_release_line_t *line;

    line = gray_remark_release_line(status, running->name);
    if (line == NULL) {
        remark = gray_remark(status, running->name);
        if (remark == NULL) {
            return -1;
        }
        gray_remark_set(remark, GRAY_ENOTFOUND,
            "nginx names release %s, the store has none: all requests get "
            "'%s'",
            running->name, running->nvariants > 0 ? *running->variants : "");
        (void) gray_error_hint(
            remark, "grayctl release create %s", running->name);
        return 0;
    }

    document = line->variants[line->default_variant];
    if (running->nvariants > 0 && strcmp(*running->variants, document) != 0) {
        remark = gray_remark(status, running->name);
        if (remark == NULL) {
            return -1;
        }
        gray_remark_set(remark, GRAY_EINVALID,
            "the document's default is '%s', nginx.conf's '%s' is what "
            "requests get",
            document, *running->variants);
        (void) gray_error_hint(remark,
            "make the first variant of gray %s in nginx.conf '%s', "
            "or set the document's default",
            running->name, document);
    }

    for (i = 0; i < line->nvariants; i++) {
        if (gray_remark_target(status, running, line->variants[i]) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
gray_remark_live(gray_status_t *status, const gray_running_name_t *live)
{
    unsigned i;
    gray_error_t *remark;

    for (i = 0; i < status->lists.n; i++) {
        if (strcmp(status->lists.lines[i].name, live->name) == 0
            && status->lists.lines[i].kind == GRAY_LIST_LIVE)
        {
            return 0;
        }
    }

    remark = gray_remark(status, live->name);
    if (remark == NULL) {
        return -1;
    }
    gray_remark_set(remark, GRAY_ENOTFOUND,
        "nginx has gray_memcached %s, the store has no live list of that name: "
        "no rule can use it",
        live->name);
    (void) gray_error_hint(remark, "grayctl list create %s --live", live->name);

    return 0;
}


static int
gray_remark_worker(gray_status_t *status,
    const gray_running_instance_t *instance,
    const gray_running_worker_t *worker)
{
    char place[64];
    gray_error_t *remark;

    if (worker->exiting
        || (!worker->no_store
            && worker->heartbeat_age_ms < GRAY_HEARTBEAT_LATE_MS))
    {
        return 0;
    }

    (void) snprintf(place, sizeof(place), "worker %d", (int) worker->pid);
    remark = gray_remark(status, place);
    if (remark == NULL) {
        return -1;
    }

    if (worker->no_store) {
        gray_remark_set(remark, GRAY_EPERMISSION,
            "it cannot read the store: %s; it serves the defaults",
            *worker->store_error ? worker->store_error : "see nginx's log");
        (void) gray_error_hint(
            remark, "grayctl check; grayctl doctor tells the rest");
    } else {
        gray_remark_set(remark, GRAY_ETIMEOUT,
            "it has not told for %llu s that it lives (nginx master %d)",
            (unsigned long long) (worker->heartbeat_age_ms / 1000),
            (int) instance->master);
        (void) gray_error_hint(
            remark, "a worker that hangs is ended with kill -9");
    }

    return 0;
}


static int
gray_remark_instance(
    gray_status_t *status, const gray_running_instance_t *instance)
{
    int rc;
    unsigned i;

    rc = 0;
    for (i = 0; status->has_store && i < instance->nreleases; i++) {
        rc |= gray_remark_release(status, &instance->releases[i]);
    }
    for (i = 0; status->has_store && i < instance->nlives; i++) {
        rc |= gray_remark_live(status, &instance->lives[i]);
    }
    for (i = 0; i < instance->nworkers; i++) {
        rc |= gray_remark_worker(status, instance, &instance->workers[i]);
    }

    return rc;
}


/* --- what the store has and no nginx knows --------------------------------- */

static int
gray_remark_unknown(
    gray_status_t *status, gray_running_kind_t kind, const char *name)
{
    gray_error_t unknown, *remark;

    if (!gray_running_lacks(&status->running, kind, name, &unknown)) {
        return 0;
    }

    remark = gray_remark(status, name);
    if (remark == NULL) {
        return -1;
    }
    *remark = unknown;
    (void) gray_error_place(remark, "%s", name);

    return 0;
}


/* The attributes that a release's rules read. */
static int
gray_remark_attributes(
    gray_txn_t *txn, gray_status_t *status, const char *release)
{
    int rc;
    unsigned i;
    gray_error_t ignored;
    gray_release_t *loaded;
    gray_store_release_t stored;

    if (gray_store_release_get(txn, release, &stored) != GRAY_STORE_OK
        || gray_release_load(
               stored.compiled.data, stored.compiled.len, &loaded, &ignored)
               != 0)
    {
        return 0;
    }

    rc = 0;
    for (i = 0; rc == 0 && i < gray_release_attributes(loaded); i++) {
        rc = gray_remark_unknown(status, GRAY_RUNNING_ATTRIBUTE,
            gray_release_attribute(loaded, i).data);
    }
    gray_release_free(loaded);

    return rc;
}


static int
gray_remark_store(gray_control_t *control, gray_status_t *status)
{
    int rc;
    unsigned i;
    gray_txn_t *txn;
    gray_error_t ignored;
    const char *name;

    if (gray_verb_read(control, &txn, &ignored) != 0) {
        return 0;
    }

    rc = 0;
    for (i = 0; rc == 0 && i < status->releases.n; i++) {
        name = status->releases.lines[i].name;
        rc = gray_remark_unknown(status, GRAY_RUNNING_RELEASE, name);
        if (rc == 0) {
            rc = gray_remark_attributes(txn, status, name);
        }
    }
    gray_verb_read_end(control, txn);

    for (i = 0; rc == 0 && i < status->lists.n; i++) {
        if (status->lists.lines[i].kind == GRAY_LIST_LIVE) {
            rc = gray_remark_unknown(
                status, GRAY_RUNNING_LIVE, status->lists.lines[i].name);
        }
    }

    return rc;
}


static int
gray_remark_lost(gray_status_t *status)
{
    gray_error_t *remark;

    if (status->responses_lost == 0) {
        return 0;
    }

    remark = gray_remark(status, "counters");
    if (remark == NULL) {
        return -1;
    }
    gray_remark_set(remark, GRAY_EFULL,
        "%llu responses were not counted: the counters have room for %u "
        "variants of all releases; decisions are as ever",
        (unsigned long long) status->responses_lost, GRAY_RESPONSES);
    (void) gray_error_hint(remark,
        "take releases that are over out of nginx.conf, and reload: what no "
        "nginx names makes room");

    return 0;
}


static int
gray_remark_uncounted(gray_status_t *status)
{
    gray_error_t *remark;

    if (status->rules_uncounted == 0) {
        return 0;
    }

    remark = gray_remark(status, "counters");
    if (remark == NULL) {
        return -1;
    }
    gray_remark_set(remark, GRAY_EFULL,
        "the hits of %u rules are not counted: the counters have room for %u "
        "rules of all releases; decisions are as ever",
        status->rules_uncounted, GRAY_HITS);
    (void) gray_error_hint(remark,
        "take releases that are over out of nginx.conf, and reload: what no "
        "nginx names makes room");

    return 0;
}


int
gray_status_remark(gray_control_t *control, gray_status_t *status)
{
    int rc;
    unsigned i;

    rc = gray_remark_lost(status);
    if (rc == 0) {
        rc = gray_remark_uncounted(status);
    }
    for (i = 0; rc == 0 && i < status->running.n; i++) {
        rc = gray_remark_instance(status, &status->running.instances[i]);
    }

    /* Without a running nginx nothing is known, so nothing is missing. */
    if (rc == 0 && status->running.n > 0 && status->has_store) {
        rc = gray_remark_store(control, status);
    }

    return rc;
}
