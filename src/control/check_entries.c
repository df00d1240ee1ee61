/*
 * Entries that follow from others, in what no verb shows.
 */

#include "check_internal.h"
#include "store/repair.h"

/* What is wrong with the entries of a part: the place, and the words after
 * their number. */
static const struct {
    const char *place;
    const char *one;
    const char *many;
} gray_check_parts[GRAY_REPAIR_PARTS] = {
    [GRAY_REPAIR_GARBAGE]
    = { "garbage", "record of a list to purge is wrong: nothing can be purged",
        "records of lists to purge are wrong: nothing can be purged" },
    [GRAY_REPAIR_NAMES]
    = { "names", "list is not found by its id, or an id has no list",
        "lists are not found by their ids, or ids have no list" },
    [GRAY_REPAIR_OWNERS] = { "members", "list id has members and no list",
        "list ids have members and no list" },
    [GRAY_REPAIR_MEMBERS]
    = { "expiry", "member will expire and never be purged",
        "members will expire and never be purged" },
    [GRAY_REPAIR_EXPIRIES]
    = { "expiry", "entry has no member", "entries have no member" },
};


static int
gray_check_part(
    gray_checker_t *checker, gray_repair_part_t part, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_error_t problem;
    gray_repair_t repair = { .part = part };

    do {
        if (gray_verb_read(&checker->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_store_repair_step(txn, &repair);
        gray_verb_read_end(&checker->control, txn);

        if (checker->progress != NULL
            && checker->progress(checker->data, checker->checked->members) != 0)
        {
            return gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
    } while (rc == 1);

    if (rc < 0) {
        (void) gray_verb_store_error(checker->dir, rc, &problem);
        gray_check_error(checker, gray_check_parts[part].place, &problem);

    } else if (repair.found > 0) {
        gray_check_mendable(checker, gray_check_parts[part].place, "%llu %s",
            (unsigned long long) repair.found,
            repair.found == 1 ? gray_check_parts[part].one
                              : gray_check_parts[part].many);
    }

    return 0;
}


int
gray_check_entries(gray_checker_t *checker, gray_error_t *error)
{
    int rc;
    unsigned part;

    rc = 0;
    for (part = 0; rc == 0 && part < GRAY_REPAIR_PARTS; part++) {
        rc = gray_check_part(checker, (gray_repair_part_t) part, error);
    }

    return rc;
}
