/*
 * Verbs on rules: each reads the document, changes it, and puts it whole, so
 * that a rule is validated together with everything else.
 */

#include <stdlib.h>
#include <string.h>
#include "change.h"
#include "control/rule.h"
#include "core/name.h"

/* The index where a rule is to go; `moving` is not counted, -1: none. */
static int
gray_rule_index(const gray_change_t *change, const gray_rule_place_t *place,
    int moving, unsigned *index, gray_error_t *error)
{
    int i;
    unsigned last;

    last = change->document.nrules - (moving >= 0 ? 1 : 0);

    if (place == NULL || place->where == GRAY_RULE_LAST) {
        *index = last;
        return 0;
    }
    if (place->where == GRAY_RULE_FIRST) {
        *index = 0;
        return 0;
    }

    i = gray_change_rule(change, place->before, error);
    if (i < 0) {
        return -1;
    }
    *index = (unsigned) i - (moving >= 0 && i > moving ? 1 : 0);

    return 0;
}


static void
gray_rule_insert(gray_document_t *document, gray_rule_t rule, unsigned index)
{
    memmove(&document->rules[index + 1], &document->rules[index],
        (document->nrules - index) * sizeof(gray_rule_t));
    document->rules[index] = rule;
    document->nrules++;
}


static gray_rule_t
gray_rule_take(gray_document_t *document, unsigned index)
{
    gray_rule_t rule;

    rule = document->rules[index];
    document->nrules--;
    memmove(&document->rules[index], &document->rules[index + 1],
        (document->nrules - index) * sizeof(gray_rule_t));

    return rule;
}


static int
gray_rule_name_check(
    const gray_change_t *change, const char *name, gray_error_t *error)
{
    gray_str_t text;

    text = (gray_str_t){ strlen(name), name };

    if (!gray_name_valid(text)) {
        (void) gray_error_set(
            error, GRAY_EINVALID, "'%.80s' is no name for a rule", name);
        return gray_error_hint(
            error, "1 to 63 of letters, digits, '_', '.' and '-'");
    }

    if (gray_document_rule(&change->document, text) >= 0) {
        (void) gray_error_set(error, GRAY_EEXISTS,
            "release %s has a rule '%s' already", change->release, name);
        return gray_error_hint(error,
            "use another name, or remove it first: grayctl rule rm %s %s",
            change->release, name);
    }

    return 0;
}


/* A rule without its outcome. */
static int
gray_rule_make(const gray_change_t *change, const char *name,
    const char *condition, gray_rule_t *rule, gray_error_t *error)
{
    memset(rule, 0, sizeof(*rule));
    gray_split_init(&rule->split);
    rule->variant = -1;

    if (change->document.nrules >= GRAY_RULES_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "release %s has %d rules, and no more are allowed", change->release,
            GRAY_RULES_MAX);
    }

    (void) strcpy(rule->name, name);
    rule->condition = strdup(condition);

    return rule->condition != NULL ? 0 : gray_no_memory(error);
}


/* The index at which it was inserted; -1: *error. */
static int
gray_rule_add_to(gray_change_t *change, const char *name, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error)
{
    unsigned index;
    gray_rule_t rule, *grown;

    if (gray_rule_name_check(change, name, error) != 0
        || gray_rule_index(change, place, -1, &index, error) != 0)
    {
        return -1;
    }

    grown = realloc(change->document.rules,
        (change->document.nrules + 1) * sizeof(gray_rule_t));
    if (grown == NULL) {
        return gray_no_memory(error);
    }
    change->document.rules = grown;

    if (gray_rule_make(change, name, condition, &rule, error) != 0) {
        return -1;
    }
    gray_rule_insert(&change->document, rule, index);

    return (int) index;
}


/* Gives rule i its variant. */
static int
gray_rule_variant(
    gray_change_t *change, unsigned i, const char *variant, gray_error_t *error)
{
    int v;

    v = gray_document_variant(
        &change->document, (gray_str_t){ strlen(variant), variant });
    if (v < 0) {
        return gray_variant_missing(
            &change->document, change->release, variant, error);
    }
    change->document.rules[i].variant = v;

    return 0;
}


