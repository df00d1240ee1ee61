/*
 * Figures from the store itself: documents and the audit when they changed,
 * counters and workers at each reading.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/audit.h"
#include "control/json.h"
#include "control/release.h"
#include "control/running.h"
#include "control/switch.h"
#include "control/time_text.h"
#include "watch_source.h"

/* Changes that the first reading tells, and any other. */
#define FIRST_CHANGES 8
#define CHANGES_MAX 64

#define SILENT_MS 5000

/* A pair of release and variant, as the reading before had it. */
typedef struct {
    char release[GRAY_NAME_MAX + 1];
    char variant[GRAY_NAME_MAX + 1];
    uint64_t seen; /* the number of that reading                       */
    bool answers;
    gray_responses_t responses;
    uint64_t decisions[GRAY_REASONS];
} before_t;

typedef struct {
    watch_source_t source;
    gray_control_t **control;
    char *dir;
    bool looked;       /* the store was read once                      */
    uint64_t txn;      /* when `lines` were read                       */
    uint64_t sequence; /* of the newest change that was told           */
    gray_release_lines_t lines;
    uint64_t number; /* of the reading at hand, from 1                 */
    uint64_t time;   /* of the one before, on the clock that never jumps */
    unsigned nbefore;
    before_t **before;

    /* for the reading at hand, as they are large */
    gray_release_counts_t counts;
    gray_responses_t responses;
    gray_running_t running;
} local_t;

static uint64_t
now_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

/* --- the store --------------------------------------------------------------- */

/* A restore, or whoever made a store where none was. */
static void
open_again(local_t *local, gray_error_t *error)
{
    gray_control_close(*local->control);
    *local->control = NULL;
    local->looked = false;
    (void) gray_control_open_partly(local->dir, false, local->control, error);
}

/* Why there is nothing newer; the last that was read stays. */
static void
trouble(watch_reading_t *reading, const gray_error_t *error)
{
    char text[512];

    gray_error_print(error, text, sizeof(text));
    watch_text(reading->trouble, sizeof(reading->trouble), text);
}

/* Of "2026-01-31T12:00:00.123Z" the seconds. */
static uint64_t
whole_seconds(const char *time)
{
    char text[32];
    uint64_t seconds = 0;
    int len = snprintf(text, sizeof(text), "%.19sZ", time ? time : "");

    (void) gray_time_parse((gray_str_t){ (size_t) len, text }, &seconds);

    return seconds;
}

typedef struct {
    watch_reading_t *reading;
    uint64_t newest;
} telling_t;

static int
tell(void *data, const gray_audit_record_t *record)
{
    telling_t *telling = data;
    watch_change_t change;

    if (record->sequence > telling->newest) {
        telling->newest = record->sequence;
    }

    watch_change_fill(&change, whole_seconds(record->time), record->user,
        record->verb, record->release, record->rule, record->list,
        record->summary);

    return watch_reading_change(telling->reading, &change);
}

static void
turn_around(watch_change_t *changes, unsigned n)
{
    unsigned i;
    watch_change_t one;

    for (i = 0; i < n / 2; i++) {
        one = changes[i];
        changes[i] = changes[n - 1 - i];
        changes[n - 1 - i] = one;
    }
}

static int
read_changes(local_t *local, watch_reading_t *reading, gray_error_t *error)
{
    telling_t telling = { .reading = reading };
    gray_audit_filter_t filter = {
        .limit = local->looked ? CHANGES_MAX : FIRST_CHANGES,
        .after = local->looked ? local->sequence : 0,
    };

    if (gray_control_audit(*local->control, &filter, tell, &telling, error)
        != 0) {
        return -1;
    }

    turn_around(reading->changes, reading->nchanges);
    reading->first_changes = !local->looked;
    local->sequence = telling.newest > local->sequence || !local->looked
                          ? telling.newest
                          : local->sequence;

    return 0;
}

/* Documents and audit, when something was committed since they were read. */
static int
read_store(local_t *local, watch_reading_t *reading, gray_error_t *error)
{
    gray_release_lines_t lines;
    uint64_t txn = gray_control_last_txn(*local->control);

    if (local->looked && txn == local->txn) {
        return 0;
    }

    if (gray_control_release_ls(*local->control, &lines, error) != 0) {
        return -1;
    }

    gray_release_lines_free(&local->lines);
    local->lines = lines;

    if (read_changes(local, reading, error) != 0) {
        return -1;
    }

    local->txn = txn;
    local->looked = true;

    return 0;
}

