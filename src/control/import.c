/*
 * Importing members: added in slices, or built beside the list and swapped.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "control/import.h"
#include "control/list.h"
#include "import_line.h"

/* Lines are read before a transaction begins: the input may be a slow pipe,
 * and nobody waits for it with the writer lock held. */
#define GRAY_BATCH_MEMBERS 16384

typedef struct {
    gray_import_line_t *lines; /* their notes lie in `notes`            */
    unsigned n;
    unsigned next; /* to be put                                        */
    char *notes;
    size_t used;
} gray_import_batch_t;

typedef struct {
    gray_control_t *control;
    const char *name;
    const gray_import_t *options;
    gray_imported_t *done;
    gray_import_reader_t reader;
    gray_list_t list;     /* that members go into                     */
    uint64_t slice_added; /* by the transaction at hand               */
    uint64_t slice_updated;
    unsigned parts; /* transactions with a record, so far             */
    bool end;       /* of the input                                   */
    gray_import_batch_t batch;
} gray_importer_t;


/* A bad line is told and passed over; with `strict` it ends the import. */
static int
gray_import_bad(gray_importer_t *importer, gray_error_t *error)
{
    const gray_import_t *options = importer->options;

    importer->done->bad++;
    if (options->bad != NULL) {
        options->bad(options->data, importer->reader.line, error);
    }

    if (options->strict) {
        (void) gray_error_place(
            error, "line %llu", (unsigned long long) importer->reader.line);
        return -1;
    }

    return 0;
}


static int
gray_import_put(gray_importer_t *importer, gray_txn_t *txn,
    const gray_import_line_t *line, gray_error_t *error)
{
    int rc;
    bool added;
    gray_member_t member, old;

    importer->done->members++;
    if (line->expiry != 0 && line->expiry <= importer->reader.now) {
        importer->done->expired++;
        return 0;
    }

    member.expiry = line->expiry;
    member.note = (gray_bytes_t){ line->note.len, line->note.data };

    rc = gray_store_member_get(
        txn, importer->list.id, gray_key_bytes(&line->key), &old);
    if (rc == GRAY_STORE_OK && old.expiry == member.expiry
        && old.note.len == member.note.len
        && (old.note.len == 0
            || memcmp(old.note.data, member.note.data, old.note.len) == 0))
    {
        return 0;
    }

    if (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_store_member_put(
            txn, &importer->list, gray_key_bytes(&line->key), &member, &added);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(importer->control->dir, rc, error);
    }

    importer->slice_added += added;
    importer->slice_updated += !added;

    return 0;
}


static void
gray_import_keep(gray_import_batch_t *batch, const gray_import_line_t *line)
{
    gray_import_line_t *kept;

    kept = &batch->lines[batch->n++];
    *kept = *line;

    memcpy(batch->notes + batch->used, line->note.data, line->note.len);
    kept->note.data = batch->notes + batch->used;
    batch->used += line->note.len;
}


/* Reads the next batch, without a transaction. */
static int
gray_import_fill(gray_importer_t *importer, gray_error_t *error)
{
    gray_error_t problem;
    gray_import_line_t line;
    gray_import_batch_t *batch = &importer->batch;

    batch->n = 0;
    batch->next = 0;
    batch->used = 0;

    while (batch->n < GRAY_BATCH_MEMBERS) {
        memset(&problem, 0, sizeof(problem));

        switch (gray_import_next(&importer->reader, &line, &problem)) {
        case GRAY_IMPORT_MEMBER:
            gray_import_keep(batch, &line);
            break;

        case GRAY_IMPORT_BAD:
            if (gray_import_bad(importer, &problem) != 0) {
                *error = problem;
                return -1;
            }
            break;

        case GRAY_IMPORT_END:
            importer->end = true;
            importer->done->lines = importer->reader.line;
            return 0;

        case GRAY_IMPORT_READ_ERROR:
            *error = problem;
            return -1;
        }

        importer->done->lines = importer->reader.line;
    }

    return 0;
}


