#include <stdlib.h>
#include <string.h>
#include "change.h"
#include "control/document_json.h"


int
gray_change_begin(gray_change_t *change, gray_control_t *control,
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


/* Of all problems the first: the place of a rule says nothing to a person who
 * did not write a document. */
static void
gray_change_problem(const gray_errors_t *errors, gray_error_t *error)
{
    *error = errors->list[0];

    if (strncmp(error->place, "rules[", 6) == 0) {
        error->place[0] = '\0';
    }
}


int
gray_change_put(gray_change_t *change, gray_error_t *error)
{
    int rc;
    gray_errors_t *errors;

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_release_put(change->control, change->txn, change->release,
        &change->document, &change->old, &change->same, errors);
    if (rc != 0) {
        gray_change_problem(errors, error);
    }
    free(errors);

    return rc;
}


int
gray_change_commit(gray_change_t *change, int rc, gray_error_t *error)
{
    if (rc == 0 && !change->same) {
        rc = gray_verb_commit(
            change->control, change->txn, &change->record, error);
    } else {
        if (change->txn != NULL) {
            gray_verb_abort(change->control, change->txn);
        }
        gray_record_drop(&change->record);
    }

    gray_document_free(&change->document);
    gray_document_free(&change->old);

    return rc;
}


int
gray_change_end(gray_change_t *change, int rc, gray_error_t *error)
{
    if (rc == 0) {
        rc = gray_change_put(change, error);
    }

    return gray_change_commit(change, rc, error);
}


int
gray_change_rule(
    const gray_change_t *change, const char *name, gray_error_t *error)
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


json_t *
gray_change_rule_json(const gray_document_t *document, unsigned i)
{
    json_t *rule, *whole;
    gray_document_t one;

    /* A document of this rule alone: the one way in which rules are
     * written. */
    one = *document;
    one.rules = &document->rules[i];
    one.nrules = 1;
    whole = gray_document_json(&one, "", GRAY_JSON_BUCKETS);

    rule = json_incref(json_array_get(json_object_get(whole, "rules"), 0));
    json_decref(whole);
    (void) json_object_set_new(rule, "place", json_integer(i + 1));

    return rule;
}
