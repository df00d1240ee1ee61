/*
 * Headers of lists from their members, and indexes.
 */

#include <stdio.h>
#include <string.h>
#include "repair_internal.h"
#include "store/index.h"
#include "store/repair.h"

/* A list that is replaced again and again is given up. */
#define GRAY_REPAIR_ATTEMPTS 5

typedef int (*gray_repair_list_pt)(
    gray_repairer_t *repairer, const char *name, gray_error_t *error);


static int
gray_repair_each_list(
    gray_repairer_t *repairer, gray_repair_list_pt one, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    char name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        if (gray_verb_read(repairer->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_store_list_next(txn, after, name);
        gray_verb_read_end(repairer->control, txn);

        if (rc != GRAY_STORE_OK) {
            return 0; /* the check tells of what is no end */
        }
        if (one(repairer, name, error) != 0) {
            return -1;
        }
    }
}


/* --- headers -------------------------------------------------------------------- */

static int
gray_repair_header(gray_repairer_t *repairer, const char *name,
    const gray_recount_t *count, gray_error_t *error)
{
    int rc;
    char place[80];
    gray_txn_t *txn;

    if (gray_verb_write(repairer->control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_store_list_mend(txn, name, count);
    if (rc == GRAY_STORE_EINVALID) {
        gray_verb_abort(repairer->control, txn);
        return 0;
    }

    if (gray_repair_commit(
            repairer, txn, rc, name, NULL, "the header, counted anew", error)
        != 0)
    {
        return -1;
    }

    (void) snprintf(place, sizeof(place), "list %s", name);
    gray_repair_did(repairer, place,
        "its header was made anew from its %llu member%s",
        (unsigned long long) count->members, count->members == 1 ? "" : "s");

    return 0;
}


static int
gray_repair_list(
    gray_repairer_t *repairer, const char *name, gray_error_t *error)
{
    int rc;
    unsigned attempt;
    gray_recount_t count;

    rc = GRAY_STORE_EINVALID;
    for (attempt = 0;
         rc == GRAY_STORE_EINVALID && attempt < GRAY_REPAIR_ATTEMPTS; attempt++)
    {
        rc = gray_store_list_recount(repairer->control->store, name,
            gray_repair_progress, repairer, &count);
    }

    if (rc == GRAY_STORE_ESYSTEM || rc == GRAY_STORE_EMEMORY) {
        return gray_verb_store_error(repairer->dir, rc, error);
    }

    if (!count.readable && (rc != GRAY_STORE_OK || !count.kind_known)) {
        repairer->unreadable = true;
        return 0;
    }

    return rc == GRAY_STORE_OK && count.wrong
               ? gray_repair_header(repairer, name, &count, error)
               : 0;
}


int
gray_repair_headers(gray_repairer_t *repairer, gray_error_t *error)
{
    return gray_repair_each_list(repairer, gray_repair_list, error);
}


/* --- indexes -------------------------------------------------------------------- */

static int
gray_repair_index(
    gray_repairer_t *repairer, const char *name, gray_error_t *error)
{
    int rc;
    bool missing;
    char place[80];
    gray_txn_t *txn;
    gray_checked_t checked;
    gray_checker_t checker;

    memset(&checked, 0, sizeof(checked));
    memset(&checker, 0, sizeof(checker));
    checker.dir = repairer->dir;
    checker.checked = &checked;
    checker.progress = repairer->progress;
    checker.data = repairer->data;
    checker.control.dir = repairer->control->dir;
    checker.control.store = repairer->control->store;

    rc = gray_check_index_of(&checker, name, &missing);
    if (rc != GRAY_STORE_EDAMAGED && !missing) {
        return 0;
    }

    rc = gray_store_index_build(
        repairer->control->store, name, gray_repair_progress, repairer);
    if (rc != GRAY_STORE_OK) {
        return rc == GRAY_STORE_ENOTFOUND
                   ? 0
                   : gray_verb_store_error(repairer->dir, rc, error);
    }

    if (gray_verb_write(repairer->control, &txn, error) != 0
        || gray_repair_commit(repairer, txn, GRAY_STORE_OK, name, NULL,
               "the index, built anew", error)
               != 0)
    {
        return -1;
    }

    (void) snprintf(place, sizeof(place), "list %s", name);
    gray_repair_did(repairer, place, "its index was built anew");

    return 0;
}


int
gray_repair_indexes(gray_repairer_t *repairer, gray_error_t *error)
{
    return gray_repair_each_list(repairer, gray_repair_index, error);
}
