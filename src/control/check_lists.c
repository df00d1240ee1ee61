/*
 * Every list: its header against its members, counted anew.
 */

#include <stdio.h>
#include <string.h>
#include "check_internal.h"

#define GRAY_CHECK_MEMBERS 20000

/* A list that is changed again and again while it is counted is given up
 * after this many attempts. */
#define GRAY_CHECK_ATTEMPTS 5

typedef enum {
    GRAY_CHECK_DONE,
    GRAY_CHECK_MORE,
    GRAY_CHECK_CHANGED,
    GRAY_CHECK_FAILED
} gray_check_state_t;

/* A list that is being counted. */
typedef struct {
    const char *name;
    char place[80];
    gray_list_t header;
    gray_list_t sum;
    unsigned char after[GRAY_STORE_KEY_MAX];
    size_t after_len;
    bool begun;
} gray_check_list_t;


static bool
gray_check_header_same(const gray_list_t *a, const gray_list_t *b)
{
    return a->id == b->id && a->count == b->count && a->kind == b->kind
           && memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}


static void
gray_check_list_compare(gray_checker_t *checker, const gray_check_list_t *list)
{
    const char *hint = "import it again with --replace, or restore a backup";

    checker->checked->members += list->sum.count;

    if (list->sum.count != list->header.count) {
        gray_check_problem(checker, GRAY_EDAMAGED, list->place, hint,
            "its header says %llu members, there are %llu",
            (unsigned long long) list->header.count,
            (unsigned long long) list->sum.count);
    } else if (memcmp(list->sum.digest, list->header.digest,
                   sizeof(list->sum.digest))
               != 0)
    {
        gray_check_problem(checker, GRAY_EDAMAGED, list->place, hint,
            "its digest is not that of its members");
    } else if (memcmp(list->sum.blocks, list->header.blocks,
                   sizeof(list->sum.blocks))
               != 0)
    {
        gray_check_problem(checker, GRAY_EDAMAGED, list->place, hint,
            "its block lengths are not those of its members");
    }
}


/* Counts one slice in one snapshot. */
static gray_check_state_t
gray_check_list_slice(
    gray_checker_t *checker, gray_txn_t *txn, gray_check_list_t *list)
{
    int rc;
    gray_list_t now;
    gray_error_t problem;

    rc = gray_store_list_get(txn, list->name, &now);
    if (rc == GRAY_STORE_OK && !list->begun) {
        list->header = now;
        list->sum.kind = now.kind;
        list->sum.id = now.id;
        list->begun = true;
    }
    if (rc == GRAY_STORE_ENOTFOUND
        || (rc == GRAY_STORE_OK
            && !gray_check_header_same(&now, &list->header)))
    {
        return GRAY_CHECK_CHANGED;
    }

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_sum(
            txn, &list->sum, list->after, &list->after_len, GRAY_CHECK_MEMBERS);
    }
    if (rc < 0) {
        (void) gray_verb_store_error(checker->dir, rc, &problem);
        (void) gray_error_hint(&problem, "restore a backup");
        gray_check_error(checker, list->place, &problem);
        return GRAY_CHECK_FAILED;
    }

    return rc > 0 ? GRAY_CHECK_MORE : GRAY_CHECK_DONE;
}


static int
gray_check_list(gray_checker_t *checker, const char *name, gray_error_t *error)
{
    unsigned attempt;
    gray_txn_t *txn;
    gray_check_state_t state;
    gray_check_list_t list;

    checker->checked->lists++;

    for (attempt = 0; attempt < GRAY_CHECK_ATTEMPTS; attempt++) {
        memset(&list, 0, sizeof(list));
        list.name = name;
        (void) snprintf(list.place, sizeof(list.place), "list %s", name);

        do {
            if (gray_verb_read(&checker->control, &txn, error) != 0) {
                return -1;
            }
            state = gray_check_list_slice(checker, txn, &list);
            gray_verb_read_end(&checker->control, txn);

            if (checker->progress != NULL
                && checker->progress(checker->data,
                       checker->checked->members + list.sum.count)
                       != 0)
            {
                return gray_error_set(error, GRAY_ESYSTEM, "stopped");
            }
        } while (state == GRAY_CHECK_MORE);

        if (state == GRAY_CHECK_DONE) {
            gray_check_list_compare(checker, &list);
        }
        if (state != GRAY_CHECK_CHANGED) {
            break;
        }
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
