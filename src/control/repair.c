/*
 * The order of a repair: what is purged or written later depends on what was
 * mended before.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "control/list.h"
#include "repair_internal.h"
#include "store/repair.h"


void
gray_repair_did(
    gray_repairer_t *repairer, const char *place, const char *format, ...)
{
    char what[256];
    va_list args;

    va_start(args, format);
    (void) vsnprintf(what, sizeof(what), format, args);
    va_end(args);

    if (repairer->did != NULL) {
        repairer->did(repairer->data, place, what);
    }
}


int
gray_repair_progress(void *data, uint64_t done)
{
    gray_repairer_t *repairer = data;

    return repairer->progress != NULL ? repairer->progress(repairer->data, done)
                                      : 0;
}


int
gray_repair_commit(gray_repairer_t *repairer, gray_txn_t *txn, int rc,
    const char *list, const char *release, const char *what,
    gray_error_t *error)
{
    gray_record_t record;

    if (rc != GRAY_STORE_OK) {
        gray_verb_abort(repairer->control, txn);
        return gray_verb_store_error(repairer->dir, rc, error);
    }

    memset(&record, 0, sizeof(record));
    record.verb = "repair";
    record.list = list;
    record.release = release;
    record.after = json_pack("{s: s}", "note", what);
    record.unpurged = true;

    return gray_verb_commit(repairer->control, txn, &record, error);
}


/* --- entries ------------------------------------------------------------------ */

/* What was done to the entries of a part. */
static const struct {
    const char *place;
    const char *note; /* in the audit                                     */
    const char *done; /* %llu of them                                     */
} gray_repair_parts[GRAY_REPAIR_PARTS] = {
    [GRAY_REPAIR_GARBAGE] = { "garbage", "records of lists to purge",
        "made records of lists to purge anew: %llu" },
    [GRAY_REPAIR_NAMES]
    = { "names", "names of list ids", "made names of list ids anew: %llu" },
    [GRAY_REPAIR_OWNERS] = { "members", "members of no list",
        "list ids whose members are of no list, and purged: %llu" },
    [GRAY_REPAIR_MEMBERS]
    = { "expiry", "expiries of members", "entered expiries of members: %llu" },
    [GRAY_REPAIR_EXPIRIES] = { "expiry", "expiries without a member",
        "removed expiries without a member: %llu" },
};


/* The same stretch once more, with the writer lock. */
static int
gray_repair_stretch(
    gray_repairer_t *repairer, gray_repair_t *repair, gray_error_t *error)
{
    int more;
    gray_txn_t *txn;
    uint64_t found;

    if (gray_verb_write(repairer->control, &txn, error) != 0) {
        return -1;
    }

    found = repair->found;
    repair->mend = true;
    more = gray_store_repair_step(txn, repair);
    repair->mend = false;

    if (more >= 0 && repair->found == found) {
        gray_verb_abort(repairer->control, txn);
        return more;
    }

    return gray_repair_commit(repairer, txn, more < 0 ? more : GRAY_STORE_OK,
               NULL, NULL, gray_repair_parts[repair->part].note, error)
                   == 0
               ? more
               : -1;
}


static int
gray_repair_part(
    gray_repairer_t *repairer, gray_repair_part_t part, gray_error_t *error)
{
    int more;
    gray_txn_t *txn;
    gray_repair_t at, repair = { .part = part };

    do {
        if (gray_verb_read(repairer->control, &txn, error) != 0) {
            return -1;
        }
        at = repair;
        more = gray_store_repair_step(txn, &repair);
        gray_verb_read_end(repairer->control, txn);

        if (more < 0) {
            return gray_verb_store_error(repairer->dir, more, error);
        }

        if (repair.found > at.found) {
            repair = at;
            more = gray_repair_stretch(repairer, &repair, error);
            if (more < 0) {
                return -1;
            }
            gray_store_give_way(repairer->control->store);
        }

        if (gray_repair_progress(repairer, repair.looked) != 0) {
            return gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
    } while (more == 1);

    if (repair.found > 0) {
        gray_repair_did(repairer, gray_repair_parts[part].place,
            gray_repair_parts[part].done, (unsigned long long) repair.found);
    }

    return repair.found > 0;
}


/* What is nobody's is garbage from then on, and purged at once. */
static int
gray_repair_owners(gray_repairer_t *repairer, gray_error_t *error)
{
    int found;
    uint64_t purged;

    if (repairer->unreadable) {
        return 0;
    }

    found = gray_repair_part(repairer, GRAY_REPAIR_OWNERS, error);
    if (found <= 0) {
        return found;
    }

    return gray_control_list_purge(
        repairer->control, &purged, gray_repair_progress, repairer, error);
}


static int
gray_repair_entries(gray_repairer_t *repairer, gray_error_t *error)
{
    if (gray_repair_part(repairer, GRAY_REPAIR_GARBAGE, error) < 0
        || gray_repair_headers(repairer, error) < 0
        || gray_repair_part(repairer, GRAY_REPAIR_NAMES, error) < 0
        || gray_repair_part(repairer, GRAY_REPAIR_MEMBERS, error) < 0
        || gray_repair_part(repairer, GRAY_REPAIR_EXPIRIES, error) < 0)
    {
        return -1;
    }

    return gray_repair_owners(repairer, error);
}


/* --- all of it -------------------------------------------------------------------- */

/* A store that cannot be opened, or whose pages are damaged, is left as it is:
 * the check says so. */
static int
gray_repair_store(gray_repairer_t *repairer, gray_error_t *error)
{
    int rc;
    gray_error_t ignored;

    if (gray_control_open_partly(
            repairer->dir, true, &repairer->control, &ignored)
        != 0)
    {
        return 0;
    }

    if (repairer->control->store == NULL
        || gray_store_verify(repairer->control->store) != GRAY_STORE_OK)
    {
        gray_control_close(repairer->control);
        return 0;
    }

    gray_repair_files_after(repairer);
    rc = gray_repair_entries(repairer, error);
    if (rc == 0) {
        rc = gray_repair_releases(repairer, error);
    }
    if (rc == 0) {
        rc = gray_repair_indexes(repairer, error);
    }
    gray_control_close(repairer->control);

    return rc;
}


int
gray_control_repair(const char *dir, gray_repaired_pt did, gray_problem_pt tell,
    void *data, gray_progress_pt progress, gray_checked_t *checked,
    gray_error_t *error)
{
    gray_repairer_t repairer;

    memset(checked, 0, sizeof(*checked));
    memset(&repairer, 0, sizeof(repairer));
    repairer.dir = dir;
    repairer.did = did;
    repairer.data = data;
    repairer.progress = progress;

    gray_repair_files_before(&repairer);
    if (gray_repair_store(&repairer, error) != 0) {
        return -1;
    }

    return gray_control_check(dir, tell, data, progress, checked, error);
}