/* --- counters ------------------------------------------------------------------ */

static before_t *
before_add(local_t *local, const char *release, const char *variant)
{
    before_t *before = calloc(1, sizeof(*before));
    before_t **grown
        = reallocarray(local->before, local->nbefore + 1, sizeof(*grown));

    if (grown != NULL) {
        local->before = grown;
    }

    if (before == NULL || grown == NULL) {
        free(before);
        return NULL;
    }

    grown[local->nbefore++] = before;
    snprintf(before->release, sizeof(before->release), "%s", release);
    snprintf(before->variant, sizeof(before->variant), "%s", variant);

    return before;
}

static before_t *
before_find(local_t *local, const char *release, const char *variant)
{
    unsigned i;

    for (i = 0; i < local->nbefore; i++) {
        if (strcmp(local->before[i]->release, release) == 0
            && strcmp(local->before[i]->variant, variant) == 0)
        {
            return local->before[i];
        }
    }

    return before_add(local, release, variant);
}

/* False when a count is lower than before. */
static bool
decided(watch_variant_t *variant, const before_t *before,
    const uint64_t decisions[GRAY_COUNTERS_REASONS])
{
    unsigned r;

    for (r = 0; r < GRAY_REASONS; r++) {
        if (decisions[r] < before->decisions[r]) {
            return false;
        }
        variant->reasons[r] = decisions[r] - before->decisions[r];
    }

    return true;
}

/* What a variant was counted since the reading before, into `variant`. */
static int
count_variant(
    local_t *local, unsigned slot, unsigned v, watch_variant_t *variant)
{
    const gray_release_counts_t *counts = &local->counts;
    const gray_counters_t *counters = gray_control_counters(*local->control);
    before_t *before = before_find(local, counts->name, counts->variants[v]);
    bool answers
        = gray_counters_responses_get(counters, slot, v, &local->responses);

    if (before == NULL) {
        return -1;
    }

    if (before->seen != 0 && before->seen + 1 == local->number
        && decided(variant, before, counts->decisions[v])
        && answers == before->answers)
    {
        variant->counted = !answers
                           || gray_interval(&local->responses,
                               &before->responses, &variant->interval);
    }

    variant->total = answers ? local->responses.n : 0;
    before->seen = local->number;
    before->answers = answers;
    before->responses = local->responses;
    memcpy(before->decisions, counts->decisions[v], sizeof(before->decisions));

    return 0;
}

static bool
any_reason(const watch_variant_t *variant)
{
    unsigned r;

    for (r = 0; variant->counted && r < GRAY_REASONS; r++) {
        if (variant->reasons[r] != 0) {
            return true;
        }
    }

    return variant->interval.requests != 0;
}

/* Variants that a document no longer has are shown while they still answer. */
static int
count_one(local_t *local, unsigned slot, unsigned v, watch_release_t *release)
{
    watch_variant_t unknown = { 0 };
    watch_variant_t *variant
        = watch_release_find(release, local->counts.variants[v]);

    if (count_variant(local, slot, v, variant ? variant : &unknown) != 0) {
        return -1;
    }

    if (variant == NULL && (any_reason(&unknown) || !release->stored)) {
        variant = watch_release_add(release, local->counts.variants[v]);
        if (variant != NULL) {
            memcpy(unknown.name, variant->name, sizeof(unknown.name));
            *variant = unknown;
        }
    }

    return 0;
}

/* A release that is neither in the store nor in a running nginx is nobody's
 * any more. */
static int
count_release(local_t *local, watch_reading_t *reading, unsigned slot)
{
    unsigned v;
    watch_release_t gone = { 0 };
    watch_release_t *release = watch_reading_find(reading, local->counts.name);

    if (release == NULL
        && (gray_running_find(&local->running, local->counts.name) != NULL
            || reading->trouble[0] != '\0'))
    {
        release = watch_reading_add(reading, local->counts.name);
        if (release == NULL) {
            return -1;
        }
    }

    for (v = 0; v < local->counts.nvariants; v++) {
        if (count_one(local, slot, v, release ? release : &gone) != 0) {
            return -1;
        }
    }

    return 0;
}

static int
count_all(local_t *local, watch_reading_t *reading)
{
    unsigned i;
    const gray_counters_t *counters = gray_control_counters(*local->control);

    for (i = 0; counters != NULL && i < GRAY_COUNTERS_RELEASES; i++) {
        if (gray_counters_release_get(counters, i, &local->counts)
            && count_release(local, reading, i) != 0)
        {
            return -1;
        }
    }

    return 0;
}

