#include "split.h"

/* What a range of a split must fit into. */
typedef struct {
    unsigned nvariants;
    unsigned default_variant;
    gray_error_t *error;
    unsigned char taken[GRAY_BUCKETS / 8]; /* one bit for each bucket   */
} check_t;


static int
check_range(check_t *c, const char *kind, const gray_range_t *range)
{
    uint32_t bucket;

    if (range->first >= range->end || range->end > GRAY_BUCKETS) {
        return gray_error_set(c->error, GRAY_EINVALID,
            "%s buckets %u-%u are not within 0-%d", kind, range->first,
            range->end, GRAY_BUCKETS);
    }

    if (range->variant >= c->nvariants || range->variant == c->default_variant)
    {
        return gray_error_set(c->error, GRAY_EINVALID,
            "%s buckets %u-%u belong to variant %u, which can own none", kind,
            range->first, range->end, range->variant);
    }

    for (bucket = range->first; bucket < range->end; bucket++) {
        unsigned char bit = (unsigned char) (1 << bucket % 8);

        if (c->taken[bucket / 8] & bit) {
            return gray_error_set(
                c->error, GRAY_EINVALID, "bucket %u is in two ranges", bucket);
        }
        c->taken[bucket / 8] |= bit;
    }

    return 0;
}


int
gray_split_check_sum(const uint32_t weights[GRAY_SPLIT_VARIANTS_MAX],
    unsigned nvariants, unsigned default_variant, gray_error_t *error)
{
    uint64_t sum = 0;
    unsigned v;

    for (v = 0; v < nvariants && v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        sum += v == default_variant ? 0 : weights[v];
    }

    if (sum > GRAY_BUCKETS) {
        gray_error_set(error, GRAY_EINVALID,
            "the weights add up to %.3f %%, more than 100 %%",
            (double) sum * 100 / GRAY_BUCKETS);
        return gray_error_hint(
            error, "the default variant has what the others leave");
    }

    return 0;
}


static int
check_counts(check_t *c, const gray_split_t *split, const uint32_t *counts)
{
    unsigned v;

    if (gray_split_check_sum(
            split->weights, c->nvariants, c->default_variant, c->error)
        != 0)
    {
        return -1;
    }

    for (v = 0; v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        if (v == c->default_variant) {
            continue;
        }

        if (v >= c->nvariants && split->weights[v] > 0) {
            return gray_error_set(c->error, GRAY_EINVALID,
                "variant %u has a weight but is not there", v);
        }

        if (counts[v] != split->weights[v]) {
            return gray_error_set(c->error, GRAY_EINVALID,
                "variant %u has weight %u but owns %u buckets", v,
                split->weights[v], counts[v]);
        }
    }

    return 0;
}


static int
check_ranges(check_t *c, const gray_split_t *split)
{
    uint32_t counts[GRAY_SPLIT_VARIANTS_MAX] = { 0 };
    unsigned i;

    for (i = 0; i < split->nowned; i++) {
        const gray_range_t *range = &split->owned[i];

        if (check_range(c, "owned", range) != 0) {
            return -1;
        }
        counts[range->variant] += range->end - range->first;
    }

    for (i = 0; i < split->nreleased; i++) {
        if (check_range(c, "released", &split->released[i]) != 0) {
            return -1;
        }
    }

    return check_counts(c, split, counts);
}


int
gray_split_check(const gray_split_t *split, unsigned nvariants,
    unsigned default_variant, gray_error_t *error)
{
    check_t c = { nvariants, default_variant, error, { 0 } };

    if (nvariants > GRAY_SPLIT_VARIANTS_MAX) {
        return gray_error_set(error, GRAY_EINVALID, "too many variants");
    }

    return check_ranges(&c, split);
}
