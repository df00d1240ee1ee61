#include <sys/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "change.h"
#include "control/document_json.h"


/* The split of a document that a change is about. */
static const gray_split_t *
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


/* The weights, the default's included. Returns the variant that has all, or
 * -1. */
static int
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


/* What the change, once it is put, comes to. */
static int
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


/* What the audit says of the split. */
static json_t *
gray_weight_record(const gray_document_t *document, int rule)
{
    size_t i;
    json_t *whole, *part, *value;
    static const char *const members[]
        = { "split", "by", "buckets", "released" };

    whole = rule >= 0 ? gray_change_rule_json(document, (unsigned) rule)
                      : gray_document_json(document, "", GRAY_JSON_BUCKETS);
    part = json_object();

    for (i = 0; i < sizeof(members) / sizeof(*members); i++) {
        value = json_object_get(whole, members[i]);
        if (value != NULL) {
            (void) json_object_set(part, members[i], value);
        }
    }
    json_decref(whole);

    return part;
}


/* Puts and commits a change of weights when `rc` is 0. */
static int
gray_weight_end(gray_change_t *change, int rc, int rule,
    gray_weighed_t *weighed, gray_error_t *error)
{
    if (rc == 0) {
        rc = gray_change_put(change, error);
    }
    if (rc == 0) {
        rc = gray_weight_outcome(change, rule, weighed, error);
    }
    if (rc == 0) {
        change->record.before = gray_weight_record(&change->old, rule);
        change->record.after = gray_weight_record(&change->document, rule);
    }

    return gray_change_commit(change, rc, error);
}


/* The rule whose split is meant, -1: the release's own. */
static int
gray_weight_rule(const gray_change_t *change, const char *name, int *rule,
    gray_error_t *error)
{
    const gray_document_t *document = &change->document;

    *rule = -1;
    if (name == NULL) {
        return 0;
    }

    *rule = gray_change_rule(change, name, error);
    if (*rule < 0) {
        return -1;
    }

    if (document->rules[*rule].variant >= 0) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "rule '%s' of release %s has no split: it gives '%s' to everyone "
            "whom it concerns",
            name, change->release,
            document->variants[document->rules[*rule].variant]);
        return gray_error_hint(error,
            "remove it, and add it with percentages in the variant's place: "
            "grayctl rule add %s %s gray=10 CONDITION",
            change->release, name);
    }

    return 0;
}


/* Whether the release's own split gives anything to anybody but the
 * default. */
static bool
gray_weight_any(const gray_document_t *document)
{
    unsigned v;

    for (v = 0; v < document->nvariants; v++) {
        if (document->split.weights[v] > 0) {
            return true;
        }
    }

    return false;
}


int
gray_control_weight(gray_control_t *control, const char *release,
    const char *rule, const gray_weights_t *weights, gray_weighed_t *weighed,
    gray_error_t *error)
{
    int rc, i;
    gray_change_t change;

    i = -1;
    rc = gray_change_begin(&change, control, "weight", release, rule, error);
    if (rc == 0) {
        rc = gray_weight_rule(&change, rule, &i, error);
    }
    if (rc == 0) {
        rc = gray_change_weights(&change, i, weights, error);
    }
    if (rc == 0 && i < 0) {
        /* Nothing of nothing is no split. */
        change.document.has_split |= gray_weight_any(&change.document);
    }

    return gray_weight_end(&change, rc, i, weighed, error);
}


int
gray_control_promote(gray_control_t *control, const char *release,
    const char *variant, gray_weighed_t *weighed, gray_error_t *error)
{
    int rc, v;
    gray_change_t change;
    gray_document_t *document = &change.document;

    rc = gray_change_begin(&change, control, "promote", release, NULL, error);
    if (rc == 0) {
        v = gray_document_variant(
            document, (gray_str_t){ strlen(variant), variant });
        if (v < 0) {
            rc = gray_variant_missing(document, release, variant, error);
        } else {
            memset(document->split.weights, 0, sizeof(document->split.weights));
            if (v != (int) document->default_variant) {
                document->split.weights[v] = GRAY_BUCKETS;
                document->has_split = true;
            }
        }
    }

    return gray_weight_end(&change, rc, -1, weighed, error);
}


/* --- reshuffle ----------------------------------------------------------- */

/* Of those whom a split divides, how many get another variant when they are
 * divided anew: 1 less the chance to come upon one's own again. */
static uint32_t
gray_reshuffle_moved(const gray_document_t *document, const gray_split_t *split)
{
    unsigned v;
    double stay, share;
    uint32_t shares[GRAY_VARIANTS_MAX];

    (void) gray_weight_shares(document, split, shares);

    stay = 0;
    for (v = 0; v < document->nvariants; v++) {
        share = (double) shares[v] / GRAY_BUCKETS;
        stay += share * share;
    }

    return (uint32_t) ((1 - stay) * GRAY_BUCKETS + 0.5);
}


static void
gray_reshuffle_most(
    const gray_document_t *document, gray_reshuffled_t *reshuffled)
{
    unsigned i;
    uint32_t moved;

    reshuffled->moved = gray_reshuffle_moved(document, &document->split);

    for (i = 0; i < document->nrules; i++) {
        if (document->rules[i].variant < 0) {
            moved = gray_reshuffle_moved(document, &document->rules[i].split);
            if (moved > reshuffled->moved) {
                reshuffled->moved = moved;
            }
        }
    }
}


static int
gray_reshuffle_draw(char salt[17], gray_error_t *error)
{
    unsigned i;
    unsigned char bytes[8];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t) sizeof(bytes)) {
        return gray_error_set(
            error, GRAY_ESYSTEM, "the system gives no random numbers");
    }

    for (i = 0; i < sizeof(bytes); i++) {
        (void) sprintf(salt + 2 * i, "%02x", bytes[i]);
    }

    return 0;
}


int
gray_control_reshuffle(gray_control_t *control, const char *release,
    gray_reshuffled_t *reshuffled, gray_error_t *error)
{
    int rc;
    gray_change_t change;
    gray_document_t *document = &change.document;

    rc = gray_change_begin(
        &change, control, "release reshuffle", release, NULL, error);
    if (rc == 0) {
        rc = gray_reshuffle_draw(reshuffled->salt, error);
    }
    if (rc == 0) {
        gray_reshuffle_most(document, reshuffled);
        change.record.before = json_pack("{s: s}", "salt",
            document->salt != NULL ? document->salt : release);
        change.record.after = json_pack("{s: s}", "salt", reshuffled->salt);
        free(document->salt);
        document->salt = strdup(reshuffled->salt);
        if (document->salt == NULL) {
            rc = gray_no_memory(error);
        }
    }

    return gray_change_end(&change, rc, error);
}
