/*
 * Every list: its header against its members, counted anew, and its index.
 */

#include <stdio.h>
#include <string.h>
#include "check_internal.h"
#include "store/index.h"
#include "store/repair.h"

/* A list that is replaced again and again is given up after this many
 * attempts, and one whose index changes faster than it is looked at. */
#define GRAY_CHECK_ATTEMPTS 5


static int
gray_check_progress(void *data, uint64_t members)
{
    gray_checker_t *checker = data;

    return checker->progress != NULL ? checker->progress(
               checker->data, checker->checked->members + members)
                                     : 0;
}


static void
gray_check_header(
    gray_checker_t *checker, const char *place, const gray_recount_t *count)
{
    if (!count->readable) {
        if (count->kind_known) {
            gray_check_mendable(checker, place,
                "its header is damaged; it has %llu members",
                (unsigned long long) count->members);
        } else {
            gray_check_problem(checker, GRAY_EDAMAGED, place,
                "restore a backup",
                "its header is damaged, and its kind is not known");
        }
    } else if (count->error.count != 0) {
        gray_check_mendable(checker, place,
            "its header says %llu members, there are %llu",
            (unsigned long long) (count->members + count->error.count),
            (unsigned long long) count->members);
    } else if (count->error.digest[0] != 0 || count->error.digest[1] != 0) {
        gray_check_mendable(
            checker, place, "its digest is not that of its members");
    } else if (count->wrong) {
        gray_check_mendable(
            checker, place, "its block lengths are not those of its members");
    }
}


/* The list's header now. */
static int
gray_check_list_now(
    gray_checker_t *checker, const char *name, gray_list_t *list)
{
    int rc;
    gray_txn_t *txn;

    rc = gray_store_read(checker->control.store, &txn);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_get(txn, name, list);
        gray_store_read_end(txn);
    }

    return rc;
}


/* An index that is missing may only have been looked for while a commit was
 * at it: then the list is another afterwards. */
int
gray_check_index_of(gray_checker_t *checker, const char *name, bool *missing)
{
    int rc;
    unsigned attempt;
    gray_list_t before, after;

    *missing = false;
    rc = GRAY_STORE_OK;

    for (attempt = 0; attempt < GRAY_CHECK_ATTEMPTS; attempt++) {
        if (gray_check_list_now(checker, name, &before) != GRAY_STORE_OK) {
            return GRAY_STORE_OK;
        }

        rc = gray_store_index_check(
            checker->control.store, name, gray_check_progress, checker);
        if (rc != GRAY_STORE_ENOTFOUND) {
            return rc;
        }

        if (before.count < GRAY_INDEX_MIN
            || gray_check_list_now(checker, name, &after) != GRAY_STORE_OK)
        {
            return GRAY_STORE_OK;
        }

        if (memcmp(before.digest, after.digest, sizeof(before.digest)) == 0) {
            *missing = true;
            return GRAY_STORE_OK;
        }
    }

    return GRAY_STORE_OK;
}


static void
gray_check_index(gray_checker_t *checker, const char *name, const char *place)
{
    bool missing;

    /* A copy of a backup is given new ones. */
    if (checker->backup) {
        return;
    }

    if (gray_check_index_of(checker, name, &missing) == GRAY_STORE_EDAMAGED) {
        gray_check_mendable(checker, place, "%s", gray_store_detail());

    } else if (missing) {
        gray_check_mendable(checker, place,
            "it has no index that can be trusted: lookups take longer");
    }
}


static bool
gray_check_unreadable(gray_checker_t *checker, const char *name)
{
    gray_list_t list;

    return gray_check_list_now(checker, name, &list) == GRAY_STORE_EDAMAGED;
}


static int
gray_check_list(gray_checker_t *checker, const char *name, gray_error_t *error)
{
    int rc;
    char place[80];
    unsigned attempt;
    gray_error_t problem;
    gray_recount_t count;

    checker->checked->lists++;
    (void) snprintf(place, sizeof(place), "list %s", name);

    rc = GRAY_STORE_EINVALID;
    for (attempt = 0;
         rc == GRAY_STORE_EINVALID && attempt < GRAY_CHECK_ATTEMPTS; attempt++)
    {
        rc = gray_store_list_recount(
            checker->control.store, name, gray_check_progress, checker, &count);
    }

    if (rc == GRAY_STORE_ESYSTEM) {
        return gray_verb_store_error(checker->dir, rc, error);
    }

    if (rc == GRAY_STORE_OK) {
        checker->checked->members += count.members;
        gray_check_header(checker, place, &count);
        if (!count.wrong) {
            gray_check_index(checker, name, place);
        }

    } else if (rc == GRAY_STORE_EDAMAGED
               || (rc == GRAY_STORE_ENOTFOUND && !count.readable
                   && count.id == 0 && gray_check_unreadable(checker, name)))
    {
        (void) gray_verb_store_error(
            checker->dir, GRAY_STORE_EDAMAGED, &problem);
        (void) gray_error_hint(&problem, "restore a backup");
        gray_check_error(checker, place, &problem);
    }

    return 0;
}


int
gray_check_lists(gray_checker_t *checker, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    char name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        if (gray_verb_read(&checker->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_store_list_next(txn, after, name);
        gray_verb_read_end(&checker->control, txn);

        if (rc == GRAY_STORE_ENOTFOUND) {
            return 0;
        }
        if (rc != GRAY_STORE_OK) {
            (void) gray_verb_store_error(checker->dir, rc, error);
            gray_check_error(checker, "lists", error);
            return 0;
        }
        if (gray_check_list(checker, name, error) != 0) {
            return -1;
        }
    }
}
