/*
 * Exporting members: slice by slice, each with a new snapshot. A slice is
 * written into memory and then out: the output may be a slow pipe, and no
 * snapshot waits for it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "control/import.h"
#include "control/list.h"
#include "import_line.h"

/* Members of a slice, at most: what memory it may take. */
#define GRAY_EXPORT_MEMBERS 65536

typedef struct {
    gray_control_t *control;
    const char *name;
    FILE *slice;     /* in memory                                          */
    uint64_t id;     /* of the list when it began; 0: not yet          */
    gray_key_t last; /* written                                        */
    uint64_t exported;
    bool end;
} gray_exporter_t;


/* The list must be the one that the export began with. */
static int
gray_export_list(gray_exporter_t *exporter, gray_txn_t *txn, gray_list_t *list,
    gray_error_t *error)
{
    gray_key_t ignored;

    if (gray_list_header(exporter->control, txn, exporter->name, list, error)
        != 0) {
        return -1;
    }

    if (list->kind == GRAY_STORE_LIVE) {
        return gray_identity_key(GRAY_STORE_LIVE, exporter->name,
            gray_str("IDENTITY"), &ignored, error);
    }

    if (exporter->id != 0 && exporter->id != list->id) {
        (void) gray_error_set(error, GRAY_ECONFLICT,
            "list %s was replaced during the export, after %llu members",
            exporter->name, (unsigned long long) exporter->exported);
        return gray_error_hint(error, "run the export again");
    }
    exporter->id = list->id;

    return 0;
}


static int
gray_export_members(
    gray_exporter_t *exporter, gray_members_t *members, gray_store_kind_t kind)
{
    int rc;
    unsigned n;
    uint64_t start, now;
    gray_bytes_t key;
    gray_member_t member;

    start = gray_monotonic_ms();
    now = gray_wall_ms() / 1000;

    for (n = 1;; n++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc != GRAY_STORE_OK) {
            exporter->end = rc == GRAY_STORE_ENOTFOUND;
            return exporter->end ? GRAY_STORE_OK : rc;
        }

        if (member.expiry == 0 || member.expiry > now) {
            gray_export_line(exporter->slice, kind, key, &member);
            exporter->exported++;
        }

        if (n == GRAY_EXPORT_MEMBERS
            || (n % 64 == 0 && gray_monotonic_ms() - start >= GRAY_SLICE_MS))
        {
            memcpy(exporter->last.bytes, key.data, key.len);
            exporter->last.len = key.len;
            return GRAY_STORE_OK;
        }
    }
}


static int
gray_export_slice(gray_exporter_t *exporter, gray_error_t *error)
{
    int rc, store;
    gray_txn_t *txn;
    gray_list_t list;
    gray_members_t *members;

    if (gray_verb_read(exporter->control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_export_list(exporter, txn, &list, error);
    if (rc == 0) {
        members = NULL;
        store = gray_store_members_open(
            txn, list.id, gray_key_bytes(&exporter->last), &members);
        if (store == GRAY_STORE_OK) {
            store = gray_export_members(exporter, members, list.kind);
        }
        gray_store_members_close(members);
        if (store != GRAY_STORE_OK) {
            rc = gray_verb_store_error(exporter->control->dir, store, error);
        }
    }
    gray_verb_read_end(exporter->control, txn);

    return rc;
}


static int
gray_export_write(gray_exporter_t *exporter, FILE *out, gray_error_t *error)
{
    int rc;
    char *text;
    size_t len;

    text = NULL;
    exporter->slice = open_memstream(&text, &len);
    if (exporter->slice == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_export_slice(exporter, error);
    if (fclose(exporter->slice) != 0 && rc == 0) {
        rc = gray_no_memory(error);
    }
    if (rc == 0 && fwrite(text, 1, len, out) != len) {
        rc = gray_error_set(
            error, GRAY_ESYSTEM, "cannot write: %s", strerror(errno));
    }
    free(text);

    return rc;
}


int
gray_control_list_export(gray_control_t *control, const char *name, FILE *out,
    gray_progress_pt progress, void *data, uint64_t *exported,
    gray_error_t *error)
{
    int rc;
    gray_exporter_t exporter;

    memset(&exporter, 0, sizeof(exporter));
    exporter.control = control;
    exporter.name = name;

    rc = 0;
    while (rc == 0 && !exporter.end) {
        rc = gray_export_write(&exporter, out, error);
        if (rc == 0 && progress != NULL
            && progress(data, exporter.exported) != 0) {
            rc = gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
    }

    *exported = exporter.exported;

    return rc;
}
