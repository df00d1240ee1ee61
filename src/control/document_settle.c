/*
 * Who owns which buckets after a change.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "document_json.h"
#include "internal.h"


/* Copies ranges, variants mapped by name; those of variants that are gone or
 * are the default now go to nobody. */
static int
gray_settle_ranges(const gray_document_t *document, const gray_document_t *old,
    const gray_range_t *from, unsigned nfrom, gray_range_t **to, unsigned *nto)
{
    int variant;
    unsigned i;
    const char *name;

    *to = malloc((nfrom + 1) * sizeof(gray_range_t));
    if (*to == NULL) {
        return -1;
    }

    for (i = 0; i < nfrom; i++) {
        name = old->variants[from[i].variant];
        variant = gray_document_variant(
            document, (gray_str_t){ strlen(name), name });
        if (variant >= 0 && variant != (int) document->default_variant) {
            (*to)[*nto] = from[i];
            (*to)[(*nto)++].variant = (uint32_t) variant;
        }
    }

    return 0;
}


static int
gray_settle_inherit(const gray_document_t *document, gray_split_t *split,
    const gray_document_t *old, const gray_split_t *from)
{
    if (gray_settle_ranges(document, old, from->owned, from->nowned,
            &split->owned, &split->nowned)
        != 0)
    {
        return -1;
    }

    return gray_settle_ranges(document, old, from->released, from->nreleased,
        &split->released, &split->nreleased);
}


/* The split of `old` whose state this one goes on with. */
static const gray_split_t *
gray_settle_find(const gray_document_t *old, const gray_rule_t *rule)
{
    int i;

    if (old == NULL) {
        return NULL;
    }
    if (rule == NULL) {
        return old->has_split ? &old->split : NULL;
    }

    i = gray_document_rule(old, (gray_str_t){ strlen(rule->name), rule->name });

    return i >= 0 && old->rules[i].variant < 0 ? &old->rules[i].split : NULL;
}


/* Moves the ranges, whatever their number, to the weights. */
static int
gray_settle_split(const gray_document_t *document, gray_split_t *split,
    const gray_document_t *old, const gray_rule_t *rule, const char *place,
    gray_errors_t *errors)
{
    unsigned i;
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX];
    gray_error_t problem;
    const gray_split_t *from;

    /* A document that gave ranges, though none, has these arrays. */
    if (split->owned == NULL && split->released == NULL) {
        from = gray_settle_find(old, rule);
        if (from != NULL
            && gray_settle_inherit(document, split, old, from) != 0) {
            return gray_no_memory(gray_errors_next(errors));
        }
    }

    memcpy(weights, split->weights, sizeof(weights));
    memset(split->weights, 0, sizeof(split->weights));
    for (i = 0; i < split->nowned; i++) {
        split->weights[split->owned[i].variant]
            += split->owned[i].end - split->owned[i].first;
    }

    memset(&problem, 0, sizeof(problem));
    if (gray_split_check(
            split, document->nvariants, document->default_variant, &problem)
            != 0
        || gray_split_set(split, weights, document->nvariants,
               document->default_variant, &problem)
               != 0)
    {
        /* Reported here: the compiler need not find it again. */
        gray_split_free(split);
        gray_split_init(split);
        (void) gray_error_place(&problem, "%s", place);
        *gray_errors_next(errors) = problem;
        return -1;
    }

    return 0;
}


int
gray_document_settle(gray_document_t *document, const gray_document_t *old,
    gray_errors_t *errors)
{
    int rc;
    unsigned i;
    char place[64];
    gray_rule_t *rule;

    rc = 0;

    for (i = 0; i < document->nrules; i++) {
        rule = &document->rules[i];
        if (rule->variant < 0) {
            (void) snprintf(place, sizeof(place), "rules[%u].split", i);
            rc |= gray_settle_split(
                document, &rule->split, old, rule, place, errors);
        }
    }

    if (document->has_split) {
        rc |= gray_settle_split(
            document, &document->split, old, NULL, "split", errors);
    }

    return rc;
}