/* Puts members of the batch until it is empty or the slice's time is up. */
static int
gray_import_puts(
    gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error)
{
    uint64_t start;
    gray_import_batch_t *batch = &importer->batch;

    start = gray_monotonic_ms();
    importer->slice_added = 0;
    importer->slice_updated = 0;

    while (batch->next < batch->n) {
        if (gray_import_put(importer, txn, &batch->lines[batch->next++], error)
            != 0) {
            return -1;
        }

        if (batch->next % 64 == 0
            && gray_monotonic_ms() - start >= GRAY_SLICE_MS) {
            break;
        }
    }

    return 0;
}


static int
gray_import_progress(gray_importer_t *importer, gray_error_t *error)
{
    const gray_import_t *options = importer->options;

    if (options->progress != NULL
        && options->progress(options->data, importer->done->lines) != 0)
    {
        return gray_error_set(error, GRAY_ESYSTEM, "stopped");
    }

    return 0;
}


/* Fills the batch when it is empty and calls `slice` until all is put. */
static int
gray_import_all(gray_importer_t *importer,
    int (*slice)(gray_importer_t *importer, gray_error_t *error),
    gray_error_t *error)
{
    gray_import_batch_t *batch = &importer->batch;

    while (!importer->end) {
        if (gray_import_fill(importer, error) != 0) {
            return -1;
        }

        while (batch->next < batch->n) {
            if (slice(importer, error) != 0) {
                return -1;
            }
        }

        if (gray_import_progress(importer, error) != 0) {
            return -1;
        }
    }

    return 0;
}


static json_t *
gray_import_figures(
    const gray_importer_t *importer, uint64_t added, uint64_t updated)
{
    return json_pack("{s: I, s: I, s: I, s: I}", "added", (json_int_t) added,
        "updated", (json_int_t) updated, "count",
        (json_int_t) importer->list.count, "bad lines",
        (json_int_t) importer->done->bad);
}


/* --- plain ----------------------------------------------------------------- */

