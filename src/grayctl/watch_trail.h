/*
 * What became of the readings so far: points for the sparklines, the last
 * changes, and how long no worker was seen.
 */

#ifndef GRAYCTL_WATCH_TRAIL_H
#define GRAYCTL_WATCH_TRAIL_H

#include "watch_source.h"

#define WATCH_POINTS 240
#define WATCH_CHANGES 32

/* Of one reading; negative: not known. */
typedef struct {
    float rate;   /* requests per second                               */
    float errors; /* the part of them that are errors, 0 to 1          */
    float p95_us;
} watch_point_t;

typedef struct {
    char release[GRAY_NAME_MAX + 1];
    char variant[GRAY_NAME_MAX + 1];
    uint64_t seen; /* the number of the reading that had it last       */
    watch_point_t points[WATCH_POINTS];
} watch_series_t;

typedef struct {
    uint64_t number; /* of the last reading, from 1                    */
    double idle;     /* seconds without any worker                     */
    bool worked;     /* there was one before                           */
    unsigned nchanges;
    watch_change_t changes[WATCH_CHANGES]; /* the newest first         */
    unsigned nseries;
    watch_series_t **series;
} watch_trail_t;

/* NULL: no memory. */
watch_trail_t *watch_trail_create(void);
void watch_trail_free(watch_trail_t *trail);

/* -1: no memory. */
int watch_trail_add(watch_trail_t *trail, const watch_reading_t *reading);

/* The points of a variant, `n` at most, the oldest first, the last of them that
 * of the newest reading; those before the first reading are not known. */
void watch_trail_points(const watch_trail_t *trail, const char *release,
    const char *variant, watch_point_t *points, unsigned n);

#endif
