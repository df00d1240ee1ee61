/* Figures of the last second and the last hour. */

#include "stats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/json.h"
#include "segment/responses.h"

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
    gray_responses_t last; /* as it was a second ago                    */
    uint64_t first;        /* the second of its first sample            */
    uint64_t seen;         /* and of its last                           */
    grayd_sample_t samples[GRAYD_STATS_SECONDS];
} grayd_series_t;

struct grayd_stats_s {
    pthread_mutex_t lock;
    uint64_t second; /* how many samples were taken                  */
    time_t time;     /* of the last one                              */
    bool counters;   /* whether it could read any                    */
    unsigned n;
    grayd_series_t *series[GRAYD_STATS_SERIES];

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


/* Counts only grow, unless the file is another one now. */
static uint64_t
grayd_grown(uint64_t now, uint64_t before)
{
    return now >= before ? now - before : now;
}


static uint32_t
grayd_cut(uint64_t number)
{
    return number < UINT32_MAX ? (uint32_t) number : UINT32_MAX;
}


static void
grayd_series_sample(grayd_stats_t *stats, grayd_series_t *series)
{
    grayd_sample_t *sample
        = &series->samples[stats->second % GRAYD_STATS_SECONDS];
    const gray_responses_t *now = &stats->now, *last = &series->last;
    uint64_t grown[GRAY_LATENCY_BUCKETS];

    for (unsigned i = 0; i < GRAY_LATENCY_BUCKETS; i++) {
        grown[i] = grayd_grown(now->request[i], last->request[i]);
    }

    sample->requests = grayd_cut(grayd_grown(now->n, last->n));
    sample->errors = grayd_cut(grayd_grown(
        now->counts[GRAY_RESPONSE_ERRORS], last->counts[GRAY_RESPONSE_ERRORS]));
    sample->gone = grayd_cut(grayd_grown(
        now->classes[GRAY_CLASS_499], last->classes[GRAY_CLASS_499]));
    sample->p50_us = grayd_cut(gray_latency_quantile(grown, 0.5));
    sample->p95_us = grayd_cut(gray_latency_quantile(grown, 0.95));
    sample->p99_us = grayd_cut(gray_latency_quantile(grown, 0.99));

    series->last = *now;
    series->seen = stats->second;
}


static void
grayd_stats_release(
    grayd_stats_t *stats, const gray_counters_t *counters, unsigned i)
{
    const gray_release_counts_t *release = &stats->release;
    grayd_series_t *series;

    for (unsigned v = 0; v < release->nvariants; v++) {
        if (!gray_counters_responses_get(counters, i, v, &stats->now)) {
            continue;
        }

        series = grayd_series_find(stats, release->name, release->variants[v]);
        if (series != NULL) {
            grayd_series_sample(stats, series);
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
grayd_stats_sample(grayd_stats_t *stats, gray_control_t *control)
{
    const gray_counters_t *counters
        = control != NULL ? gray_control_counters(control) : NULL;

    pthread_mutex_lock(&stats->lock);

    stats->second++;
    stats->time = time(NULL);
    stats->counters = counters != NULL;

    for (unsigned i = 0; counters != NULL && i < GRAY_COUNTERS_RELEASES; i++) {
        if (gray_counters_release_get(counters, i, &stats->release)) {
            grayd_stats_release(stats, counters, i);
        }
    }
    grayd_stats_absent(stats);

    pthread_mutex_unlock(&stats->lock);
}


/* --- reading --------------------------------------------------------------- */

static json_t *
grayd_series_now(const grayd_stats_t *stats, const grayd_series_t *series)
{
    const grayd_sample_t *sample
        = &series->samples[stats->second % GRAYD_STATS_SECONDS];

    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
        series->variant, "requests", (json_int_t) sample->requests, "errors",
        (json_int_t) sample->errors, "gone", (json_int_t) sample->gone,
        "p50_us", (json_int_t) sample->p50_us, "p95_us",
        (json_int_t) sample->p95_us, "p99_us", (json_int_t) sample->p99_us,
        "total", (json_int_t) series->last.n);
}


/* The "variants" of a release in the list, which it joins when it is new. */
static json_t *
grayd_release_variants(json_t *releases, const char *name)
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
        releases, json_pack("{s:s, s:o}", "name", name, "variants", variants));

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
                grayd_release_variants(releases, series->release),
                grayd_series_now(stats, series));
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
