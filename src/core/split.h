/*
 * Buckets and splits.
 *
 * bucket = (murmur3_32(salt + ":" + value, seed 0) * 100000) >> 32. The
 * fractional step is flagd's (open-feature/flagd, core/pkg/evaluator/
 * fractional.go); docs/buckets.md holds published vectors.
 *
 * A split divides the 100 000 buckets. It stores which ranges each variant
 * owns, so that growing never moves anybody back: raising a weight takes
 * buckets only from the default variant, first those the variant itself
 * released last and that are still free, then the lowest free; lowering
 * releases the last taken first. What nobody owns is the default's.
 */

#ifndef GRAY_CORE_SPLIT_H
#define GRAY_CORE_SPLIT_H

#include "error.h"
#include "murmur3.h"
#include "str.h"

#define GRAY_BUCKETS 100000

/* Variants of a document; also document.h's limit. */
#define GRAY_SPLIT_VARIANTS_MAX 16

/* A run of buckets, first to last - 1, of one variant. */
typedef struct {
    uint32_t first;
    uint32_t end;
    uint32_t variant;
} gray_range_t;

/*
 * weights[v] in buckets (0.001 %), of variant v; the default's is 0. Both
 * arrays are grouped by variant; within a variant `owned` is in the order in
 * which the ranges were taken (each upwards), `released` in the order in which
 * they were given back (each downwards), and holds only buckets that nobody
 * has taken since. Both are malloc'ed and the split's.
 */
typedef struct {
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX];
    unsigned nowned;
    gray_range_t *owned;
    unsigned nreleased;
    gray_range_t *released;
} gray_split_t;

void gray_split_init(gray_split_t *split);
void gray_split_free(gray_split_t *split);

/* The bucket, 0 to GRAY_BUCKETS - 1, of a value under a salt. No allocation;
 * safe anywhere. */
uint32_t gray_bucket(gray_str_t salt, gray_str_t value);

/* The same in two steps: the salt's part is the same for every value. */
void gray_bucket_salt(gray_murmur3_t *salted, gray_str_t salt);
uint32_t gray_bucket_salted(const gray_murmur3_t *salted, gray_str_t value);

/*
 * Changes the weights to `weights` and moves the ranges accordingly. An error
 * (the weights' sum is over GRAY_BUCKETS, the ranges are not sound) changes
 * nothing. The default's own
 * weight is ignored: it has what is left.
 */
int gray_split_set(gray_split_t *split,
    const uint32_t weights[GRAY_SPLIT_VARIANTS_MAX], unsigned nvariants,
    unsigned default_variant, gray_error_t *error);

/* Whether the weights add up to 100 % at most, without the default's. */
int gray_split_check_sum(const uint32_t weights[GRAY_SPLIT_VARIANTS_MAX],
    unsigned nvariants, unsigned default_variant, gray_error_t *error);

/* Whether the ranges are sorted out: inside 0..GRAY_BUCKETS, none overlapping
 * another (owned or released), of variants that are there and not the
 * default, and as many owned as the weights say. */
int gray_split_check(const gray_split_t *split, unsigned nvariants,
    unsigned default_variant, gray_error_t *error);

#endif
