/*
 * Every release: its checksum, its compiled form, and that it is what its
 * document compiles to.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check_internal.h"
#include "control/document_json.h"
#include "core/release.h"

#define GRAY_CHECK_MEND "put it again: grayctl release set; or restore a backup"


/* A problem of which compiling the document anew is the remedy, if it can be
 * trusted. */
static void
gray_check_release_problem(gray_checker_t *checker, gray_txn_t *txn,
    const char *name, const char *place, gray_error_t *problem)
{
    gray_compiled_t compiled;

    if (gray_check_compile(txn, name, &compiled) == 0) {
        gray_compiled_free(&compiled);
        (void) gray_error_hint(problem,
            "its document is sound; run: grayctl --store %s check --repair",
            checker->dir);
    } else {
        (void) gray_error_hint(problem, GRAY_CHECK_MEND);
    }
    gray_check_error(checker, place, problem);
}


static void
gray_check_recompile(gray_checker_t *checker, gray_txn_t *txn, const char *name,
    const char *place, const gray_store_release_t *stored)
{
    gray_errors_t *errors;
    gray_compiled_t compiled;
    gray_document_t document;

    errors = calloc(1, sizeof(*errors));
    if (errors == NULL) {
        return;
    }

    if (gray_document_read(
            stored->document.data, stored->document.len, &document, errors)
            != 0
        || gray_release_compile(&document, name, NULL, gray_store_kind_of, txn,
               &compiled, errors)
               != 0)
    {
        gray_check_problem(checker, GRAY_EDAMAGED, place, GRAY_CHECK_MEND,
            "its document is not valid: %s%s%s", errors->list[0].place,
            errors->list[0].place[0] ? ": " : "", errors->list[0].message);

    } else {
        if (compiled.len != stored->compiled.len
            || memcmp(compiled.bytes, stored->compiled.data, compiled.len) != 0)
        {
            gray_check_mendable(checker, place,
                "its compiled form is not what its document compiles to");
        }
        gray_compiled_free(&compiled);
    }

    gray_document_free(&document);
    free(errors);
}


static void
gray_check_release(gray_checker_t *checker, gray_txn_t *txn, const char *name)
{
    int rc;
    char place[80];
    gray_error_t problem;
    gray_release_t *release;
    gray_store_release_t stored;

    checker->checked->releases++;
    (void) snprintf(place, sizeof(place), "release %s", name);

    rc = gray_store_release_get(txn, name, &stored);
    if (rc != GRAY_STORE_OK) {
        (void) gray_verb_store_error(checker->dir, rc, &problem);
        gray_check_release_problem(checker, txn, name, place, &problem);
        return;
    }

    if (stored.revision > checker->control.revision) {
        gray_check_mendable(checker, place,
            "its revision %llu is newer than the store's",
            (unsigned long long) stored.revision);
    }

    memset(&problem, 0, sizeof(problem));
    if (gray_release_load(
            stored.compiled.data, stored.compiled.len, &release, &problem)
        != 0)
    {
        gray_check_release_problem(checker, txn, name, place, &problem);
        return;
    }
    gray_release_free(release);

    gray_check_recompile(checker, txn, name, place, &stored);
}


int
gray_check_releases(gray_checker_t *checker, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    char name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        /* A transaction for each: a large document takes its time. */
        if (gray_verb_read(&checker->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_store_release_next(txn, after, name);
        if (rc == GRAY_STORE_OK) {
            gray_check_release(checker, txn, name);
        }
        gray_verb_read_end(&checker->control, txn);

        if (rc == GRAY_STORE_ENOTFOUND) {
            return 0;
        }
        if (rc != GRAY_STORE_OK) {
            (void) gray_verb_store_error(checker->dir, rc, error);
            gray_check_error(checker, "releases", error);
            return 0;
        }
    }
}
