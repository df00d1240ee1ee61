/*
 * What happened between two readings of a variant's counters (responses.h).
 */

#ifndef GRAY_SEGMENT_INTERVAL_H
#define GRAY_SEGMENT_INTERVAL_H

#include "responses.h"

typedef struct {
    uint64_t requests;
    uint64_t errors; /* GRAY_RESPONSE_ERRORS: each request once           */
    uint64_t gone;   /* 499                                              */
    uint64_t connect_errors;
    uint64_t upstream_errors;
    uint64_t hidden;
    uint64_t p50_us; /* of the request's time; 0 without requests         */
    uint64_t p95_us;
    uint64_t p99_us;
    uint64_t upstream_n;      /* requests that were sent to an upstream    */
    uint64_t upstream_p50_us; /* of the upstream's time                   */
    uint64_t upstream_p95_us;
    uint64_t upstream_p99_us;
} gray_interval_t;

/*
 * Fills *interval. False, with all of it 0, when a count is lower than it was
 * before: they began anew between the two, and what was counted since then
 * cannot be told from what was there.
 */
bool gray_interval(const gray_responses_t *now, const gray_responses_t *before,
    gray_interval_t *interval);

#endif
