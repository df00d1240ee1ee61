#include <string.h>
#include "control/document_json.h"
#include "weight_outcome.h"


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
