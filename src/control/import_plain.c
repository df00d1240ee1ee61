/*
 * Adding members to a list that has some.
 */

#include <string.h>
#include "control/list.h"
#include "import_internal.h"
#include "store/index.h"


/* Somebody else may have written between two slices. */
static int
gray_import_look_again(
    gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error)
{
    int rc;
    uint64_t id = importer->list.id;

    rc = gray_list_header(
        importer->control, txn, importer->name, &importer->list, error);
    if (rc == 0 && importer->parts > 0 && importer->list.id != id) {
        (void) gray_error_set(error, GRAY_ECONFLICT,
            "list %s was replaced while members were added", importer->name);
        rc = gray_error_hint(error, "run the import again");
    }

    return rc;
}


static bool
gray_import_same(const gray_member_t *a, const gray_member_t *b)
{
    return a->expiry == b->expiry && a->note.len == b->note.len
           && (a->note.len == 0
               || memcmp(a->note.data, b->note.data, a->note.len) == 0);
}


static int
gray_import_add_member(gray_importer_t *importer, gray_txn_t *txn,
    gray_bytes_t key, const gray_member_t *member, uint64_t hash,
    gray_error_t *error)
{
    int rc;
    bool added;
    gray_member_t old;

    (void) hash;

    rc = gray_store_member_get(txn, importer->list.id, key, &old);
    if (rc == GRAY_STORE_OK && gray_import_same(&old, member)) {
        return 0;
    }

    if (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_store_member_put(txn, &importer->list, key, member, &added);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(importer->control->dir, rc, error);
    }

    importer->slice_added += added;
    importer->slice_updated += !added;

    return 0;
}


static int
gray_import_commit(
    gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error)
{
    int rc;
    gray_record_t record;
    gray_control_t *control = importer->control;

    if (importer->slice_added + importer->slice_updated == 0) {
        gray_verb_abort(control, txn);
        return 0;
    }

    rc = gray_store_list_put(txn, importer->name, &importer->list);
    if (rc != GRAY_STORE_OK) {
        gray_verb_abort(control, txn);
        return gray_verb_store_error(control->dir, rc, error);
    }

    memset(&record, 0, sizeof(record));
    record.verb = "list import";
    record.list = importer->name;
    record.after = gray_import_figures(
        importer, importer->slice_added, importer->slice_updated);
    (void) json_object_set_new(
        record.after, "part", json_integer(importer->parts + 1));

    if (gray_verb_commit(control, txn, &record, error) != 0) {
        return -1;
    }

    importer->parts++;
    importer->done->added += importer->slice_added;
    importer->done->updated += importer->slice_updated;

    return 0;
}


/* A list that grew by so much at once may have no index yet. Without one it is
 * as right, only slower; check --repair makes it then. */
static void
gray_import_index(gray_importer_t *importer)
{
    gray_index_t *index;
    gray_store_t *store = importer->control->store;

    if (importer->list.count < GRAY_INDEX_MIN) {
        return;
    }

    if (gray_index_open(store, &importer->list, &index) == GRAY_STORE_OK) {
        gray_index_close(index);
        return;
    }

    (void) gray_store_index_build(store, importer->name, NULL, NULL);
}


int
gray_import_add(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    static const gray_import_sink_t sink = { gray_import_look_again,
        gray_import_add_member, gray_import_commit };

    rc = gray_import_pour(importer, &sink, error);
    if (rc == 0 && importer->end && importer->parts > 0) {
        gray_import_index(importer);
    }
    importer->control->changed = importer->parts > 0;
    importer->done->after = importer->list.count;

    return rc;
}


int
gray_import_plain(gray_importer_t *importer, gray_error_t *error)
{
    int rc = 0;

    while (rc == 0 && !importer->end) {
        rc = gray_import_read(importer, true, error);
        if (rc == 0) {
            rc = gray_import_add(importer, error);
        }
    }

    return rc;
}
