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
    FILE *slice; /* in memory                                          */
    unsigned max;
    gray_export_t *export;
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

    if (exporter->export->id != 0 && exporter->export->id != list->id) {
        (void) gray_error_set(error, GRAY_ECONFLICT,
            "list %s was replaced during the export, after %llu members",
            exporter->name, (unsigned long long) exporter->export->exported);
        return gray_error_hint(error, "run the export again");
    }
    exporter->export->id = list->id;

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
    gray_export_t *export = exporter->export;

    start = gray_monotonic_ms();
    now = gray_wall_ms() / 1000;

    for (n = 1;; n++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc != GRAY_STORE_OK) {
            export->end = rc == GRAY_STORE_ENOTFOUND;
            return export->end ? GRAY_STORE_OK : rc;
        }

        if (member.expiry == 0 || member.expiry > now) {
            gray_export_line(exporter->slice, kind, key, &member);
            export->exported++;
        }

        if (n == exporter->max
            || (n % 64 == 0 && gray_monotonic_ms() - start >= GRAY_SLICE_MS))
        {
            memcpy(export->last, key.data, key.len);
            export->len = key.len;
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
        store = gray_store_members_open(txn, list.id,
            (gray_bytes_t){ exporter->export->len, exporter->export->last },
            &members);
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


int
gray_control_list_export_some(gray_control_t *control, const char *name,
    gray_export_t *export, unsigned max, char **text, size_t *len,
    gray_error_t *error)
{
    int rc;
    gray_exporter_t exporter = {
        .control = control,
        .name = name,
        .max = max,
        .export = export,
    };

    *text = NULL;
    exporter.slice = open_memstream(text, len);
    if (exporter.slice == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_export_slice(&exporter, error);
    if (fclose(exporter.slice) != 0 && rc == 0) {
        rc = gray_no_memory(error);
    }
    if (rc != 0) {
        free(*text);
        *text = NULL;
    }

    return rc;
}


int
gray_control_list_export(gray_control_t *control, const char *name, FILE *out,
    gray_progress_pt progress, void *data, uint64_t *exported,
    gray_error_t *error)
{
    int rc;
    char *text;
    size_t len;
    gray_export_t export = { .end = false };

    rc = 0;
    while (rc == 0 && !export.end) {
        rc = gray_control_list_export_some(
            control, name, &export, GRAY_EXPORT_MEMBERS, &text, &len, error);
        if (rc == 0 && fwrite(text, 1, len, out) != len) {
            rc = gray_error_set(
                error, GRAY_ESYSTEM, "cannot write: %s", strerror(errno));
        }
        free(text);

        if (rc == 0 && progress != NULL && progress(data, export.exported) != 0)
        {
            rc = gray_error_set(error, GRAY_ESYSTEM, "stopped");
        }
    }

    *exported = export.exported;

    return rc;
}
