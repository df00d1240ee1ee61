/* `status` as JSON. */

#include "control/json.h"

#include "core/decide.h"


static json_t *
integer(uint64_t number)
{
    return json_integer((json_int_t) number);
}

static json_t *
store_json(const gray_status_t *status)
{
    const gray_store_info_t *info = &status->info;

    if (!status->has_store) {
        return json_null();
    }

    return json_pack("{s:o, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "revision", integer(info->revision), "schema", (int) info->schema,
        "digest", status->digest, "file_bytes", integer(info->file_size),
        "used_bytes", integer(info->used), "map_bytes", integer(info->map_size),
        "readers", integer(info->readers), "stale_readers",
        integer(info->stale_readers), "garbage_lists", integer(info->garbage),
        "audits", integer(info->audits));
}

static json_t *
switches_json(const gray_status_t *status)
{
    unsigned i;
    json_t *list = json_array();
    const gray_switch_t *one;

    for (i = 0; i < status->nswitches; i++) {
        one = &status->switches[i];
        json_array_append_new(list,
            json_pack("{s:s?, s:b, s:o, s:o, s:I}", "release",
                *one->release ? one->release : NULL, "off", one->off, "changed",
                gray_json_time(one->time / 1000), "uid", integer(one->uid),
                "generation", (json_int_t) one->generation));
    }

    return list;
}

static json_t *
decisions_json(const gray_release_counts_t *counts)
{
    unsigned v, r;
    json_t *reasons, *variants = json_object();

    for (v = 0; v < counts->nvariants; v++) {
        reasons = json_object();

        for (r = 0; r < GRAY_REASONS; r++) {
            json_object_set_new(
                reasons, gray_reason_name(r), integer(counts->decisions[v][r]));
        }

        json_object_set_new(variants, counts->variants[v], reasons);
    }

    return variants;
}

static json_t *
releases_json(const gray_status_t *status)
{
    unsigned i;
    json_t *list = json_array();
    const gray_release_line_t *line;

    for (i = 0; i < status->releases.n; i++) {
        line = &status->releases.lines[i];
        json_array_append_new(list,
            json_pack("{s:s, s:o, s:b, s:s, s:o, s:b, s:i}", "name", line->name,
                "revision", integer(line->revision), "off", line->off,
                "default", line->variants[line->default_variant], "variants",
                gray_json_variants(line), "split", line->has_split, "rules",
                (int) line->nrules));
    }

    return list;
}

static json_t *
lists_json(const gray_status_t *status)
{
    unsigned i;
    json_t *list = json_array();
    const gray_list_line_t *line;

    for (i = 0; i < status->lists.n; i++) {
        line = &status->lists.lines[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o}", "name", line->name, "kind",
                      gray_list_kind_name(line->kind), "count",
                      line->kind == GRAY_LIST_LIVE ? json_null()
                                                   : integer(line->count)));
    }

    return list;
}

static json_t *
counts_json(const gray_status_t *status)
{
    unsigned i, k;
    const char *label;
    json_t *counts, *object = json_object();
    const gray_release_counts_t *release;

    for (i = 0; i < status->nrelease_counts; i++) {
        release = &status->release_counts[i];
        counts = json_pack("{s:o}", "decisions", decisions_json(release));

        for (k = 0; k < GRAY_COUNT_RELEASE_MAX; k++) {
            label = gray_count_release_name(k);

            if (label != NULL && *label != '\0') {
                json_object_set_new(counts, label, integer(release->counts[k]));
            }
        }

        json_object_set_new(object, release->name, counts);
    }

    return object;
}

/* {release: {variant: {…}}} */
static json_t *
responses_json(const gray_status_t *status)
{
    unsigned i, k;
    const gray_answers_t *one;
    json_t *variant, *release, *classes, *object = json_object();

    for (i = 0; i < status->nanswers; i++) {
        one = &status->answers[i];
        classes = json_object();

        for (k = 0; k < GRAY_CLASS_MAX; k++) {
            if (gray_class_name(k) != NULL) {
                json_object_set_new(
                    classes, gray_class_name(k), integer(one->classes[k]));
            }
        }

        variant = json_pack("{s:o, s:o, s:o, s:o, s:o}", "requests",
            integer(one->requests), "classes", classes, "p50_us",
            integer(one->p50_us), "p95_us", integer(one->p95_us), "p99_us",
            integer(one->p99_us));
        json_object_set_new(variant, "error_rate",
            one->requests > 0
                ? json_real((double) one->errors / (double) one->requests)
                : json_null());

        for (k = 0; k < GRAY_RESPONSE_MAX; k++) {
            if (gray_count_response_name(k) != NULL) {
                json_object_set_new(variant, gray_count_response_name(k),
                    integer(one->counts[k]));
            }
        }

        release = json_object_get(object, one->release);
        if (release == NULL) {
            json_object_set_new(object, one->release, json_object());
            release = json_object_get(object, one->release);
        }
        json_object_set_new(release, one->variant, variant);
    }

    return object;
}

