/*
 * Verbs on releases that write.
 */

#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "control/release.h"
#include "control/running.h"
#include "internal.h"


/* Stores a document that is read already, and commits. The transaction ends
 * in any case. */
static int
gray_release_store(gray_control_t *control, gray_txn_t *txn, const char *name,
    const char *verb, gray_document_t *document, const gray_document_t *old,
    gray_errors_t *errors)
{
    bool same;
    gray_record_t record;

    if (gray_release_put(control, txn, name, document, old, &same, errors) != 0)
    {
        gray_verb_abort(control, txn);
        return -1;
    }

    if (same) {
        gray_verb_abort(control, txn);
        return 0;
    }

    memset(&record, 0, sizeof(record));
    record.verb = verb;
    record.release = name;
    record.before
        = old != NULL ? gray_document_json(old, name, GRAY_JSON_BUCKETS) : NULL;
    record.after = gray_document_json(document, name, GRAY_JSON_BUCKETS);

    return gray_verb_commit(control, txn, &record, gray_errors_next(errors));
}


/* The last element was only lent for a call that went well. */
static int
gray_errors_settle(gray_errors_t *errors, int rc)
{
    if (rc == 0) {
        errors->n = 0;
        errors->total = 0;
    }

    return rc;
}


static int
gray_release_create_document(const char *const *variants, unsigned nvariants,
    gray_document_t *document, gray_errors_t *errors)
{
    unsigned i;
    static const char *const usual[] = { "stable", "gray" };

    gray_document_init(document);

    if (variants == NULL) {
        variants = usual;
        nvariants = 2;
    }

    if (nvariants == 0 || nvariants > GRAY_VARIANTS_MAX) {
        return gray_error_set(gray_errors_next(errors), GRAY_EINVALID,
            "a release has 1 to %d variants, not %u", GRAY_VARIANTS_MAX,
            nvariants);
    }

    for (i = 0; i < nvariants; i++) {
        if (strlen(variants[i]) > GRAY_NAME_MAX) {
            return gray_error_set(gray_errors_next(errors), GRAY_EINVALID,
                "variant '%.40s…' has more than %d bytes", variants[i],
                GRAY_NAME_MAX);
        }
        (void) strcpy(document->variants[i], variants[i]);
    }
    document->nvariants = nvariants;

    return 0;
}


int
gray_control_release_create(gray_control_t *control, const char *name,
    const char *const *variants, unsigned nvariants, gray_errors_t *errors)
{
    int rc;
    gray_txn_t *txn;
    gray_error_t error;
    gray_document_t document;
    gray_store_release_t stored;

    memset(errors, 0, sizeof(*errors));
    control->changed = false;

    if (gray_release_name_check(name, &error) != 0) {
        *gray_errors_next(errors) = error;
        return -1;
    }
    if (gray_release_create_document(variants, nvariants, &document, errors)
        != 0) {
        return -1;
    }
    if (gray_verb_write_expected(control, &txn, &error) != 0) {
        *gray_errors_next(errors) = error;
        return -1;
    }

    if (gray_store_release_get(txn, name, &stored) == GRAY_STORE_OK) {
        (void) gray_error_set(gray_errors_next(errors), GRAY_EEXISTS,
            "release %s is there already", name);
        (void) gray_error_hint(&errors->list[0],
            "grayctl release get %s shows it, release set changes it", name);
        gray_verb_abort(control, txn);
        return -1;
    }

    rc = gray_release_store(
        control, txn, name, "release create", &document, NULL, errors);
    gray_document_free(&document);

    return gray_errors_settle(errors, rc);
}