/* Adds a rule that gives `variant`, or (NULL) the weights. */
static int
gray_rule_add(gray_control_t *control, const char *release, const char *name,
    const char *variant, const gray_weights_t *weights, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error)
{
    int rc, i;
    gray_change_t change;

    i = -1;
    rc = gray_change_begin(&change, control, "rule add", release, name, error);
    if (rc == 0) {
        i = gray_rule_add_to(&change, name, condition, place, error);
        rc = i >= 0 ? 0 : -1;
    }
    if (rc == 0) {
        rc = variant != NULL
                 ? gray_rule_variant(&change, (unsigned) i, variant, error)
                 : gray_change_weights(&change, i, weights, error);
    }
    if (rc == 0) {
        rc = gray_change_put(&change, error);
    }
    if (rc == 0) {
        change.record.after
            = gray_change_rule_json(&change.document, (unsigned) i);
    }

    return gray_change_commit(&change, rc, error);
}


int
gray_control_rule_add(gray_control_t *control, const char *release,
    const char *name, const char *variant, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error)
{
    return gray_rule_add(
        control, release, name, variant, NULL, condition, place, error);
}


int
gray_control_rule_add_split(gray_control_t *control, const char *release,
    const char *name, const gray_weights_t *weights, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error)
{
    return gray_rule_add(
        control, release, name, NULL, weights, condition, place, error);
}


static void
gray_rule_free(gray_rule_t *rule)
{
    unsigned i;

    for (i = 0; i < rule->nby; i++) {
        free(rule->by[i]);
    }
    free(rule->condition);
    gray_split_free(&rule->split);
}


int
gray_control_rule_rm(gray_control_t *control, const char *release,
    const char *name, gray_error_t *error)
{
    int rc, i;
    gray_rule_t rule;
    gray_change_t change;

    rc = gray_change_begin(&change, control, "rule rm", release, name, error);
    if (rc == 0) {
        i = gray_change_rule(&change, name, error);
        if (i >= 0) {
            change.record.before
                = gray_change_rule_json(&change.document, (unsigned) i);
            rule = gray_rule_take(&change.document, (unsigned) i);
            gray_rule_free(&rule);
        } else {
            rc = -1;
        }
    }

    return gray_change_end(&change, rc, error);
}


static int
gray_rule_mv_in(gray_change_t *change, const char *name,
    const gray_rule_place_t *place, gray_error_t *error)
{
    int i;
    unsigned index;
    gray_rule_t rule;

    i = gray_change_rule(change, name, error);
    if (i < 0 || gray_rule_index(change, place, i, &index, error) != 0) {
        return -1;
    }

    if (place != NULL && place->where == GRAY_RULE_BEFORE
        && strcmp(place->before, name) == 0)
    {
        return gray_error_set(
            error, GRAY_EINVALID, "rule '%s' cannot go before itself", name);
    }

    change->record.before = json_pack("{s: i}", "place", i + 1);
    change->record.after = json_pack("{s: i}", "place", (int) index + 1);
    rule = gray_rule_take(&change->document, (unsigned) i);
    gray_rule_insert(&change->document, rule, index);

    return 0;
}


int
gray_control_rule_mv(gray_control_t *control, const char *release,
    const char *name, const gray_rule_place_t *place, gray_error_t *error)
{
    int rc;
    gray_change_t change;

    rc = gray_change_begin(&change, control, "rule mv", release, name, error);
    if (rc == 0) {
        rc = gray_rule_mv_in(&change, name, place, error);
    }

    return gray_change_end(&change, rc, error);
}


int
gray_control_rule_rename(gray_control_t *control, const char *release,
    const char *name, const char *new_name, gray_error_t *error)
{
    int rc, i;
    gray_change_t change;

    rc = gray_change_begin(
        &change, control, "rule rename", release, name, error);

    i = rc == 0 ? gray_change_rule(&change, name, error) : -1;
    if (i < 0) {
        rc = -1;
    }
    if (rc == 0 && strcmp(name, new_name) != 0) {
        rc = gray_rule_name_check(&change, new_name, error);
    }
    if (rc == 0) {
        change.record.before = json_pack("{s: s}", "name", name);
        change.record.after = json_pack("{s: s}", "name", new_name);

        /* The document goes on with its own ranges: settling asks the old
         * one only for splits that have none. */
        (void) strcpy(change.document.rules[i].name, new_name);
    }

    return gray_change_end(&change, rc, error);
}
