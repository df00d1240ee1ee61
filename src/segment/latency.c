/* Latencies in log-linear buckets. */

#include "latency.h"


static uint64_t
latency_begin(unsigned bucket)
{
    unsigned power, part;

    if (bucket == 0) {
        return 0;
    }

    power = GRAY_LATENCY_FIRST + (bucket - 1) / 16;
    part = (bucket - 1) % 16;

    return (uint64_t) (16 + part) << (power - 4);
}


uint64_t
gray_latency_end(unsigned bucket)
{
    return bucket >= GRAY_LATENCY_BUCKETS - 1 ? UINT64_MAX
                                              : latency_begin(bucket + 1);
}


uint64_t
gray_latency_below(const uint64_t counts[GRAY_LATENCY_BUCKETS], uint64_t us)
{
    uint64_t below = 0;

    for (unsigned i = 0; i < GRAY_LATENCY_BUCKETS; i++) {
        if (gray_latency_end(i) > us) {
            break;
        }
        below += counts[i];
    }

    return below;
}


/* Where the n-th of the bucket's times is, if they lie evenly. */
static uint64_t
latency_within(unsigned bucket, double n, uint64_t count)
{
    uint64_t begin = latency_begin(bucket);

    /* what is beyond the last end is not known any more exactly */
    if (bucket == GRAY_LATENCY_BUCKETS - 1) {
        return begin;
    }

    return begin
           + (uint64_t) ((double) (gray_latency_end(bucket) - begin) * n
                         / (double) count);
}


uint64_t
gray_latency_quantile(const uint64_t counts[GRAY_LATENCY_BUCKETS], double q)
{
    uint64_t total = 0, before = 0;
    double wanted;

    for (unsigned i = 0; i < GRAY_LATENCY_BUCKETS; i++) {
        total += counts[i];
    }

    wanted = q * (double) total;

    for (unsigned i = 0; i < GRAY_LATENCY_BUCKETS; i++) {
        if (counts[i] != 0 && (double) (before + counts[i]) >= wanted) {
            return latency_within(i, wanted - (double) before, counts[i]);
        }
        before += counts[i];
    }

    return 0;
}
