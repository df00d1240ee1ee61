/*
 * The frame of every verb: begin, audit, commit.
 */

#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* Members that a commit purges on its way. */
#define GRAY_PURGE_ON_THE_WAY 200


static int
gray_verb_store(gray_control_t *control, gray_error_t *error)
{
    control->changed = false;
    control->warnings.n = 0;
    control->warnings.total = 0;

    if (control->store == NULL) {
        *error = control->store_error;
        return -1;
    }

    return 0;
}


int
gray_verb_read(gray_control_t *control, gray_txn_t **txn, gray_error_t *error)
{
    int rc;

    if (gray_verb_store(control, error) != 0) {
        return -1;
    }

    rc = gray_store_read(control->store, txn);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    control->revision = gray_txn_revision(*txn);

    return 0;
}


void
gray_verb_read_end(gray_control_t *control, gray_txn_t *txn)
{
    (void) control;
    gray_store_read_end(txn);
}


int
gray_verb_write(gray_control_t *control, gray_txn_t **txn, gray_error_t *error)
{
    int rc;

    if (gray_verb_store(control, error) != 0) {
        return -1;
    }

    if (!control->writable) {
        (void) gray_error_set(error, GRAY_EPERMISSION,
            "the store in %s was opened for reading", control->dir);
        return gray_error_hint(error, "run as root");
    }

    rc = gray_store_write(control->store, txn);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    control->revision = gray_txn_revision(*txn);

    return 0;
}


int
gray_verb_write_expected(
    gray_control_t *control, gray_txn_t **txn, gray_error_t *error)
{
    if (gray_verb_write(control, txn, error) != 0) {
        return -1;
    }

    if (gray_verb_expected(control, control->revision, "the store", error) != 0)
    {
        gray_store_abort(*txn);
        return -1;
    }

    return 0;
}


int
gray_verb_expected(gray_control_t *control, uint64_t revision, const char *what,
    gray_error_t *error)
{
    if (!control->expecting || revision <= control->expected) {
        return 0;
    }

    (void) gray_error_set(error, GRAY_ECONFLICT,
        "%s was changed at revision %llu, after the expected %llu", what,
        (unsigned long long) revision, (unsigned long long) control->expected);

    return gray_error_hint(
        error, "read it again (grayctl log shows who changed what)");
}


void
gray_verb_abort(gray_control_t *control, gray_txn_t *txn)
{
    (void) control;
    gray_store_abort(txn);
}


/* What a commit does beside the verb's own writes. */
static int
gray_verb_finish(
    gray_control_t *control, gray_txn_t *txn, const gray_record_t *record)
{
    int rc;
    char *text;
    uint64_t sequence, revision;

    rc = gray_txn_changed(txn, &revision);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }
    control->revision = revision;

    text = gray_record_text(control, record, revision);
    if (text == NULL) {
        return GRAY_STORE_EMEMORY;
    }

    rc = gray_store_audit_append(
        txn, (gray_bytes_t){ strlen(text), text }, &sequence);
    free(text);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_audit_trim(txn, GRAY_AUDIT_KEEP, 2);
    if (rc < 0 || record->unpurged) {
        return rc < 0 ? rc : GRAY_STORE_OK;
    }

    rc = gray_store_purge(txn, gray_expired_before(), GRAY_PURGE_ON_THE_WAY);

    return rc < 0 ? rc : GRAY_STORE_OK;
}


int
gray_verb_commit(gray_control_t *control, gray_txn_t *txn,
    gray_record_t *record, gray_error_t *error)
{
    int rc;
    uint64_t before;

    before = control->revision;

    rc = gray_verb_finish(control, txn, record);
    gray_record_drop(record);

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_commit(txn);
    } else {
        gray_store_abort(txn);
    }

    if (rc != GRAY_STORE_OK) {
        control->revision = before;
        return gray_verb_store_error(control->dir, rc, error);
    }

    control->changed = true;

    return 0;
}
