/* Figures of the last second and the last hour. */

#include "stats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/json.h"
#include "rules.h"
#include "segment/interval.h"

/* One second of one series. */
typedef struct {
    uint32_t requests;
    uint32_t errors;
    uint32_t gone;
    uint32_t p50_us;
    uint32_t p95_us;
    uint32_t p99_us;
} grayd_sample_t;

/* A pair of release and variant. */
typedef struct {
    char release[64];
    char variant[64];
    gray_responses_t last;    /* as it was a second ago                 */
    gray_interval_t interval; /* since then                             */
    uint64_t first;           /* the second of its first sample         */
    uint64_t seen;            /* and of its last                        */
    grayd_sample_t samples[GRAYD_STATS_SECONDS];
} grayd_series_t;

struct grayd_stats_s {
    pthread_mutex_t lock;
    uint64_t second; /* how many samples were taken                  */
    time_t time;     /* of the last one                              */
    unsigned store;  /* whose counters they were                     */
    bool counters;   /* whether it could read any                    */
    unsigned n;
    grayd_series_t *series[GRAYD_STATS_SERIES];
    grayd_rules_t rules;

    /* the sampling thread's, as they are large */
    gray_release_counts_t release;
    gray_responses_t now;
};


grayd_stats_t *
grayd_stats_create(void)
{
    grayd_stats_t *stats = calloc(1, sizeof(*stats));

    if (stats != NULL) {
        pthread_mutex_init(&stats->lock, NULL);
    }

    return stats;
}


void
grayd_stats_free(grayd_stats_t *stats)
{
    if (stats == NULL) {
        return;
    }

    for (unsigned i = 0; i < stats->n; i++) {
        free(stats->series[i]);
    }
    grayd_rules_free(&stats->rules);
    pthread_mutex_destroy(&stats->lock);
    free(stats);
}


/* --- sampling -------------------------------------------------------------- */

/* The one that was not seen for the longest time; a new one while there is
 * room. */
static grayd_series_t *
grayd_series_new(grayd_stats_t *stats)
{
    grayd_series_t *series = NULL;

    if (stats->n < GRAYD_STATS_SERIES) {
        series = malloc(sizeof(*series));
        if (series != NULL) {
            stats->series[stats->n++] = series;
        }
        return series;
    }

    for (unsigned i = 0; i < stats->n; i++) {
        if (series == NULL || stats->series[i]->seen < series->seen) {
            series = stats->series[i];
        }
    }

    return series->seen < stats->second ? series : NULL;
}


static grayd_series_t *
grayd_series_find(
    grayd_stats_t *stats, const char *release, const char *variant)
{
    grayd_series_t *series;

    for (unsigned i = 0; i < stats->n; i++) {
        series = stats->series[i];
        if (strcmp(series->release, release) == 0
            && strcmp(series->variant, variant) == 0)
        {
            return series;
        }
    }

    series = grayd_series_new(stats);
    if (series != NULL) {
        memset(series, 0, sizeof(*series));
        memcpy(series->release, release, sizeof(series->release));
        memcpy(series->variant, variant, sizeof(series->variant));
        series->last = stats->now;
        series->first = stats->second;
    }

    return series;
}


static uint32_t
grayd_cut(uint64_t number)
{
    return number < UINT32_MAX ? (uint32_t) number : UINT32_MAX;
}


/* After seconds in which the counters could not be read, or were another
 * store's, there is nothing to compare with. */
static void
grayd_series_sample(grayd_stats_t *stats, grayd_series_t *series, bool another)
{
    grayd_sample_t *sample
        = &series->samples[stats->second % GRAYD_STATS_SECONDS];
    const gray_interval_t *interval = &series->interval;

    if (another || series->seen + 1 != stats->second) {
        series->last = stats->now;
    }
    (void) gray_interval(&stats->now, &series->last, &series->interval);

    sample->requests = grayd_cut(interval->requests);
    sample->errors = grayd_cut(interval->errors);
    sample->gone = grayd_cut(interval->gone);
    sample->p50_us = grayd_cut(interval->p50_us);
    sample->p95_us = grayd_cut(interval->p95_us);
    sample->p99_us = grayd_cut(interval->p99_us);

    series->last = stats->now;
    series->seen = stats->second;
}


static void
grayd_stats_release(grayd_stats_t *stats, const gray_counters_t *counters,
    unsigned i, bool another)
{
    const gray_release_counts_t *release = &stats->release;
    grayd_series_t *series;

    for (unsigned v = 0; v < release->nvariants; v++) {
        if (!gray_counters_responses_get(counters, i, v, &stats->now)) {
            continue;
        }

        series = grayd_series_find(stats, release->name, release->variants[v]);
        if (series != NULL) {
            grayd_series_sample(stats, series, another);
        }
    }
}


/* What was not seen this second has no requests in it. */
static void
grayd_stats_absent(grayd_stats_t *stats)
{
    for (unsigned i = 0; i < stats->n; i++) {
        grayd_series_t *series = stats->series[i];

        if (series->seen != stats->second) {
            memset(&series->samples[stats->second % GRAYD_STATS_SECONDS], 0,
                sizeof(grayd_sample_t));
        }
    }
}


