/*
 * Documents into and out of the store.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "core/condition.h"
#include "internal.h"


/* A stored document always reads; when it does not, it is damage. */
static int
gray_release_parse(const char *name, gray_bytes_t text,
    gray_document_t *document, gray_error_t *error)
{
    int rc;
    gray_errors_t *errors;

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_document_read(text.data, text.len, document, errors);
    if (rc != 0) {
        (void) gray_error_set(error, GRAY_EDAMAGED,
            "the stored document of release %s cannot be read: %s", name,
            errors->list[0].message);
        (void) gray_error_hint(error, "run: grayctl check");
        gray_document_free(document);
        gray_document_init(document);
    }

    free(errors);

    return rc;
}


int
gray_release_fetch(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_document_t *document, uint64_t *revision, gray_error_t *error)
{
    int rc;
    gray_store_release_t release;

    gray_document_init(document);

    if (gray_release_name_check(name, error) != 0) {
        return -1;
    }

    rc = gray_store_release_get(txn, name, &release);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return gray_release_missing(txn, name, error);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    if (revision != NULL) {
        *revision = release.revision;
    }

    return gray_release_parse(name, release.document, document, error);
}


void
gray_compiled_free(gray_compiled_t *compiled)
{
    free(compiled->text);
    free(compiled->bytes);
    memset(compiled, 0, sizeof(*compiled));
}


/* One text for one meaning; what does not parse is left for the compiler to
 * report. */
static void
gray_release_canonical(gray_rule_t *rule)
{
    char *text;
    size_t len;
    gray_error_t ignored;
    gray_condition_t *condition;

    if (gray_condition_parse(
            (gray_str_t){ strlen(rule->condition), rule->condition },
            &condition, &ignored)
        != 0)
    {
        return;
    }

    len = gray_condition_print(gray_condition_root(condition), NULL, 0);
    text = malloc(len + 1);
    if (text != NULL) {
        (void) gray_condition_print(
            gray_condition_root(condition), text, len + 1);
        free(rule->condition);
        rule->condition = text;
    }
    gray_condition_free(condition);
}


int
gray_release_compile(gray_document_t *document, const char *name,
    const gray_document_t *old, gray_list_kind_pt kind_of, void *data,
    gray_compiled_t *compiled, gray_errors_t *errors)
{
    unsigned i;

    memset(compiled, 0, sizeof(*compiled));

    (void) gray_document_settle(document, old, errors);

    gray_errors_found(errors,
        gray_document_compile(document, (gray_str_t){ strlen(name), name },
            kind_of, data, &compiled->bytes, &compiled->len,
            &errors->list[errors->n], GRAY_ERRORS_MAX - errors->n));

    if (errors->total > 0) {
        gray_compiled_free(compiled);
        return -1;
    }

    /* Only now: positions in errors are those of the text that was given. */
    for (i = 0; i < document->nrules; i++) {
        gray_release_canonical(&document->rules[i]);
    }

    /* A salt that is the name is none of its own: so a document that was got
     * can be set again unchanged. */
    if (document->salt != NULL && strcmp(document->salt, name) == 0) {
        free(document->salt);
        document->salt = NULL;
    }

    compiled->text = gray_document_write(document, name, GRAY_JSON_BUCKETS);
    if (compiled->text == NULL) {
        gray_compiled_free(compiled);
        return gray_no_memory(gray_errors_next(errors));
    }

    if (strlen(compiled->text) > GRAY_DOCUMENT_MAX) {
        (void) gray_error_set(gray_errors_next(errors), GRAY_EINVALID,
            "the document with its buckets has %zu bytes, at most %d are "
            "allowed",
            strlen(compiled->text), GRAY_DOCUMENT_MAX);
        gray_compiled_free(compiled);
        return -1;
    }

    return 0;
}


gray_list_kind_t
gray_store_kind_of(void *txn, gray_str_t name)
{
    char text[GRAY_NAME_MAX + 1];
    gray_list_t list;

    if (name.len > GRAY_NAME_MAX) {
        return GRAY_LIST_UNKNOWN;
    }
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';

    if (gray_store_list_get(txn, text, &list) != GRAY_STORE_OK) {
        return GRAY_LIST_UNKNOWN;
    }

    return (gray_list_kind_t) list.kind;
}


/* The lists of a transaction, and the first name that none of them has. */
typedef struct {
    gray_txn_t *txn;
    char unknown[GRAY_NAME_MAX + 1];
} gray_kinds_t;


static gray_list_kind_t
gray_noted_kind_of(void *data, gray_str_t name)
{
    gray_kinds_t *kinds = data;
    gray_list_kind_t kind = gray_store_kind_of(kinds->txn, name);

    if (kind == GRAY_LIST_UNKNOWN && kinds->unknown[0] == '\0') {
        (void) snprintf(kinds->unknown, sizeof(kinds->unknown), "%.*s",
            (int) name.len, name.data);
    }

    return kind;
}


/* The first unknown list's error gets the name that was meant, if one is
 * near, in place of "make it". */
static void
gray_suggest_list(const gray_kinds_t *kinds, gray_errors_t *errors)
{
    unsigned i;
    gray_error_t missing;

    if (kinds->unknown[0] == '\0') {
        return;
    }

    (void) gray_list_missing(kinds->txn, kinds->unknown, &missing);

    for (i = 0; i < errors->n; i++) {
        if (errors->list[i].code == GRAY_ENOTFOUND) {
            if (strncmp(missing.hint, "did you mean", 12) == 0) {
                (void) gray_error_hint(&errors->list[i], "%s", missing.hint);
            }
            return;
        }
    }
}


bool
gray_release_same(
    gray_txn_t *txn, const char *name, const gray_compiled_t *compiled)
{
    gray_store_release_t stored;

    return gray_store_release_get(txn, name, &stored) == GRAY_STORE_OK
           && stored.document.len == strlen(compiled->text)
           && memcmp(stored.document.data, compiled->text, stored.document.len)
                  == 0
           && stored.compiled.len == compiled->len
           && memcmp(stored.compiled.data, compiled->bytes, compiled->len) == 0;
}


int
gray_release_put(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_document_t *document, const gray_document_t *old, bool *same,
    gray_errors_t *errors)
{
    int rc;
    gray_compiled_t compiled;
    gray_kinds_t kinds = { .txn = txn };

    if (gray_release_compile(
            document, name, old, gray_noted_kind_of, &kinds, &compiled, errors)
        != 0)
    {
        gray_suggest_list(&kinds, errors);
        return -1;
    }

    gray_verb_warn(control, document, gray_noted_kind_of, &kinds);
    *same = gray_release_same(txn, name, &compiled);

    if (control->dry_run != NULL) {
        rc = gray_dry_run_tell(control, old, document, &compiled, *same);
        gray_compiled_free(&compiled);
        *same = true;
        return rc == 0 ? 0 : gray_no_memory(gray_errors_next(errors));
    }

    rc = GRAY_STORE_OK;
    if (!*same) {
        rc = gray_store_release_put(txn, name,
            (gray_bytes_t){ strlen(compiled.text), compiled.text },
            (gray_bytes_t){ compiled.len, compiled.bytes });
    }
    gray_compiled_free(&compiled);

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(
                                   control->dir, rc, gray_errors_next(errors));
}
