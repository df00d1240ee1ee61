#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "split.h"

#define NOBODY 255

/* Who owns each bucket, while weights change. */
typedef struct {
    gray_split_t *split;
    uint8_t owner[GRAY_BUCKETS];
} plan_t;

typedef enum {
    UPWARDS,  /* owned: in the order of taking                          */
    DOWNWARDS /* released: in the order of giving back                  */
} direction_t;

typedef struct {
    gray_range_t **ranges;
    unsigned *n;
    direction_t direction;
} list_t;


void
gray_split_init(gray_split_t *split)
{
    memset(split, 0, sizeof(*split));
}


void
gray_split_free(gray_split_t *split)
{
    free(split->owned);
    free(split->released);
    gray_split_init(split);
}


void
gray_bucket_salt(gray_murmur3_t *salted, gray_str_t salt)
{
    gray_murmur3_init(salted, 0);
    gray_murmur3_add(salted, salt.data, salt.len);
    gray_murmur3_add(salted, ":", 1);
}


uint32_t
gray_bucket_salted(const gray_murmur3_t *salted, gray_str_t value)
{
    uint64_t hash = gray_murmur3_end(salted, value.data, value.len);

    return (uint32_t) (hash * GRAY_BUCKETS >> 32);
}


uint32_t
gray_bucket(gray_str_t salt, gray_str_t value)
{
    gray_murmur3_t salted;

    gray_bucket_salt(&salted, salt);

    return gray_bucket_salted(&salted, value);
}


static list_t
owned(gray_split_t *split)
{
    return (list_t){ &split->owned, &split->nowned, UPWARDS };
}


static list_t
released(gray_split_t *split)
{
    return (list_t){ &split->released, &split->nreleased, DOWNWARDS };
}