static json_t *
lives_json(const gray_status_t *status)
{
    unsigned i, k;
    const char *label;
    json_t *counts, *object = json_object();
    const gray_live_counts_t *live;

    for (i = 0; i < status->nlive_counts; i++) {
        live = &status->live_counts[i];
        counts = json_pack("{s:i}", "open_breakers", (int) live->open_breakers);

        for (k = 0; k < GRAY_LIVE_MAX; k++) {
            label = gray_count_live_name(k);

            if (label != NULL && *label != '\0') {
                json_object_set_new(counts, label, integer(live->counts[k]));
            }
        }

        json_object_set_new(object, live->name, counts);
    }

    return object;
}

static json_t *
workers_json(const gray_running_instance_t *instance)
{
    unsigned i;
    json_t *list = json_array();
    const gray_running_worker_t *worker;

    for (i = 0; i < instance->nworkers; i++) {
        worker = &instance->workers[i];
        json_array_append_new(list,
            json_pack("{s:i, s:i, s:o, s:o, s:o, s:b, s:s?}", "pid",
                (int) worker->pid, "number", (int) worker->number,
                "heartbeat_age_ms", integer(worker->heartbeat_age_ms),
                "revision", integer(worker->revision), "switches",
                integer(worker->switches), "exiting", worker->exiting,
                "store_error", worker->no_store ? worker->store_error : NULL));
    }

    return list;
}

static json_t *
names_json(const gray_running_name_t *names, unsigned n)
{
    unsigned i;
    json_t *object = json_object();

    for (i = 0; i < n; i++) {
        json_object_set_new(
            object, names[i].name, gray_json_text(names[i].text));
    }

    return object;
}

static json_t *
mapped_json(const gray_running_instance_t *instance)
{
    unsigned i, v;
    json_t *variants, *object = json_object();
    const gray_running_release_t *release;

    for (i = 0; i < instance->nreleases; i++) {
        release = &instance->releases[i];
        variants = json_array();

        for (v = 0; v < release->nvariants; v++) {
            json_array_append_new(variants, json_string(release->variants[v]));
        }

        json_object_set_new(object, release->name, variants);
    }

    return object;
}

static json_t *
running_json(const gray_status_t *status)
{
    unsigned i;
    json_t *list = json_array();
    const gray_running_instance_t *instance;

    for (i = 0; i < status->running.n; i++) {
        instance = &status->running.instances[i];
        json_array_append_new(list,
            json_pack("{s:i, s:o, s:s, s:s, s:i, s:i, s:o, s:o, s:o, s:o}",
                "master", (int) instance->master, "started",
                gray_json_time(instance->started / 1000), "nginx",
                instance->nginx, "module", instance->module, "schema",
                (int) instance->schema, "workers_configured",
                (int) instance->nworkers_configured, "workers",
                workers_json(instance), "releases", mapped_json(instance),
                "attributes",
                names_json(instance->attributes, instance->nattributes),
                "live_lists", names_json(instance->lives, instance->nlives)));
    }

    return list;
}

static json_t *
remarks_json(const gray_status_t *status)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < status->remarks.n; i++) {
        json_array_append_new(list, gray_json_error(&status->remarks.list[i]));
    }

    return list;
}

json_t *
gray_json_status(const gray_status_t *status)
{
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                     "s:o, s:o, s:o}",
        "dir", gray_json_text(status->dir), "store", store_json(status),
        "store_error",
        status->has_store ? json_null() : gray_json_error(&status->store_error),
        "counters", status->has_counters, "releases", releases_json(status),
        "lists", lists_json(status), "switches", switches_json(status),
        "counts", counts_json(status), "responses", responses_json(status),
        "responses_lost", integer(status->responses_lost), "rules_uncounted",
        integer(status->rules_uncounted), "live_counts", lives_json(status),
        "nginx", running_json(status), "remarks", remarks_json(status));
}
