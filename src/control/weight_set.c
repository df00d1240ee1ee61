/*
 * The weights that a person asks for, put into a document. Who owns which
 * buckets follows when the document is put.
 */

#include <stdlib.h>
#include <string.h>
#include "change.h"
#include "core/name.h"


static uint32_t
gray_weights_sum(const uint32_t *weights)
{
    unsigned v;
    uint32_t sum;

    sum = 0;
    for (v = 0; v < GRAY_VARIANTS_MAX; v++) {
        sum += weights[v];
    }

    return sum;
}


/* The variant that a weight is for; -1: *error. */
static int
gray_weight_variant(
    const gray_change_t *change, const char *name, gray_error_t *error)
{
    int v;
    const gray_document_t *document = &change->document;

    v = gray_document_variant(document, (gray_str_t){ strlen(name), name });
    if (v < 0) {
        return gray_variant_missing(document, change->release, name, error);
    }

    if (v == (int) document->default_variant) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "'%s' is the default of release %s: its weight is what the others "
            "leave",
            name, change->release);
        return gray_error_hint(error,
            "set the other variants' weights; to give it everything: grayctl "
            "promote %s %s",
            change->release, name);
    }

    return v;
}


/* The weight that a variant would have. */
static int
gray_weight_apply(const gray_change_t *change, const gray_weight_t *weight,
    uint32_t *now, gray_error_t *error)
{
    int64_t buckets;
    char has[16], would[16];

    buckets = weight->buckets + (weight->relative ? (int64_t) *now : 0);
    if (buckets >= 0 && buckets <= GRAY_BUCKETS) {
        *now = (uint32_t) buckets;
        return 0;
    }

    gray_percent_print(*now, has);
    gray_percent_print((uint32_t) (buckets < 0 ? -buckets : buckets), would);

    (void) gray_error_set(error, GRAY_EINVALID,
        "'%s' of release %s would have %s%s%%, which is %s (now: %s%%)",
        weight->variant, change->release, buckets < 0 ? "-" : "", would,
        buckets < 0 ? "less than nobody" : "more than 100%", has);

    return gray_error_hint(error, "%s=%d is %s", weight->variant,
        buckets < 0 ? 0 : 100, buckets < 0 ? "nobody" : "everyone");
}


/* Refuses a sum over 100 %, and tells both sums. */
static int
gray_weights_check(const gray_change_t *change, const uint32_t *before,
    const uint32_t *after, gray_error_t *error)
{
    char was[16], is[16];

    if (gray_weights_sum(after) <= GRAY_BUCKETS) {
        return 0;
    }

    gray_percent_print(gray_weights_sum(before), was);
    gray_percent_print(gray_weights_sum(after), is);
    (void) gray_error_set(error, GRAY_EINVALID,
        "the weights of release %s would add up to %s%%, more than 100%% "
        "(now: %s%%)",
        change->release, is, was);

    return gray_error_hint(error,
        "lower another variant in the same call; '%s' has what is left",
        change->document.variants[change->document.default_variant]);
}


static bool
gray_by_same(char *const by[], unsigned nby, const gray_weights_t *weights)
{
    unsigned i;

    if (nby != weights->nby) {
        return false;
    }

    for (i = 0; i < nby; i++) {
        if (strcmp(by[i], weights->by[i]) != 0) {
            return false;
        }
    }

    return true;
}


static int
gray_by_set(char *by[GRAY_BY_MAX], unsigned *nby, const gray_weights_t *weights,
    gray_error_t *error)
{
    char *copy;
    unsigned i;

    if (weights->nby > GRAY_BY_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "a split hashes the first that is present of at most %d "
            "attributes, not of %u",
            GRAY_BY_MAX, weights->nby);
    }
    if (gray_by_same(by, *nby, weights)) {
        return 0;
    }

    for (i = 0; i < weights->nby; i++) {
        if (!gray_attribute_valid(
                (gray_str_t){ strlen(weights->by[i]), weights->by[i] }))
        {
            return gray_error_set(error, GRAY_EINVALID,
                "'%.80s' is no attribute's name", weights->by[i]);
        }
    }

    while (*nby > 0) {
        free(by[--*nby]);
    }
    for (i = 0; i < weights->nby; i++) {
        copy = strdup(weights->by[i]);
        if (copy == NULL) {
            return gray_no_memory(error);
        }
        by[(*nby)++] = copy;
    }

    return 0;
}


/* Only nobody and everybody can be told without an attribute to hash. */
static int
gray_weights_need_by(const gray_change_t *change, const uint32_t *weights,
    unsigned nby, gray_error_t *error)
{
    unsigned v;

    if (nby > 0) {
        return 0;
    }

    for (v = 0; v < GRAY_VARIANTS_MAX; v++) {
        if (weights[v] > 0 && weights[v] < GRAY_BUCKETS) {
            (void) gray_error_set(error, GRAY_EINVALID,
                "release %s does not say which attribute to divide people by",
                change->release);
            return gray_error_hint(error,
                "name it, or several of which the first that is present "
                "counts: --by device_id,user");
        }
    }

    return 0;
}


int
gray_change_weights(gray_change_t *change, int rule,
    const gray_weights_t *weights, gray_error_t *error)
{
    int v;
    bool seen[GRAY_VARIANTS_MAX] = { false };
    unsigned i, nby;
    uint32_t after[GRAY_VARIANTS_MAX];
    gray_rule_t *own;
    gray_split_t *split;

    own = rule >= 0 ? &change->document.rules[rule] : NULL;
    split = own != NULL ? &own->split : &change->document.split;
    memcpy(after, split->weights, sizeof(after));

    for (i = 0; i < weights->n; i++) {
        v = gray_weight_variant(change, weights->weights[i].variant, error);
        if (v < 0
            || gray_weight_apply(change, &weights->weights[i], &after[v], error)
                   != 0)
        {
            return -1;
        }
        if (seen[v]) {
            return gray_error_set(error, GRAY_EINVALID, "'%s' has two weights",
                weights->weights[i].variant);
        }
        seen[v] = true;
    }

    if (gray_weights_check(change, split->weights, after, error) != 0) {
        return -1;
    }

    if (weights->nby > 0
        && gray_by_set(own != NULL ? own->by : change->document.by,
               own != NULL ? &own->nby : &change->document.nby, weights, error)
               != 0)
    {
        return -1;
    }

    nby = own != NULL && own->nby > 0 ? own->nby : change->document.nby;
    if (gray_weights_need_by(change, after, nby, error) != 0) {
        return -1;
    }

    memcpy(split->weights, after, sizeof(after));

    return 0;
}
