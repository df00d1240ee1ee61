/* A reading as lines. */

#include <string.h>

#include "control/json.h"
#include "output.h"
#include "watch_format.h"
#include "watch_lines.h"

static bool
wanted(const char *release, const char *name)
{
    return *release == '\0' || strcmp(release, name) == 0;
}

/* --- text ----------------------------------------------------------------------- */

static void
add_times(grayctl_table_t *table, uint64_t n, const uint64_t *us[3])
{
    unsigned i;
    char text[WATCH_FORMAT_MAX];

    for (i = 0; i < 3; i++) {
        grayctl_table_add(table, n > 0 ? watch_time(text, *us[i]) : "-");
    }
}

static void
add_row(grayctl_table_t *table, const watch_reading_t *reading,
    const watch_release_t *release, const watch_variant_t *variant)
{
    char text[WATCH_FORMAT_MAX];
    const gray_interval_t *one = &variant->interval;
    const uint64_t *times[] = { &one->p50_us, &one->p95_us, &one->p99_us };
    bool known = variant->counted && reading->seconds > 0;

    grayctl_table_add(table, release->name);
    grayctl_table_add(table, release->off ? "off" : "on");
    grayctl_table_paint(table, release->off ? 'r' : 0);
    grayctl_table_add(table, variant->name);
    grayctl_table_add(
        table, variant->weighed ? watch_weight(text, variant->weight) : "-");
    grayctl_table_add(table,
        known ? watch_rate(text, (double) one->requests / reading->seconds)
              : "-");
    grayctl_table_add(table, watch_share(text, one->errors, one->requests));
    grayctl_table_paint(table, one->errors > 0 ? 'r' : 0);
    grayctl_table_add(table, watch_share(text, one->gone, one->requests));
    grayctl_table_add(table,
        known
            ? watch_rate(text, (double) one->connect_errors / reading->seconds)
            : "-");
    add_times(table, one->requests, times);
}

static void
say_changes(const watch_reading_t *reading, const char *release)
{
    unsigned i;
    char time[32];
    const watch_change_t *change;

    for (i = 0; !reading->first_changes && i < reading->nchanges; i++) {
        change = &reading->changes[i];

        if (wanted(release, change->release)) {
            printf("changed at %s by %s: %s %s %s\n",
                grayctl_time(time, change->time), change->user, change->verb,
                change->subject, change->summary);
        }
    }
}

static void
say_state(const watch_reading_t *reading, const watch_trail_t *trail)
{
    char time[32], revision[32], workers[64];
    const watch_workers_t *all = &reading->workers;

    printf("%s  revision %s", grayctl_time(time, reading->time / 1000),
        grayctl_number(revision, reading->revision));

    if (all->known && all->serving + all->exiting == 0 && trail->worked) {
        printf("  no worker for %.0f s", trail->idle);
    } else if (all->known) {
        printf(
            "  %s", grayctl_count(workers, all->serving, "worker", "workers"));
    }

    puts("");

    if (reading->trouble[0] != '\0') {
        puts(reading->trouble);
    }
}

void
watch_lines_print(const grayctl_t *cli, const watch_reading_t *reading,
    const watch_trail_t *trail, const char *release)
{
    unsigned i, v;
    grayctl_table_t table;
    const watch_release_t *one;
    static const char *heads[] = { "RELEASE", "SWITCH", "VARIANT", ">WEIGHT",
        ">REQ/S", ">ERRORS", ">499", ">CONN/S", ">P50", ">P95", ">P99", NULL };

    say_state(reading, trail);
    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < reading->nreleases; i++) {
        one = &reading->releases[i];

        for (v = 0; wanted(release, one->name) && v < one->nvariants; v++) {
            add_row(&table, reading, one, &one->variants[v]);
        }
    }

    grayctl_table_end(&table, 0);
    say_changes(reading, release);
    puts("");
}

/* --- JSON ------------------------------------------------------------------------ */

