/*
 * Verbs on rules: each reads the document, changes it, and puts it whole, so
 * that a rule is validated together with everything else.
 */

#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "control/rule.h"
#include "core/name.h"
#include "internal.h"

/* A change of rules in the making. */
typedef struct {
    gray_control_t *control;
    gray_txn_t *txn;
    const char *release;
    uint64_t revision;
    gray_document_t document;
    gray_document_t old;
    gray_record_t record;
} gray_rule_change_t;


/* Reads the release twice: as it is, and to be changed. */
static int
gray_rule_begin(gray_rule_change_t *change, gray_control_t *control,
    const char *verb, const char *release, const char *rule,
    gray_error_t *error)
{
    memset(change, 0, sizeof(*change));
    gray_document_init(&change->document);
    gray_document_init(&change->old);
    change->control = control;
    change->release = release;
    change->record.verb = verb;
    change->record.release = release;
    change->record.rule = rule;

    if (gray_verb_write(control, &change->txn, error) != 0) {
        change->txn = NULL;
        return -1;
    }

    if (gray_release_fetch(control, change->txn, release, &change->document,
            &change->revision, error)
            != 0
        || gray_release_fetch(
               control, change->txn, release, &change->old, NULL, error)
               != 0)
    {
        return -1;
    }

    return gray_verb_expected(control, change->revision, release, error);
}


/* Of all problems, the one of the rule at hand: its place says nothing to a
 * person who did not write a document. */
static void
gray_rule_problem(const gray_errors_t *errors, gray_error_t *error)
{
    *error = errors->list[0];

    if (strncmp(error->place, "rules[", 6) == 0) {
        error->place[0] = '\0';
    }
}


/* Puts and commits when `rc` is 0; ends the change in any case. */
static int
gray_rule_end(gray_rule_change_t *change, int rc, gray_error_t *error)
{
    bool same;
    gray_errors_t *errors;

    same = false;
    errors = calloc(1, sizeof(*errors));

    if (rc == 0 && errors == NULL) {
        rc = gray_no_memory(error);
    }
    if (rc == 0) {
        rc = gray_release_put(change->control, change->txn, change->release,
            &change->document, &change->old, &same, errors);
        if (rc != 0) {
            gray_rule_problem(errors, error);
        }
    }

    if (rc == 0 && !same) {
        rc = gray_verb_commit(
            change->control, change->txn, &change->record, error);
    } else {
        if (change->txn != NULL) {
            gray_verb_abort(change->control, change->txn);
        }
        gray_record_drop(&change->record);
    }

    free(errors);
    gray_document_free(&change->document);
    gray_document_free(&change->old);

    return rc;
}


static int
gray_rule_find(
    const gray_rule_change_t *change, const char *name, gray_error_t *error)
{
    int i;

    i = gray_document_rule(
        &change->document, (gray_str_t){ strlen(name), name });
    if (i < 0) {
        (void) gray_error_set(error, GRAY_ENOTFOUND,
            "release %s has no rule '%.80s'", change->release, name);
        (void) gray_error_hint(
            error, "grayctl rule ls %s shows its rules", change->release);
    }

    return i;
}


/* The index where a rule is to go; `moving` is not counted, -1: none. */
static int
gray_rule_index(const gray_rule_change_t *change,
    const gray_rule_place_t *place, int moving, unsigned *index,
    gray_error_t *error)
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

    i = gray_rule_find(change, place->before, error);
    if (i < 0) {
        return -1;
    }
    *index = (unsigned) i - (moving >= 0 && i > moving ? 1 : 0);

    return 0;
}


/* What the audit says of a rule. */
static json_t *
gray_rule_json(const gray_document_t *document, unsigned i)
{
    json_t *rule;
    gray_document_t one;

    /* A document of this rule alone: the one way in which rules are
     * written. */
    one = *document;
    one.rules = &document->rules[i];
    one.nrules = 1;

    json_t *whole = gray_document_json(&one, "", GRAY_JSON_BUCKETS);

    rule = json_incref(json_array_get(json_object_get(whole, "rules"), 0));
    json_decref(whole);
    (void) json_object_set_new(rule, "place", json_integer(i + 1));

    return rule;
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
    const gray_rule_change_t *change, const char *name, gray_error_t *error)
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


static int
gray_rule_make(gray_rule_change_t *change, const char *name,
    const char *variant, const char *condition, gray_rule_t *rule,
    gray_error_t *error)
{
    memset(rule, 0, sizeof(*rule));
    gray_split_init(&rule->split);

    rule->variant = gray_document_variant(
        &change->document, (gray_str_t){ strlen(variant), variant });
    if (rule->variant < 0) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "release %s has no variant '%.80s'", change->release, variant);
        return gray_error_hint(error,
            "its default is '%s', its others are "
            "shown by grayctl release get %s",
            change->document.variants[change->document.default_variant],
            change->release);
    }

    if (change->document.nrules >= GRAY_RULES_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "release %s has %d rules, and no more are allowed", change->release,
            GRAY_RULES_MAX);
    }

    (void) strcpy(rule->name, name);
    rule->condition = strdup(condition);

    return rule->condition != NULL ? 0 : gray_no_memory(error);
}


static int
gray_rule_add_to(gray_rule_change_t *change, const char *name,
    const char *variant, const char *condition, const gray_rule_place_t *place,
    gray_error_t *error)
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

    if (gray_rule_make(change, name, variant, condition, &rule, error) != 0) {
        return -1;
    }

    gray_rule_insert(&change->document, rule, index);
    change->record.after = gray_rule_json(&change->document, index);

    return 0;
}


int
gray_control_rule_add(gray_control_t *control, const char *release,
    const char *name, const char *variant, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error)
{
    int rc;
    gray_rule_change_t change;

    rc = gray_rule_begin(&change, control, "rule add", release, name, error);
    if (rc == 0) {
        rc = gray_rule_add_to(&change, name, variant, condition, place, error);
    }

    return gray_rule_end(&change, rc, error);
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
    gray_rule_change_t change;

    rc = gray_rule_begin(&change, control, "rule rm", release, name, error);
    if (rc == 0) {
        i = gray_rule_find(&change, name, error);
        if (i >= 0) {
            change.record.before
                = gray_rule_json(&change.document, (unsigned) i);
            rule = gray_rule_take(&change.document, (unsigned) i);
            gray_rule_free(&rule);
        } else {
            rc = -1;
        }
    }

    return gray_rule_end(&change, rc, error);
}


static int
gray_rule_mv_in(gray_rule_change_t *change, const char *name,
    const gray_rule_place_t *place, gray_error_t *error)
{
    int i;
    unsigned index;
    gray_rule_t rule;

    i = gray_rule_find(change, name, error);
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
    gray_rule_change_t change;

    rc = gray_rule_begin(&change, control, "rule mv", release, name, error);
    if (rc == 0) {
        rc = gray_rule_mv_in(&change, name, place, error);
    }

    return gray_rule_end(&change, rc, error);
}


int
gray_control_rule_rename(gray_control_t *control, const char *release,
    const char *name, const char *new_name, gray_error_t *error)
{
    int rc, i;
    gray_rule_change_t change;

    rc = gray_rule_begin(&change, control, "rule rename", release, name, error);

    i = rc == 0 ? gray_rule_find(&change, name, error) : -1;
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

    return gray_rule_end(&change, rc, error);
}
