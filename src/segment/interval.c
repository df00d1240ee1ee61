/* What happened between two readings of a variant's counters. */

#include "interval.h"

#include <string.h>


static bool
grown(uint64_t *out, const uint64_t *now, const uint64_t *before, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (now[i] < before[i]) {
            return false;
        }
        out[i] = now[i] - before[i];
    }

    return true;
}


bool
gray_interval(const gray_responses_t *now, const gray_responses_t *before,
    gray_interval_t *interval)
{
    uint64_t classes[GRAY_CLASS_MAX], counts[GRAY_RESPONSE_MAX];
    uint64_t request[GRAY_LATENCY_BUCKETS], upstream[GRAY_LATENCY_BUCKETS];

    memset(interval, 0, sizeof(*interval));

    if (now->n < before->n || now->upstream_n < before->upstream_n
        || !grown(classes, now->classes, before->classes, GRAY_CLASS_MAX)
        || !grown(counts, now->counts, before->counts, GRAY_RESPONSE_MAX)
        || !grown(request, now->request, before->request, GRAY_LATENCY_BUCKETS)
        || !grown(
            upstream, now->upstream, before->upstream, GRAY_LATENCY_BUCKETS))
    {
        return false;
    }

    interval->requests = now->n - before->n;
    interval->errors = counts[GRAY_RESPONSE_ERRORS];
    interval->gone = classes[GRAY_CLASS_499];
    interval->connect_errors = counts[GRAY_RESPONSE_CONNECT_ERRORS];
    interval->upstream_errors = counts[GRAY_RESPONSE_UPSTREAM_ERRORS];
    interval->hidden = counts[GRAY_RESPONSE_HIDDEN];
    interval->p50_us = gray_latency_quantile(request, 0.5);
    interval->p95_us = gray_latency_quantile(request, 0.95);
    interval->p99_us = gray_latency_quantile(request, 0.99);
    interval->upstream_n = now->upstream_n - before->upstream_n;
    interval->upstream_p50_us = gray_latency_quantile(upstream, 0.5);
    interval->upstream_p95_us = gray_latency_quantile(upstream, 0.95);
    interval->upstream_p99_us = gray_latency_quantile(upstream, 0.99);

    return true;
}