void
grayd_stats_sample(
    grayd_stats_t *stats, gray_control_t *control, unsigned store)
{
    const gray_counters_t *counters
        = control != NULL ? gray_control_counters(control) : NULL;
    bool another = store != stats->store;

    pthread_mutex_lock(&stats->lock);

    stats->second++;
    stats->time = time(NULL);
    stats->counters = counters != NULL;
    stats->store = store;

    for (unsigned i = 0; counters != NULL && i < GRAY_COUNTERS_RELEASES; i++) {
        if (gray_counters_release_get(counters, i, &stats->release)) {
            grayd_stats_release(stats, counters, i, another);
        }
    }
    grayd_stats_absent(stats);
    grayd_rules_sample(&stats->rules, counters, stats->second, another);

    pthread_mutex_unlock(&stats->lock);
}


/* --- reading --------------------------------------------------------------- */

static json_t *
grayd_series_now(const grayd_series_t *series)
{
    const gray_interval_t *now = &series->interval;
    const struct {
        const char *name;
        uint64_t number;
    } members[] = {
        { "requests", now->requests },
        { "errors", now->errors },
        { "gone", now->gone },
        { "connect_errors", now->connect_errors },
        { "upstream_errors", now->upstream_errors },
        { "hidden", now->hidden },
        { "p50_us", now->p50_us },
        { "p95_us", now->p95_us },
        { "p99_us", now->p99_us },
        { "upstream_requests", now->upstream_n },
        { "upstream_p50_us", now->upstream_p50_us },
        { "upstream_p95_us", now->upstream_p95_us },
        { "upstream_p99_us", now->upstream_p99_us },
        { "total", series->last.n },
    };
    json_t *object = json_pack("{s:s}", "name", series->variant);

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        json_object_set_new(object, members[i].name,
            json_integer((json_int_t) members[i].number));
    }

    return object;
}


/* The "variants" of a release in the list, which it joins when it is new. */
static json_t *
grayd_release_variants(
    const grayd_stats_t *stats, json_t *releases, const char *name)
{
    json_t *release, *variants;
    size_t i;

    json_array_foreach(releases, i, release)
    {
        if (strcmp(json_string_value(json_object_get(release, "name")), name)
            == 0) {
            return json_object_get(release, "variants");
        }
    }

    variants = json_array();
    json_array_append_new(
        releases, json_pack("{s:s, s:o, s:o}", "name", name, "variants",
                      variants, "rules", grayd_rules_now(&stats->rules, name)));

    return variants;
}


json_t *
grayd_stats_now(grayd_stats_t *stats)
{
    json_t *releases = json_array(), *now;

    pthread_mutex_lock(&stats->lock);

    for (unsigned i = 0; i < stats->n; i++) {
        grayd_series_t *series = stats->series[i];

        if (series->seen == stats->second) {
            json_array_append_new(
                grayd_release_variants(stats, releases, series->release),
                grayd_series_now(series));
        }
    }

    now = json_pack("{s:o, s:b, s:o}", "time",
        gray_json_time((uint64_t) stats->time), "counters", stats->counters,
        "releases", releases);

    pthread_mutex_unlock(&stats->lock);

    return now;
}


/* Where a member of a sample stands. */
static const struct {
    const char *name;
    size_t offset;
} grayd_members[] = {
    { "requests", offsetof(grayd_sample_t, requests) },
    { "errors", offsetof(grayd_sample_t, errors) },
    { "gone", offsetof(grayd_sample_t, gone) },
    { "p50_us", offsetof(grayd_sample_t, p50_us) },
    { "p95_us", offsetof(grayd_sample_t, p95_us) },
    { "p99_us", offsetof(grayd_sample_t, p99_us) },
};


static json_t *
grayd_series_member(const grayd_stats_t *stats, const grayd_series_t *series,
    size_t offset, unsigned seconds)
{
    json_t *list = json_array();

    for (unsigned back = seconds; back-- > 0;) {
        uint64_t second = stats->second - back;
        const grayd_sample_t *sample
            = &series->samples[second % GRAYD_STATS_SECONDS];
        uint32_t number;

        if (back >= stats->second || second < series->first) {
            json_array_append_new(list, json_null());
            continue;
        }

        memcpy(&number, (const char *) sample + offset, sizeof(number));
        json_array_append_new(list, json_integer(number));
    }

    return list;
}


static json_t *
grayd_series_history(
    const grayd_stats_t *stats, const grayd_series_t *series, unsigned seconds)
{
    json_t *object = json_pack(
        "{s:s, s:s}", "release", series->release, "variant", series->variant);

    for (size_t i = 0; i < sizeof(grayd_members) / sizeof(*grayd_members); i++)
    {
        json_object_set_new(object, grayd_members[i].name,
            grayd_series_member(
                stats, series, grayd_members[i].offset, seconds));
    }

    return object;
}


json_t *
grayd_stats_history(grayd_stats_t *stats, const char *release, unsigned seconds)
{
    json_t *list = json_array(), *history;

    if (seconds > GRAYD_STATS_SECONDS) {
        seconds = GRAYD_STATS_SECONDS;
    }

    pthread_mutex_lock(&stats->lock);

    for (unsigned i = 0; i < stats->n; i++) {
        if (release == NULL || strcmp(stats->series[i]->release, release) == 0)
        {
            json_array_append_new(
                list, grayd_series_history(stats, stats->series[i], seconds));
        }
    }

    history = json_pack("{s:o, s:i, s:o}", "end",
        gray_json_time((uint64_t) stats->time), "seconds", (int) seconds,
        "series", list);

    pthread_mutex_unlock(&stats->lock);

    return history;
}
