/*
 * A list built beside the one that readers see, and swapped in.
 */

#include <math.h>
#include <string.h>
#include "control/list.h"
#include "import_internal.h"

/* Members of a slice that is read back. */
#define GRAY_BACK_MEMBERS 20000


static int
gray_import_end(
    gray_importer_t *importer, gray_txn_t *txn, int rc, gray_error_t *error)
{
    gray_control_t *control = importer->control;

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_commit(txn);
    } else {
        gray_verb_abort(control, txn);
    }

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}


static int
gray_import_begin(gray_importer_t *importer, gray_error_t *error)
{
    gray_txn_t *txn;

    if (gray_verb_write(importer->control, &txn, error) != 0) {
        return -1;
    }

    return gray_import_end(importer, txn,
        gray_store_replace_begin(txn, importer->reader.kind,
            gray_sorter_members(importer->sorter), &importer->list),
        error);
}


static int
gray_import_append(gray_importer_t *importer, gray_txn_t *txn, gray_bytes_t key,
    const gray_member_t *member, uint64_t hash, gray_error_t *error)
{
    int rc;

    rc = gray_store_member_append(txn, &importer->list, key, member, hash);
    importer->slice_added++;

    return rc == GRAY_STORE_OK
               ? 0
               : gray_verb_store_error(importer->control->dir, rc, error);
}


static int
gray_import_save(
    gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error)
{
    if (gray_import_end(
            importer, txn, gray_store_replace_save(txn, &importer->list), error)
        != 0)
    {
        return -1;
    }
    importer->done->added += importer->slice_added;

    return 0;
}


/* --- the switch --------------------------------------------------------------- */

static int
gray_import_guard(const gray_importer_t *importer, gray_error_t *error)
{
    double change;
    uint64_t count, before;
    const gray_import_t *options = importer->options;

    count = importer->list.count;
    before = importer->done->before;

    if (options->has_min && count < options->min) {
        return gray_error_set(error, GRAY_EGUARD,
            "the new list has %llu members, fewer than --min %llu",
            (unsigned long long) count, (unsigned long long) options->min);
    }
    if (options->has_max && count > options->max) {
        return gray_error_set(error, GRAY_EGUARD,
            "the new list has %llu members, more than --max %llu",
            (unsigned long long) count, (unsigned long long) options->max);
    }

    /* Any change of an empty list would be infinite: it has no guard. */
    if (!options->has_max_change || before == 0) {
        return 0;
    }

    change = fabs((double) count - (double) before) * 100 / (double) before;
    if (change > options->max_change) {
        return gray_error_set(error, GRAY_EGUARD,
            "the list would change from %llu to %llu members, by %.1f %%, more "
            "than --max-change %g%%",
            (unsigned long long) before, (unsigned long long) count, change,
            options->max_change);
    }

    return 0;
}


/* What the name has now is compared and swapped. */
static int
gray_import_swap(gray_importer_t *importer, gray_txn_t *txn,
    const gray_list_t *now, gray_error_t *error)
{
    int rc;

    importer->done->before = now->count;
    if (gray_import_guard(importer, error) != 0) {
        return gray_error_hint(error,
            "the list is as it was; look at the feed, or run without the "
            "guard");
    }

    importer->list.created = now->created;
    rc = gray_store_replace_switch(txn, importer->name, &importer->list);

    return rc == GRAY_STORE_OK
               ? 0
               : gray_verb_store_error(importer->control->dir, rc, error);
}


static int
gray_import_commit_swap(gray_importer_t *importer, gray_txn_t *txn,
    const gray_list_t *before, gray_error_t *error)
{
    gray_record_t record;

    memset(&record, 0, sizeof(record));
    record.verb
        = importer->options->replace ? "list import --replace" : "list import";
    record.list = importer->name;
    record.before = json_pack("{s: I}", "count", (json_int_t) before->count);
    record.after = gray_import_figures(
        importer, importer->done->added, importer->done->updated);

    return gray_verb_commit(importer->control, txn, &record, error);
}