static int
gray_import_slice(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    uint64_t id;
    gray_txn_t *txn;
    gray_record_t record;
    gray_control_t *control = importer->control;

    if (gray_verb_write(control, &txn, error) != 0) {
        return -1;
    }

    /* Somebody else may have written between two slices. */
    id = importer->list.id;
    rc = gray_list_header(control, txn, importer->name, &importer->list, error);
    if (rc == 0 && importer->parts > 0 && importer->list.id != id) {
        (void) gray_error_set(error, GRAY_ECONFLICT,
            "list %s was replaced while members were added", importer->name);
        rc = gray_error_hint(error, "run the import again");
    }
    if (rc == 0) {
        rc = gray_import_puts(importer, txn, error);
    }
    if (rc != 0 || importer->slice_added + importer->slice_updated == 0) {
        gray_verb_abort(control, txn);
        return rc;
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


static int
gray_import_plain(gray_importer_t *importer, gray_error_t *error)
{
    int rc;

    rc = gray_import_all(importer, gray_import_slice, error);
    importer->control->changed = importer->parts > 0;
    importer->done->after = importer->list.count;

    return rc;
}


/* --- replace --------------------------------------------------------------- */

static int
gray_import_begin(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_control_t *control = importer->control;

    if (gray_verb_write(control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_store_replace_begin(
        txn, importer->reader.kind, 0, &importer->list);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_commit(txn);
    } else {
        gray_verb_abort(control, txn);
    }

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}


static int
gray_import_beside(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_control_t *control = importer->control;

    if (gray_verb_write(control, &txn, error) != 0) {
        return -1;
    }

    if (gray_import_puts(importer, txn, error) != 0) {
        gray_verb_abort(control, txn);
        return -1;
    }

    rc = gray_store_replace_save(txn, &importer->list);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_commit(txn);
    } else {
        gray_verb_abort(control, txn);
    }
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    importer->done->added += importer->slice_added;
    importer->done->updated += importer->slice_updated;

    return 0;
}


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


/* With the lock held: what the name has now is compared and swapped. */
static int
gray_import_switch(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_list_t now;
    gray_record_t record;
    gray_control_t *control = importer->control;

    if (gray_verb_write_expected(control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_list_header(control, txn, importer->name, &now, error);
    if (rc == 0) {
        importer->done->before = now.count;
        rc = gray_import_guard(importer, error);
        if (rc != 0) {
            (void) gray_error_hint(error,
                "the list is as it was; look at the feed, or run without the "
                "guard");
        }
    }
    if (rc == 0) {
        importer->list.created = now.created;
        rc = gray_store_replace_switch(txn, importer->name, &importer->list);
        if (rc != GRAY_STORE_OK) {
            rc = gray_verb_store_error(control->dir, rc, error);
        }
    }
    if (rc != 0) {
        gray_verb_abort(control, txn);
        return -1;
    }

    memset(&record, 0, sizeof(record));
    record.verb = "list import --replace";
    record.list = importer->name;
    record.before = json_pack("{s: I}", "count", (json_int_t) now.count);
    record.after = gray_import_figures(
        importer, importer->done->added, importer->done->updated);

    return gray_verb_commit(control, txn, &record, error);
}


static int
gray_import_replace(gray_importer_t *importer, gray_error_t *error)
{
    if (gray_import_begin(importer, error) != 0) {
        return -1;
    }

    if (gray_import_all(importer, gray_import_beside, error) != 0
        || gray_import_switch(importer, error) != 0)
    {
        importer->control->changed = false;
        return -1;
    }
    importer->done->after = importer->list.count;

    return 0;
}


/* --- both ------------------------------------------------------------------ */

/* The list as it is: its kind, and that it can be imported into. */
static int
gray_import_look(gray_importer_t *importer, gray_error_t *error)
{
    int rc;
    gray_key_t ignored;
    gray_txn_t *txn;
    gray_control_t *control = importer->control;

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }

    rc = gray_list_header(control, txn, importer->name, &importer->list, error);
    if (rc == 0) {
        rc = gray_verb_expected(control, control->revision, "the store", error);
    }
    if (rc == 0 && importer->list.kind == GRAY_STORE_LIVE) {
        rc = gray_identity_key(GRAY_STORE_LIVE, importer->name,
            gray_str("IDENTITY"), &ignored, error);
    }
    gray_verb_read_end(control, txn);

    importer->reader.kind = importer->list.kind;
    importer->done->before = importer->list.count;

    return rc;
}


int
gray_control_list_import(gray_control_t *control, const char *name, FILE *in,
    const gray_import_t *options, gray_imported_t *imported,
    gray_error_t *error)
{
    int rc;
    gray_importer_t importer;

    memset(imported, 0, sizeof(*imported));
    memset(&importer, 0, sizeof(importer));
    importer.control = control;
    importer.name = name;
    importer.options = options;
    importer.done = imported;
    importer.reader.in = in;
    importer.reader.list = name;
    importer.reader.now = gray_wall_ms() / 1000;
    importer.reader.ttl = options->ttl;

    if (!options->replace
        && (options->has_min || options->has_max || options->has_max_change))
    {
        (void) gray_error_set(error, GRAY_EINVALID,
            "--min, --max and --max-change guard a replacement");
        return gray_error_hint(error, "add --replace");
    }

    if (gray_import_look(&importer, error) != 0) {
        return -1;
    }

    importer.batch.lines
        = calloc(GRAY_BATCH_MEMBERS, sizeof(*importer.batch.lines));
    importer.batch.notes = malloc(GRAY_BATCH_MEMBERS * 256);

    if (importer.batch.lines == NULL || importer.batch.notes == NULL) {
        rc = gray_no_memory(error);
    } else if (options->replace) {
        rc = gray_import_replace(&importer, error);
    } else {
        rc = gray_import_plain(&importer, error);
    }

    free(importer.batch.lines);
    free(importer.batch.notes);

    return rc;
}