/* Where the group of a variant ends in a list grouped by variant. */
static unsigned
group_end(list_t list, uint32_t variant)
{
    unsigned low = 0, high = *list.n;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if ((*list.ranges)[middle].variant <= variant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}


/* The variant's last range; -1: none. */
static int
last_of(list_t list, uint32_t variant)
{
    int last = (int) group_end(list, variant) - 1;

    return last >= 0 && (*list.ranges)[last].variant == variant ? last : -1;
}


static int
insert(list_t list, unsigned at, gray_range_t range)
{
    unsigned n = *list.n;
    gray_range_t *ranges = *list.ranges;

    /* Room for a power of two: grown when it is full. */
    if ((n & (n - 1)) == 0) {
        ranges = realloc(ranges, (n ? 2 * (size_t) n : 1) * sizeof(*ranges));
        if (ranges == NULL) {
            return -1;
        }
        *list.ranges = ranges;
    }

    memmove(ranges + at + 1, ranges + at, (n - at) * sizeof(*ranges));
    ranges[at] = range;
    *list.n = n + 1;
    return 0;
}


static void delete (list_t list, unsigned at)
{
    gray_range_t *ranges = *list.ranges;

    (*list.n)--;
    memmove(ranges + at, ranges + at + 1, (*list.n - at) * sizeof(*ranges));
}


/* Appends a run to its variant's group: to the last range where the order
 * allows. */
static int
append(list_t list, uint32_t first, uint32_t end, uint32_t variant)
{
    int last = last_of(list, variant);
    gray_range_t *range = last < 0 ? NULL : *list.ranges + last;

    if (range && list.direction == UPWARDS && range->end == first) {
        range->end = end;
        return 0;
    }

    if (range && list.direction == DOWNWARDS && range->first == end) {
        range->first = first;
        return 0;
    }

    return insert(
        list, group_end(list, variant), (gray_range_t){ first, end, variant });
}


/* The first bucket from `first` on that is free (or is not), or `end`. */
static uint32_t
find(const plan_t *plan, uint32_t first, uint32_t end, bool is_free)
{
    while (first < end && (plan->owner[first] == NOBODY) != is_free) {
        first++;
    }

    return first;
}


/* Takes the free ones of [*first, end), at most *n; moves *first on. */
static int
take(plan_t *plan, uint32_t variant, uint32_t *first, uint32_t end, uint32_t *n)
{
    while (*n > 0 && (*first = find(plan, *first, end, true)) < end) {
        uint32_t limit = *n < end - *first ? *first + *n : end;
        uint32_t stop = find(plan, *first, limit, false);

        memset(plan->owner + *first, (int) variant, stop - *first);

        if (append(owned(plan->split), *first, stop, variant) != 0) {
            return -1;
        }

        *n -= stop - *first;
        *first = stop;
    }

    return 0;
}


/* Gives back the last `n` buckets that the variant took. */
static int
shrink(plan_t *plan, uint32_t variant, uint32_t n)
{
    list_t list = owned(plan->split);

    while (n > 0) {
        int last = last_of(list, variant);
        gray_range_t *range = *list.ranges + last;
        uint32_t end = range->end;
        uint32_t size = end - range->first;

        if (size <= n) {
            delete (list, (unsigned) last);
        } else {
            size = n;
            range->end -= n;
        }

        n -= size;
        memset(plan->owner + end - size, NOBODY, size);

        if (append(released(plan->split), end - size, end, variant) != 0) {
            return -1;
        }
    }

    return 0;
}


/* Takes up to *n buckets that the variant gave back last. */
static int
take_own(plan_t *plan, uint32_t variant, uint32_t *n)
{
    list_t list = released(plan->split);
    int last;

    while (*n > 0 && (last = last_of(list, variant)) >= 0) {
        gray_range_t *range = *list.ranges + last;

        if (take(plan, variant, &range->first, range->end, n) != 0) {
            return -1;
        }

        if (range->first == range->end) {
            delete (list, (unsigned) last);
        }
    }

    return 0;
}


static int
grow(plan_t *plan, uint32_t variant, uint32_t n)
{
    uint32_t lowest = 0;

    if (take_own(plan, variant, &n) != 0) {
        return -1;
    }

    return take(plan, variant, &lowest, GRAY_BUCKETS, &n);
}


/* The free runs of a released range, downwards. */
static int
keep_free(plan_t *plan, const gray_range_t *range)
{
    uint32_t first, end = range->end;

    while (end > range->first) {
        if (plan->owner[end - 1] != NOBODY) {
            end--;
            continue;
        }

        for (first = end - 1; first > range->first; first--) {
            if (plan->owner[first - 1] != NOBODY) {
                break;
            }
        }

        if (append(released(plan->split), first, end, range->variant) != 0) {
            return -1;
        }
        end = first;
    }

    return 0;
}


/* A bucket that somebody took is nobody's released one any more. */
static int
forget_taken(plan_t *plan)
{
    gray_split_t old = *plan->split;
    unsigned i;
    int rc = 0;

    plan->split->released = NULL;
    plan->split->nreleased = 0;

    for (i = 0; i < old.nreleased && rc == 0; i++) {
        rc = keep_free(plan, &old.released[i]);
    }

    free(old.released);
    return rc;
}


static int
copy_ranges(list_t to, const gray_range_t *ranges, unsigned n)
{
    unsigned i;

    *to.ranges = NULL;
    *to.n = 0;

    for (i = 0; i < n; i++) {
        if (insert(to, group_end(to, ranges[i].variant), ranges[i]) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
move_buckets(plan_t *plan, const uint32_t *weights)
{
    const uint32_t *old = plan->split->weights;
    uint32_t v;

    /* Shrinking first: what is given back is there for those that grow. */
    for (v = 0; v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        if (weights[v] < old[v] && shrink(plan, v, old[v] - weights[v]) != 0) {
            return -1;
        }
    }

    for (v = 0; v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        if (weights[v] > old[v] && grow(plan, v, weights[v] - old[v]) != 0) {
            return -1;
        }
    }

    return forget_taken(plan);
}


/* The weights as they will be kept: nothing for the default and for variants
 * that are not there. */
static int
check_weights(const uint32_t *wanted, unsigned nvariants,
    unsigned default_variant, uint32_t weights[GRAY_SPLIT_VARIANTS_MAX],
    gray_error_t *error)
{
    unsigned v;

    memset(weights, 0, GRAY_SPLIT_VARIANTS_MAX * sizeof(*weights));

    for (v = 0; v < nvariants && v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        if (v != default_variant) {
            weights[v] = wanted[v];
        }
    }

    return gray_split_check_sum(weights, nvariants, default_variant, error);
}


int
gray_split_set(gray_split_t *split,
    const uint32_t weights[GRAY_SPLIT_VARIANTS_MAX], unsigned nvariants,
    unsigned default_variant, gray_error_t *error)
{
    uint32_t wanted[GRAY_SPLIT_VARIANTS_MAX];
    gray_split_t new;
    plan_t *plan;
    unsigned i;
    int rc = -1;

    /* Of whichever default: this change may make it another. */
    if (gray_split_check(
            split, GRAY_SPLIT_VARIANTS_MAX, GRAY_SPLIT_VARIANTS_MAX, error)
            != 0
        || check_weights(weights, nvariants, default_variant, wanted, error)
               != 0)
    {
        return -1;
    }

    gray_split_init(&new);
    memcpy(new.weights, split->weights, sizeof(new.weights));
    plan = malloc(sizeof(plan_t));

    if (plan != NULL
        && copy_ranges(owned(&new), split->owned, split->nowned) == 0
        && copy_ranges(released(&new), split->released, split->nreleased) == 0)
    {
        plan->split = &new;
        memset(plan->owner, NOBODY, sizeof(plan->owner));

        for (i = 0; i < new.nowned; i++) {
            memset(plan->owner + new.owned[i].first, (int) new.owned[i].variant,
                new.owned[i].end - new.owned[i].first);
        }

        rc = move_buckets(plan, wanted);
    }

    free(plan);

    if (rc != 0) {
        gray_split_free(&new);
        return gray_error_set(error, GRAY_ESYSTEM, "out of memory");
    }

    memcpy(new.weights, wanted, sizeof(new.weights));
    gray_split_free(split);
    *split = new;
    return 0;
}
