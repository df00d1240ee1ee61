/*
 * The compiled forms of releases, from documents that can be trusted.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "repair_internal.h"


int
gray_check_compile(gray_txn_t *txn, const char *name, gray_compiled_t *compiled)
{
    int rc;
    bool sound;
    gray_errors_t *errors;
    gray_document_t document;
    gray_store_release_t stored;

    if (gray_store_release_peek(txn, name, &stored, &sound) != GRAY_STORE_OK) {
        return -1;
    }

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return -1;
    }

    rc = gray_document_read(
        stored.document.data, stored.document.len, &document, errors);
    if (rc == 0) {
        rc = gray_release_compile(
            &document, name, NULL, gray_store_kind_of, txn, compiled, errors);
    }
    gray_document_free(&document);
    free(errors);

    if (rc == 0
        && !gray_store_release_proves(
            txn, name, (gray_bytes_t){ compiled->len, compiled->bytes }))
    {
        gray_compiled_free(compiled);
        rc = -1;
    }

    return rc == 0 ? 0 : -1;
}


/* Whether the stored release is another than it should be. */
static bool
gray_repair_differs(
    gray_txn_t *txn, const char *name, const gray_compiled_t *compiled)
{
    bool sound;
    gray_store_release_t stored;

    return gray_store_release_peek(txn, name, &stored, &sound) == GRAY_STORE_OK
           && (!sound || stored.revision > gray_txn_revision(txn)
               || stored.compiled.len != compiled->len
               || memcmp(stored.compiled.data, compiled->bytes, compiled->len)
                      != 0);
}


/* Compiled in a snapshot: nobody waits for it who need not. */
static bool
gray_repair_is_due(gray_txn_t *txn, const char *name)
{
    bool due;
    gray_compiled_t compiled;

    if (gray_check_compile(txn, name, &compiled) != 0) {
        return false;
    }

    due = gray_repair_differs(txn, name, &compiled);
    gray_compiled_free(&compiled);

    return due;
}


static int
gray_repair_release(
    gray_repairer_t *repairer, const char *name, gray_error_t *error)
{
    int rc;
    char place[80];
    gray_txn_t *txn;
    gray_compiled_t compiled;

    if (gray_verb_write(repairer->control, &txn, error) != 0) {
        return -1;
    }

    if (gray_check_compile(txn, name, &compiled) != 0) {
        gray_verb_abort(repairer->control, txn);
        return 0;
    }

    rc = gray_store_release_put(txn, name,
        (gray_bytes_t){ strlen(compiled.text), compiled.text },
        (gray_bytes_t){ compiled.len, compiled.bytes });
    gray_compiled_free(&compiled);

    if (gray_repair_commit(repairer, txn, rc, NULL, name,
            "the compiled form, from the document", error)
        != 0)
    {
        return -1;
    }

    (void) snprintf(place, sizeof(place), "release %s", name);
    gray_repair_did(repairer, place, "compiled anew from its document");

    return 0;
}


int
gray_repair_releases(gray_repairer_t *repairer, gray_error_t *error)
{
    int rc;
    bool due;
    gray_txn_t *txn;
    char name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        if (gray_verb_read(repairer->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_store_release_next(txn, after, name);
        due = rc == GRAY_STORE_OK && gray_repair_is_due(txn, name);
        gray_verb_read_end(repairer->control, txn);

        if (rc != GRAY_STORE_OK) {
            return 0; /* the check tells of what is no end */
        }
        if (due && gray_repair_release(repairer, name, error) != 0) {
            return -1;
        }
    }
}