/* --- releases and workers --------------------------------------------------------- */

static int
add_line(watch_reading_t *reading, const gray_release_line_t *line)
{
    unsigned v;
    watch_variant_t *variant;
    watch_release_t *release = watch_reading_add(reading, line->name);

    if (release == NULL) {
        return -1;
    }

    release->stored = true;
    release->revision = line->revision;
    release->nrules = line->nrules;

    for (v = 0; v < line->nvariants; v++) {
        variant = watch_release_add(release, line->variants[v]);
        if (variant != NULL) {
            variant->weighed = true;
            variant->weight = gray_line_weight(line, v);
        }
    }

    return 0;
}

static int
add_lines(const local_t *local, watch_reading_t *reading)
{
    unsigned i;

    for (i = 0; i < local->lines.n; i++) {
        if (add_line(reading, &local->lines.lines[i]) != 0) {
            return -1;
        }
    }

    return 0;
}

static int
add_releases(local_t *local, watch_reading_t *reading)
{
    unsigned i;
    watch_release_t *release;

    if (add_lines(local, reading) != 0 || count_all(local, reading) != 0) {
        return -1;
    }

    for (i = 0; i < reading->nreleases; i++) {
        release = &reading->releases[i];
        release->off = gray_control_off(*local->control, release->name);
        release->running
            = gray_running_find(&local->running, release->name) != NULL;
    }

    watch_reading_sort(reading);

    return 0;
}

static void
add_worker(watch_workers_t *workers, const gray_running_worker_t *worker)
{
    if (worker->exiting) {
        workers->exiting++;
        return;
    }

    if (workers->serving++ == 0 || worker->revision < workers->revision) {
        workers->revision = worker->revision;
    }
    workers->no_store += worker->no_store;
    workers->silent += worker->heartbeat_age_ms > SILENT_MS;
}

static void
add_workers(const gray_running_t *running, watch_workers_t *workers)
{
    unsigned i, w;

    workers->known = running->counters;

    for (i = 0; i < running->n; i++) {
        for (w = 0; w < running->instances[i].nworkers; w++) {
            add_worker(workers, &running->instances[i].workers[w]);
        }
    }
}

/* --- the source --------------------------------------------------------------------- */

/* What was read before stays on the screen when there is no store any more. */
static int
read_all(local_t *local, watch_reading_t *reading, gray_error_t *error)
{
    gray_error_t why = { .code = GRAY_OK };

    if (*local->control == NULL || !gray_control_current(*local->control)) {
        open_again(local, &why);
    }

    if (*local->control == NULL) {
        trouble(reading, &why);
        return add_lines(local, reading);
    }

    if (read_store(local, reading, &why) != 0) {
        trouble(reading, &why);
    }
    reading->revision = local->lines.revision;

    if (gray_control_running(*local->control, &local->running, error) != 0) {
        return -1;
    }

    add_workers(&local->running, &reading->workers);

    return add_releases(local, reading);
}

static int
local_read(
    watch_source_t *source, watch_reading_t *reading, gray_error_t *error)
{
    int rc;
    local_t *local = (local_t *) source;
    uint64_t now = now_ms(CLOCK_MONOTONIC);

    local->number++;
    reading->time = now_ms(CLOCK_REALTIME);
    reading->seconds
        = local->time != 0 ? (double) (now - local->time) / 1000 : 0;
    local->time = now;
    watch_text(reading->from, sizeof(reading->from), local->dir);

    rc = read_all(local, reading, error);
    gray_running_free(&local->running);

    return rc == 0 ? 0 : gray_error_set(error, GRAY_ESYSTEM, "no memory");
}

static void
local_close(watch_source_t *source)
{
    unsigned i;
    local_t *local = (local_t *) source;

    for (i = 0; i < local->nbefore; i++) {
        free(local->before[i]);
    }

    free(local->before);
    gray_release_lines_free(&local->lines);
    free(local->dir);
    free(local);
}

watch_source_t *
watch_local_open(gray_control_t **control)
{
    local_t *local = calloc(1, sizeof(*local));

    if (local == NULL) {
        return NULL;
    }

    local->source.read = local_read;
    local->source.close = local_close;
    local->control = control;
    local->dir = strdup(gray_control_dir(*control));

    if (local->dir == NULL) {
        free(local);
        return NULL;
    }

    return &local->source;
}
