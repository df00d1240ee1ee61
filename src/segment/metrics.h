/*
 * Everything in the counters as text: for Prometheus (exposition format 0.0.4,
 * https://prometheus.io/docs/instrumenting/exposition_formats/) and as JSON.
 * nginx's gray_status and grayd's /metrics give the same.
 *
 * Series are bounded by the slots of the file, whatever requests do: names of
 * releases, variants, live lists and reasons, and nothing of a client. What
 * stands in the file is not believed: names are escaped, numbers are bounded.
 *
 * docs/metrics.md describes each metric; a test holds it against these tables.
 */

#ifndef GRAY_SEGMENT_METRICS_H
#define GRAY_SEGMENT_METRICS_H

#include <stdio.h>
#include "counters.h"

/* What the file does not know; 0 and NULL are left out. */
typedef struct {
    const char *version;       /* of the product                            */
    const char *nginx;         /* its version, or NULL                      */
    uint64_t revision;         /* of the store                              */
    uint64_t store_bytes;      /* used in the store                         */
    uint64_t store_file_bytes; /* size of its file                     */
    bool store_known;          /* whether store_ok means anything           */
    bool store_ok;
    const char *const *reasons; /* names by number, GRAY_COUNTERS_REASONS  */
} gray_metrics_host_t;

/* `out` is used by this thread alone. Both return 0, or -1 when it has an
 * error. `counters` NULL: only what the host knows. With ten releases it takes
 * less than a millisecond. */
int gray_metrics_text(FILE *out, const gray_counters_t *counters,
    const gray_metrics_host_t *host);
int gray_metrics_json(FILE *out, const gray_counters_t *counters,
    const gray_metrics_host_t *host);

#endif
