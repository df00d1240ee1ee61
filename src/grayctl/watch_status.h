/*
 * A reading of what grayd's /v1/status told, and of the seconds that its events
 * told since the reading before.
 */

#ifndef GRAYCTL_WATCH_STATUS_H
#define GRAYCTL_WATCH_STATUS_H

#include <jansson.h>
#include "watch_source.h"

/* Fills in releases, workers and revision. `before` is the status of the reading
 * before, of which the decisions are counted; NULL: they are not known. The
 * intervals are those of `since`. -1: no memory. */
int watch_status_fill(watch_reading_t *reading, const json_t *status,
    const json_t *before, const watch_reading_t *since);

/* Why there is nothing newer. */
void watch_status_trouble(watch_reading_t *reading, const gray_error_t *error);

#endif