/* With the document read: the transaction of `release set`. */
static int
gray_release_set_document(gray_control_t *control, const char *name,
    gray_document_t *document, gray_errors_t *errors)
{
    int rc;
    bool there;
    uint64_t revision;
    gray_txn_t *txn;
    gray_error_t error;
    gray_document_t old;

    if (gray_verb_write(control, &txn, &error) != 0) {
        *gray_errors_next(errors) = error;
        return -1;
    }

    revision = 0;
    rc = gray_release_fetch(control, txn, name, &old, &revision, &error);
    there = rc == 0;

    /* A stored document that cannot be read is mended by a good one. */
    if (!there && (error.code == GRAY_ENOTFOUND || error.code == GRAY_EDAMAGED))
    {
        rc = 0;
    }
    if (rc == 0) {
        rc = gray_verb_expected(control, revision, name, &error);
    }
    if (rc != 0) {
        *gray_errors_next(errors) = error;
        gray_verb_abort(control, txn);
    } else {
        rc = gray_release_store(control, txn, name, "release set", document,
            there ? &old : NULL, errors);
    }
    gray_document_free(&old);

    return rc;
}


int
gray_control_release_set(gray_control_t *control, const char *name,
    const char *text, size_t len, gray_errors_t *errors)
{
    int rc;
    gray_txn_t *txn;
    gray_error_t error;
    gray_document_t document;
    gray_compiled_t compiled;

    memset(errors, 0, sizeof(*errors));
    control->changed = false;

    if (gray_release_name_check(name, &error) != 0) {
        *gray_errors_next(errors) = error;
        return -1;
    }

    rc = gray_document_read(text, len, &document, errors);
    if (rc == 0) {
        rc = gray_release_set_document(control, name, &document, errors);

    } else if (document.nvariants > 0
               && gray_verb_read(control, &txn, &error) == 0) {
        /* What else is wrong: all problems at once. */
        (void) gray_release_compile(
            &document, name, NULL, gray_store_kind_of, txn, &compiled, errors);
        gray_verb_read_end(control, txn);
    }
    gray_document_free(&document);

    return gray_errors_settle(errors, rc);
}


static int
gray_release_rm_checks(
    gray_control_t *control, const char *name, bool force, gray_error_t *error)
{
    int rc;
    pid_t master;
    gray_running_t running;

    if (force) {
        return 0;
    }

    rc = gray_control_running(control, &running, error);
    if (rc != 0) {
        return -1;
    }

    master = gray_running_release(&running, name);
    if (master != 0) {
        (void) gray_error_set(error, GRAY_EINUSE,
            "release %s is named by a running nginx (master %d)", name,
            (int) master);
        rc = gray_error_hint(error,
            "take it out of nginx.conf and reload, or use --force: its "
            "requests get the default variant");
    }
    gray_running_free(&running);

    return rc;
}


int
gray_control_release_rm(
    gray_control_t *control, const char *name, bool force, gray_error_t *error)
{
    int rc;
    uint64_t revision;
    gray_txn_t *txn;
    gray_record_t record;
    gray_document_t document;

    control->changed = false;

    if (gray_release_rm_checks(control, name, force, error) != 0
        || gray_verb_write(control, &txn, error) != 0)
    {
        return -1;
    }

    rc = gray_release_fetch(control, txn, name, &document, &revision, error);
    if (rc != 0 && error->code == GRAY_EDAMAGED && force) {
        rc = 0;
        revision = 0;
    }
    if (rc == 0) {
        rc = gray_verb_expected(control, revision, name, error);
    }
    if (rc == 0) {
        rc = gray_store_release_del(txn, name);
        if (rc != GRAY_STORE_OK) {
            rc = gray_verb_store_error(control->dir, rc, error);
        }
    }
    if (rc != 0) {
        gray_verb_abort(control, txn);
    } else {
        memset(&record, 0, sizeof(record));
        record.verb = "release rm";
        record.release = name;
        record.before = gray_document_json(&document, name, GRAY_JSON_BUCKETS);
        rc = gray_verb_commit(control, txn, &record, error);
    }
    gray_document_free(&document);

    if (rc == 0 && control->switches != NULL) {
        (void) gray_switches_remove(control->switches, name);
    }

    return rc;
}
