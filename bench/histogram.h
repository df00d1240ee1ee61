/*
 * Counts of durations in nanoseconds, exact to 1/128: each power of two has
 * 128 classes.
 */

#ifndef GRAY_BENCH_HISTOGRAM_H
#define GRAY_BENCH_HISTOGRAM_H

#include <stdint.h>

#define CLASS_BITS 8
#define CLASSES ((65 - CLASS_BITS) << CLASS_BITS)

typedef struct {
    uint64_t count[CLASSES];
    uint64_t total;
    uint64_t max;
} histogram_t;


static inline void
histogram_add(histogram_t *h, uint64_t ns)
{
    unsigned shift
        = ns >> CLASS_BITS == 0 ? 0 : 64 - CLASS_BITS - __builtin_clzll(ns);

    h->count[(shift << CLASS_BITS) + (ns >> shift)]++;
    h->total++;
    h->max = ns > h->max ? ns : h->max;
}


/* The least duration, in microseconds, that PART of all do not exceed. */
static inline double
histogram_at(const histogram_t *h, double part)
{
    uint64_t left = (uint64_t) ((double) h->total * part);

    for (unsigned i = 0; i < CLASSES; i++) {
        if (h->count[i] > left) {
            uint64_t value = i & ((1 << CLASS_BITS) - 1);
            uint64_t top = (value + 1) << (i >> CLASS_BITS);

            return (double) (top < h->max ? top : h->max) / 1e3;
        }
        left -= h->count[i];
    }

    return (double) h->max / 1e3;
}

#endif