static json_t *
json_reasons(const watch_variant_t *variant)
{
    unsigned r;
    json_t *object = json_object();

    for (r = 0; r < GRAY_REASONS; r++) {
        json_object_set_new(object, gray_reason_name((gray_reason_t) r),
            json_integer((json_int_t) variant->reasons[r]));
    }

    return object;
}

/* Everything that was counted since the reading before; null when that is not
 * known. */
static json_t *
json_interval(const watch_variant_t *variant)
{
    const gray_interval_t *one = &variant->interval;
    const struct {
        const char *name;
        uint64_t number;
    } members[] = {
        { "requests", one->requests },
        { "errors", one->errors },
        { "gone", one->gone },
        { "connect_errors", one->connect_errors },
        { "upstream_errors", one->upstream_errors },
        { "hidden", one->hidden },
        { "p50_us", one->p50_us },
        { "p95_us", one->p95_us },
        { "p99_us", one->p99_us },
        { "upstream_requests", one->upstream_n },
        { "upstream_p50_us", one->upstream_p50_us },
        { "upstream_p95_us", one->upstream_p95_us },
        { "upstream_p99_us", one->upstream_p99_us },
    };
    json_t *object;
    size_t i;

    if (!variant->counted) {
        return json_null();
    }

    object = json_object();
    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_object_set_new(object, members[i].name,
            json_integer((json_int_t) members[i].number));
    }
    json_object_set_new(object, "decisions", json_reasons(variant));

    return object;
}

static json_t *
json_release(const watch_release_t *release)
{
    unsigned v;
    const watch_variant_t *variant;
    json_t *variants = json_array();

    for (v = 0; v < release->nvariants; v++) {
        variant = &release->variants[v];
        json_array_append_new(variants,
            json_pack("{s:s, s:o, s:o, s:I}", "name", variant->name, "percent",
                variant->weighed ? json_real(gray_share(variant->weight))
                                 : json_null(),
                "interval", json_interval(variant), "total",
                (json_int_t) variant->total));
    }

    return json_pack("{s:s, s:b, s:b, s:b, s:I, s:i, s:o}", "name",
        release->name, "off", release->off, "stored", release->stored,
        "running", release->running, "revision", (json_int_t) release->revision,
        "rules", (int) release->nrules, "variants", variants);
}

static json_t *
json_changes(const watch_reading_t *reading, const char *release)
{
    unsigned i;
    const watch_change_t *change;
    json_t *list = json_array();

    for (i = 0; !reading->first_changes && i < reading->nchanges; i++) {
        change = &reading->changes[i];

        if (wanted(release, change->release)) {
            json_array_append_new(
                list, json_pack("{s:o, s:s, s:s, s:s, s:s}", "time",
                          gray_json_time(change->time), "user", change->user,
                          "verb", change->verb, "subject", change->subject,
                          "summary", change->summary));
        }
    }

    return list;
}

json_t *
watch_lines_json(const watch_reading_t *reading, const char *release)
{
    unsigned i;
    json_t *releases = json_array();
    const watch_workers_t *workers = &reading->workers;

    for (i = 0; i < reading->nreleases; i++) {
        if (wanted(release, reading->releases[i].name)) {
            json_array_append_new(
                releases, json_release(&reading->releases[i]));
        }
    }

    return json_pack("{s:o, s:f, s:s, s:s?, s:I, s:o, s:o, s:o}", "time",
        gray_json_time(reading->time / 1000), "seconds", reading->seconds,
        "from", reading->from, "trouble",
        reading->trouble[0] != '\0' ? reading->trouble : NULL, "revision",
        (json_int_t) reading->revision, "workers",
        json_pack("{s:b, s:i, s:i, s:i, s:i, s:I}", "known", workers->known,
            "serving", (int) workers->serving, "exiting",
            (int) workers->exiting, "no_store", (int) workers->no_store,
            "silent", (int) workers->silent, "revision",
            (json_int_t) workers->revision),
        "releases", releases, "changes", json_changes(reading, release));
}
