/*
 * Latencies in log-linear buckets, as HdrHistogram has them
 * (https://hdrhistogram.org): each power of two is divided into 16 equal
 * parts, so that a bucket's width is at most 1/16 of its lower bound.
 *
 * Times are microseconds. Bucket 0 holds what is below 64 us, the last what is
 * 134 s (2^27 us) and more; between them are 21 powers of two.
 */

#ifndef GRAY_SEGMENT_LATENCY_H
#define GRAY_SEGMENT_LATENCY_H

#include <stdint.h>

#define GRAY_LATENCY_FIRST 6 /* 2^6 us                                   */
#define GRAY_LATENCY_END 27  /* 2^27 us                                  */
#define GRAY_LATENCY_BUCKETS (2 + (GRAY_LATENCY_END - GRAY_LATENCY_FIRST) * 16)

/* The bucket of a time. A few instructions. */
static inline unsigned
gray_latency_bucket(uint64_t us)
{
    unsigned power;

    if (us < (uint64_t) 1 << GRAY_LATENCY_FIRST) {
        return 0;
    }

    if (us >= (uint64_t) 1 << GRAY_LATENCY_END) {
        return GRAY_LATENCY_BUCKETS - 1;
    }

    power = 63 - (unsigned) __builtin_clzll(us);

    return 1 + (power - GRAY_LATENCY_FIRST) * 16
           + (unsigned) (us >> (power - 4) & 15);
}

/* The times of a bucket are below this; UINT64_MAX for the last. */
uint64_t gray_latency_end(unsigned bucket);

/* How many of the counted times are below `us`, one of the buckets' ends. */
uint64_t gray_latency_below(
    const uint64_t counts[GRAY_LATENCY_BUCKETS], uint64_t us);

/* The time below which a part `q` of all lies (0.5, 0.99), interpolated within
 * its bucket; 0 when nothing was counted. */
uint64_t gray_latency_quantile(
    const uint64_t counts[GRAY_LATENCY_BUCKETS], double q);

#endif
