/* A reading of what grayd's /v1/status told. */

#include <string.h>

#include "control/json.h"
#include "core/split.h"
#include "fields.h"
#include "watch_status.h"

#define SILENT_MS 5000

/* What a reading is made of. */
typedef struct {
    const json_t *status;
    const json_t *before;
    const watch_reading_t *since;
} telling_t;

static bool
all_off(const json_t *status)
{
    const json_t *switches = json_object_get(status, "switches");
    size_t i, n = json_array_size(switches);

    for (i = 0; i < n; i++) {
        const json_t *one = json_array_get(switches, i);

        if (json_is_null(json_object_get(one, "release"))) {
            return field_flag(one, "off");
        }
    }

    return false;
}

/* What is counted of a variant's decisions, by reason. */
static const json_t *
decisions(const json_t *status, const char *release, const char *variant)
{
    const json_t *counts = json_object_get(status, "counts");
    const json_t *of = json_object_get(counts, release);

    return json_object_get(json_object_get(of, "decisions"), variant);
}

static void
add_reasons(const telling_t *telling, const watch_release_t *release,
    watch_variant_t *variant)
{
    unsigned r;
    const json_t *now
        = decisions(telling->status, release->name, variant->name);
    const json_t *before
        = decisions(telling->before, release->name, variant->name);

    for (r = 0; before != NULL && r < GRAY_REASONS; r++) {
        const char *name = gray_reason_name((gray_reason_t) r);
        uint64_t n = field_number(now, name), was = field_number(before, name);

        variant->reasons[r] = n > was ? n - was : 0;
    }
}

/* The interval that the events told. */
static void
add_told(const telling_t *telling, const watch_release_t *release,
    watch_variant_t *variant)
{
    watch_release_t *of = watch_reading_find(telling->since, release->name);
    const watch_variant_t *told
        = of != NULL ? watch_release_find(of, variant->name) : NULL;

    if (told != NULL) {
        variant->counted = true;
        variant->interval = told->interval;
        variant->total = told->total;
    }

    add_reasons(telling, release, variant);
}

static bool
runs(const json_t *status, const char *release)
{
    const json_t *all = json_object_get(status, "nginx");
    size_t i, n = json_array_size(all);

    for (i = 0; i < n; i++) {
        if (json_object_get(
                json_object_get(json_array_get(all, i), "releases"), release)
            != NULL)
        {
            return true;
        }
    }

    return false;
}

static int
add_release(
    const telling_t *telling, watch_reading_t *reading, const json_t *told)
{
    const json_t *variants = json_object_get(told, "variants");
    size_t i, n = json_array_size(variants);
    watch_release_t *release
        = watch_reading_add(reading, field_text(told, "name"));

    if (release == NULL) {
        return -1;
    }

    release->stored = true;
    release->running = runs(telling->status, release->name);
    release->off = all_off(telling->status) || field_flag(told, "off");
    release->revision = field_number(told, "revision");
    release->nrules = (unsigned) field_number(told, "rules");

    for (i = 0; i < n; i++) {
        const json_t *one = json_array_get(variants, i);
        watch_variant_t *variant
            = watch_release_add(release, field_text(one, "name"));

        if (variant != NULL) {
            variant->weighed = true;
            variant->weight
                = (uint32_t) (field_share(one, "percent") / 100 * GRAY_BUCKETS
                              + 0.5);
            add_told(telling, release, variant);
        }
    }

    return 0;
}

static void
add_worker(watch_workers_t *workers, const json_t *told)
{
    uint64_t revision = field_number(told, "revision");

    if (field_flag(told, "exiting")) {
        workers->exiting++;
        return;
    }

    if (workers->serving++ == 0 || revision < workers->revision) {
        workers->revision = revision;
    }
    workers->no_store += json_is_string(json_object_get(told, "store_error"));
    workers->silent += field_number(told, "heartbeat_age_ms") > SILENT_MS;
}

static void
add_workers(const json_t *status, watch_workers_t *workers)
{
    size_t i, w;
    const json_t *all = json_object_get(status, "nginx"), *of;

    workers->known = field_flag(status, "counters");

    for (i = 0; i < json_array_size(all); i++) {
        of = json_object_get(json_array_get(all, i), "workers");

        for (w = 0; w < json_array_size(of); w++) {
            add_worker(workers, json_array_get(of, w));
        }
    }
}

void
watch_status_trouble(watch_reading_t *reading, const gray_error_t *error)
{
    char text[512];

    gray_error_print(error, text, sizeof(text));
    watch_text(reading->trouble, sizeof(reading->trouble), text);
}

int
watch_status_fill(watch_reading_t *reading, const json_t *status,
    const json_t *before, const watch_reading_t *since)
{
    gray_error_t error;
    const telling_t telling = { status, before, since };
    const json_t *releases = json_object_get(status, "releases");
    const json_t *why = json_object_get(status, "store_error");
    size_t i, n = json_array_size(releases);

    reading->revision
        = field_number(json_object_get(status, "store"), "revision");
    add_workers(status, &reading->workers);

    if (json_is_object(why) && reading->trouble[0] == '\0') {
        gray_json_read_error(why, &error);
        watch_status_trouble(reading, &error);
    }

    for (i = 0; i < n; i++) {
        if (add_release(&telling, reading, json_array_get(releases, i)) != 0) {
            return -1;
        }
    }

    watch_reading_sort(reading);

    return 0;
}
