/* What became of the readings so far. */

#include <stdlib.h>
#include <string.h>

#include "watch_trail.h"

static const watch_point_t unknown = { -1, -1, -1 };

watch_trail_t *
watch_trail_create(void)
{
    return calloc(1, sizeof(watch_trail_t));
}

void
watch_trail_free(watch_trail_t *trail)
{
    unsigned i;

    if (trail == NULL) {
        return;
    }

    for (i = 0; i < trail->nseries; i++) {
        free(trail->series[i]);
    }

    free(trail->series);
    free(trail);
}

/* --- points -------------------------------------------------------------------- */

static watch_series_t *
find(const watch_trail_t *trail, const char *release, const char *variant)
{
    unsigned i;

    for (i = 0; i < trail->nseries; i++) {
        if (strcmp(trail->series[i]->release, release) == 0
            && strcmp(trail->series[i]->variant, variant) == 0)
        {
            return trail->series[i];
        }
    }

    return NULL;
}

/* One that has no point left, or a new one. */
static watch_series_t *
room(watch_trail_t *trail)
{
    unsigned i;
    watch_series_t **grown;

    for (i = 0; i < trail->nseries; i++) {
        if (trail->series[i]->seen + WATCH_POINTS < trail->number) {
            return trail->series[i];
        }
    }

    grown = reallocarray(trail->series, trail->nseries + 1, sizeof(*grown));

    if (grown == NULL) {
        return NULL;
    }

    trail->series = grown;
    grown[trail->nseries] = malloc(sizeof(**grown));

    return grown[trail->nseries] ? grown[trail->nseries++] : NULL;
}

static watch_series_t *
series(watch_trail_t *trail, const char *release, const char *variant)
{
    unsigned i;
    watch_series_t *found = find(trail, release, variant);

    if (found != NULL) {
        return found;
    }

    found = room(trail);

    if (found != NULL) {
        memset(found, 0, sizeof(*found));
        strcpy(found->release, release);
        strcpy(found->variant, variant);
        for (i = 0; i < WATCH_POINTS; i++) {
            found->points[i] = unknown;
        }
    }

    return found;
}

static watch_point_t
point(const watch_variant_t *variant, double seconds)
{
    double requests = (double) variant->interval.requests;
    watch_point_t made = unknown;

    if (!variant->counted || seconds <= 0) {
        return made;
    }

    made.rate = (float) (requests / seconds);

    if (requests > 0) {
        made.errors = (float) ((double) variant->interval.errors / requests);
        made.p95_us = (float) variant->interval.p95_us;
    }

    return made;
}

static int
add_points(watch_trail_t *trail, const watch_reading_t *reading,
    const watch_release_t *release)
{
    unsigned v;
    uint64_t number;
    watch_series_t *of;

    for (v = 0; v < release->nvariants; v++) {
        of = series(trail, release->name, release->variants[v].name);

        if (of == NULL) {
            return -1;
        }

        /* readings that did not have it */
        number = of->seen + WATCH_POINTS < trail->number
                     ? trail->number - WATCH_POINTS
                     : of->seen;
        while (++number < trail->number) {
            of->points[number % WATCH_POINTS] = unknown;
        }

        of->points[trail->number % WATCH_POINTS]
            = point(&release->variants[v], reading->seconds);
        of->seen = trail->number;
    }

    return 0;
}

void
watch_trail_points(const watch_trail_t *trail, const char *release,
    const char *variant, watch_point_t *points, unsigned n)
{
    unsigned i;
    uint64_t back;
    const watch_series_t *of = find(trail, release, variant);

    for (i = 0; i < n; i++) {
        back = n - 1 - i;
        points[i] = of != NULL && back < WATCH_POINTS && back < trail->number
                            && trail->number - back <= of->seen
                        ? of->points[(trail->number - back) % WATCH_POINTS]
                        : unknown;
    }
}

/* --- changes and workers ---------------------------------------------------------- */

static void
add_changes(watch_trail_t *trail, const watch_reading_t *reading)
{
    unsigned i;

    if (reading->first_changes) {
        trail->nchanges = 0;
    }

    for (i = 0; i < reading->nchanges; i++) {
        memmove(&trail->changes[1], &trail->changes[0],
            (WATCH_CHANGES - 1) * sizeof(trail->changes[0]));
        trail->changes[0] = reading->changes[i];
        trail->nchanges += trail->nchanges < WATCH_CHANGES;
    }
}

static void
add_workers(watch_trail_t *trail, const watch_reading_t *reading)
{
    if (reading->workers.serving + reading->workers.exiting > 0) {
        trail->idle = 0;
        trail->worked = true;
    } else {
        trail->idle += reading->seconds;
    }
}

int
watch_trail_add(watch_trail_t *trail, const watch_reading_t *reading)
{
    unsigned i;

    trail->number++;
    add_changes(trail, reading);
    add_workers(trail, reading);

    for (i = 0; i < reading->nreleases; i++) {
        if (add_points(trail, reading, &reading->releases[i]) != 0) {
            return -1;
        }
    }

    return 0;
}
