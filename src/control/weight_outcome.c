/*
 * What a change of weights comes to: who moved.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "weight_outcome.h"


const gray_split_t *
gray_weight_split(const gray_document_t *document, int rule)
{
    return rule >= 0 ? &document->rules[rule].split : &document->split;
}


/* The attributes that the split hashes: its own, or the release's. */
static char *const *
gray_weight_by(const gray_document_t *document, int rule, unsigned *nby)
{
    if (rule >= 0 && document->rules[rule].nby > 0) {
        *nby = document->rules[rule].nby;
        return document->rules[rule].by;
    }
    *nby = document->nby;

    return document->by;
}


int
gray_weight_shares(const gray_document_t *document, const gray_split_t *split,
    uint32_t shares[GRAY_VARIANTS_MAX])
{
    int whole;
    unsigned v;
    uint32_t rest;

    rest = GRAY_BUCKETS;
    for (v = 0; v < document->nvariants; v++) {
        shares[v] = split->weights[v];
        rest -= split->weights[v];
    }
    shares[document->default_variant] = rest;

    whole = -1;
    for (v = 0; v < document->nvariants; v++) {
        if (shares[v] == GRAY_BUCKETS) {
            whole = (int) v;
        }
    }

    return whole;
}


static void
gray_weight_owners(const gray_document_t *document, const gray_split_t *split,
    uint8_t owners[GRAY_BUCKETS])
{
    unsigned i;

    memset(owners, (int) document->default_variant, GRAY_BUCKETS);
    for (i = 0; i < split->nowned; i++) {
        memset(owners + split->owned[i].first, (int) split->owned[i].variant,
            split->owned[i].end - split->owned[i].first);
    }
}


static int
gray_weight_moved(const gray_change_t *change, int rule,
    gray_weighed_t *weighed, gray_error_t *error)
{
    unsigned i;
    uint8_t *before, *after;

    before = malloc(2 * GRAY_BUCKETS);
    if (before == NULL) {
        return gray_no_memory(error);
    }
    after = before + GRAY_BUCKETS;

    gray_weight_owners(
        &change->old, gray_weight_split(&change->old, rule), before);
    gray_weight_owners(
        &change->document, gray_weight_split(&change->document, rule), after);

    for (i = 0; i < GRAY_BUCKETS; i++) {
        if (before[i] != after[i]) {
            weighed->moved[before[i]][after[i]]++;
        }
    }
    free(before);

    return 0;
}


static void
gray_weight_by_changed(
    const gray_change_t *change, int rule, gray_weighed_t *weighed)
{
    unsigned i, nold;
    char *const *old, *const *by;

    old = gray_weight_by(&change->old, rule, &nold);
    by = gray_weight_by(&change->document, rule, &weighed->nby);

    weighed->by_changed = nold != weighed->nby;
    for (i = 0; i < weighed->nby; i++) {
        (void) strcpy(weighed->by[i], by[i]);
        weighed->by_changed |= i >= nold || strcmp(old[i], by[i]) != 0;
    }
}


/* The rules that may give another variant than the one that has all. */
static void
gray_weight_exceptions(
    const gray_document_t *document, int whole, gray_weighed_t *weighed)
{
    unsigned i;
    size_t len;
    const gray_rule_t *rule;
    uint32_t shares[GRAY_VARIANTS_MAX];

    len = 0;
    for (i = 0; i < document->nrules; i++) {
        rule = &document->rules[i];
        if (rule->variant >= 0
                ? rule->variant == whole
                : gray_weight_shares(document, &rule->split, shares) == whole)
        {
            continue;
        }
        if (len + strlen(rule->name) + 8 > sizeof(weighed->exceptions)) {
            (void) strcpy(weighed->exceptions + len, ", ...");
            return;
        }
        len += (size_t) sprintf(
            weighed->exceptions + len, "%s%s", len > 0 ? ", " : "", rule->name);
    }
}


int
gray_weight_outcome(const gray_change_t *change, int rule,
    gray_weighed_t *weighed, gray_error_t *error)
{
    int was, is;
    const gray_document_t *document = &change->document;

    memset(weighed, 0, sizeof(*weighed));
    weighed->nvariants = document->nvariants;
    weighed->default_variant = document->default_variant;
    memcpy(weighed->variants, document->variants, sizeof(weighed->variants));

    was = gray_weight_shares(
        &change->old, gray_weight_split(&change->old, rule), weighed->before);
    is = gray_weight_shares(
        document, gray_weight_split(document, rule), weighed->after);

    gray_weight_by_changed(change, rule, weighed);
    weighed->divided_anew = weighed->by_changed && was < 0 && is < 0;

    if (is >= 0 && rule < 0) {
        gray_weight_exceptions(document, is, weighed);
    }

    return gray_weight_moved(change, rule, weighed, error);
}
