/*
 * Figures of the last second and the last hour, per release and variant, from
 * what workers count (segment/responses.h). Sampled once a second by one
 * thread; any thread may read.
 */

#ifndef GRAYD_STATS_H
#define GRAYD_STATS_H

#include <jansson.h>
#include "control/control.h"

/* What is kept of each series, and how many series: 128 are all pairs of
 * release and variant that can be counted. 86 KB each. */
#define GRAYD_STATS_SECONDS 3600
#define GRAYD_STATS_SERIES 128

typedef struct grayd_stats_s grayd_stats_t;

grayd_stats_t *grayd_stats_create(void);
void grayd_stats_free(grayd_stats_t *stats);

/* Takes the second's sample; `control` NULL: there is nothing to be read.
 * `store` is grayd_gate_stores(). */
void grayd_stats_sample(
    grayd_stats_t *stats, gray_control_t *control, unsigned store);

/*
 * The last second:
 *
 *   {"time": "2026-01-31T12:00:00Z", "counters": true, "releases": [
 *     {"name": "shop", "variants": [{"name": "gray", "requests": 120,
 *       "errors": 1, "gone": 0, "connect_errors": 0, "upstream_errors": 1,
 *       "hidden": 0, "p50_us": 900, "p95_us": 4100, "p99_us": 9000,
 *       "upstream_requests": 120, "upstream_p50_us": 800, …,
 *       "total": 123456}], "rules": [{"name": "qa", "hits": 3, "total": 4711}]}]}
 *
 * Everything is of that second, as gray_interval_t has it, but for total: all
 * requests, or decisions of the rule, since ever. Of the rules there are those
 * that decided in that second, and those that are new. Errors are 5xx to the client or hidden from it, gone are
 * 499.
 */
json_t *grayd_stats_now(grayd_stats_t *stats);

/*
 * The last `seconds`, oldest first, of one release (NULL: all):
 *
 *   {"end": "2026-01-31T12:00:00Z", "seconds": 300, "series": [
 *     {"release": "shop", "variant": "gray", "requests": [0, 3, …],
 *      "errors": […], "gone": […], "p50_us": […], "p95_us": […],
 *      "p99_us": […]}]}
 *
 * null where nothing was sampled yet.
 */
json_t *grayd_stats_history(
    grayd_stats_t *stats, const char *release, unsigned seconds);

#endif