/* 1: the list was empty, and is not any more. */
static int
gray_import_switch(gray_importer_t *importer, gray_error_t *error)
{
    gray_txn_t *txn;
    gray_list_t now;
    gray_control_t *control = importer->control;

    gray_store_replace_flush(control->store, &importer->list);

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    if (gray_list_header(control, txn, importer->name, &now, error) != 0) {
        gray_verb_abort(control, txn);
        return -1;
    }

    if (!importer->options->replace && now.count > 0) {
        gray_verb_abort(control, txn);
        return 1;
    }

    if (gray_import_swap(importer, txn, &now, error) != 0) {
        gray_verb_abort(control, txn);
        return -1;
    }

    return gray_import_commit_swap(importer, txn, &now, error);
}


/* --- what becomes of the list when it is not switched to -------------------------- */

/* The process may live on: its list may be purged all the same. */
static void
gray_import_abandon(gray_importer_t *importer, uint64_t id)
{
    gray_txn_t *txn;

    if (gray_store_write(importer->control->store, &txn) == GRAY_STORE_OK) {
        if (gray_store_replace_abandon(txn, id) == GRAY_STORE_OK) {
            (void) gray_store_commit(txn);
        } else {
            gray_store_abort(txn);
        }
    }
    importer->control->changed = false;
}


/* Some members after *after, which is moved on. 1: there are more. */
static int
gray_import_back_slice(gray_importer_t *importer, gray_txn_t *txn, uint64_t id,
    gray_key_t *after, gray_error_t *error)
{
    int rc;
    unsigned n;
    gray_bytes_t key;
    gray_member_t member;
    gray_members_t *members;

    rc = gray_store_members_open(txn, id, gray_key_bytes(after), &members);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(importer->control->dir, rc, error);
    }

    for (n = 0; n < GRAY_BACK_MEMBERS; n++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc != GRAY_STORE_OK) {
            break;
        }
        if (gray_sorter_add(
                importer->sorter, key, member.expiry, member.note, error)
            != 0)
        {
            gray_store_members_close(members);
            return -1;
        }
        memcpy(after->bytes, key.data, key.len);
        after->len = key.len;
    }
    gray_store_members_close(members);

    if (rc == GRAY_STORE_OK) {
        return 1;
    }

    return rc == GRAY_STORE_ENOTFOUND
               ? 0
               : gray_verb_store_error(importer->control->dir, rc, error);
}


/* Somebody else has added to the empty list: what was built is read back, and
 * added too. */
static int
gray_import_join(gray_importer_t *importer, uint64_t id, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_key_t after = { .len = 0 };

    if (gray_import_sorter(importer, error) != 0) {
        return -1;
    }

    do {
        if (gray_verb_read(importer->control, &txn, error) != 0) {
            return -1;
        }
        rc = gray_import_back_slice(importer, txn, id, &after, error);
        gray_verb_read_end(importer->control, txn);
    } while (rc == 1);

    if (rc != 0) {
        return -1;
    }

    gray_sorter_end(importer->sorter);
    importer->done->added = 0;

    return gray_import_add(importer, error);
}


/* Who replaces a list day by day would fill the disk with what was replaced.
 * The import is done: that this fails, or is stopped, is nobody's concern. */
static void
gray_import_tidy(gray_importer_t *importer)
{
    gray_error_t error;
    gray_control_t *control = importer->control;
    bool changed = control->changed;
    uint64_t revision = control->revision;

    gray_sorter_free(importer->sorter);
    importer->sorter = NULL;

    while (gray_list_purge_slice(control, &error) > 0
           && gray_import_told(importer, &error) == 0)
    {
        gray_store_give_way(control->store);
    }
    control->changed = changed;
    control->revision = revision;
}


int
gray_import_replace(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    uint64_t id;
    bool changed;
    static const gray_import_sink_t sink
        = { NULL, gray_import_append, gray_import_save };

    if (gray_import_begin(importer, error) != 0) {
        return -1;
    }
    id = importer->list.id;

    rc = gray_import_pour(importer, &sink, error);
    if (rc == 0) {
        rc = gray_import_switch(importer, error);
    }
    if (rc == 0) {
        importer->done->after = importer->list.count;
        gray_import_tidy(importer);
        return 0;
    }

    changed = false;
    if (rc == 1) {
        rc = gray_import_join(importer, id, error);
        changed = importer->parts > 0;
    }
    gray_import_abandon(importer, id);
    importer->control->changed = changed;

    return rc;
}
