/*
 * Importing members: the input is read and sorted, and then written.
 */

#include <stdlib.h>
#include <string.h>
#include "control/list.h"
#include "import_internal.h"
#include "store/index.h"

/* An import into an empty list that is so short is one transaction, and so
 * needs no list beside. */
#define GRAY_SHORT_IMPORT 1000

/* What a slow input has given in this time is added before more is read. */
#define GRAY_PART_MS 2000

/* How often progress is told and the clock looked at, in lines. */
#define GRAY_TELL_LINES 16384

/* A slice's members until it is known how long they take. */
#define GRAY_FIRST_LIMIT 8192


/* --- reading ------------------------------------------------------------------ */

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
gray_import_keep(gray_importer_t *importer, const gray_import_line_t *line,
    gray_error_t *error)
{
    importer->done->members++;
    if (line->expiry != 0 && line->expiry <= importer->reader.now) {
        importer->done->expired++;
        return 0;
    }

    return gray_sorter_add(importer->sorter, gray_key_bytes(&line->key),
        line->expiry, (gray_bytes_t){ line->note.len, line->note.data }, error);
}


/* A line. 1: it was the last one. */
static int
gray_import_line(
    gray_importer_t *importer, gray_import_line_t *line, gray_error_t *error)
{
    gray_error_t problem;

    switch (gray_import_next(&importer->reader, line, &problem)) {
    case GRAY_IMPORT_MEMBER:
        return gray_import_keep(importer, line, error);

    case GRAY_IMPORT_BAD:
        if (gray_import_bad(importer, &problem) == 0) {
            return 0;
        }
        *error = problem;
        return -1;

    case GRAY_IMPORT_END:
        return 1;

    default:
        *error = problem;
        return -1;
    }
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


static const char *
gray_import_folder(const gray_importer_t *importer)
{
    const char *folder = importer->options->temp;

    if (folder == NULL) {
        folder = getenv("TMPDIR");
    }

    return folder != NULL && *folder != '\0' ? folder : importer->control->dir;
}


int
gray_import_sorter(gray_importer_t *importer, gray_error_t *error)
{
    size_t memory = importer->options->memory;

    gray_sorter_free(importer->sorter);
    importer->batch = NULL;
    importer->next = 0;
    importer->sorter = gray_sorter_new(memory > 0 ? memory : GRAY_SORT_MEMORY,
        gray_import_folder(importer), &importer->key, error);

    return importer->sorter != NULL ? 0 : -1;
}


/* Lines, until a part is to be added. 1: that was the last one. */
static int
gray_import_lines(gray_importer_t *importer, bool part, gray_error_t *error)
{
    int rc;
    uint64_t n, start = gray_monotonic_ms();
    gray_import_line_t line;

    for (n = 1;; n++) {
        rc = gray_import_line(importer, &line, error);
        importer->done->lines = importer->reader.lines.line;
        if (rc != 0) {
            return rc;
        }

        if (n % GRAY_TELL_LINES != 0) {
            continue;
        }
        if (gray_import_progress(importer, error) != 0) {
            return -1;
        }
        /* What was read before an error may end in half a line. */
        if (part && !ferror(importer->reader.lines.in)
            && (gray_sorter_full(importer->sorter)
                || gray_monotonic_ms() - start >= GRAY_PART_MS))
        {
            return 0;
        }
    }
}


int
gray_import_read(gray_importer_t *importer, bool part, gray_error_t *error)
{
    int rc;

    if (gray_import_sorter(importer, error) != 0) {
        return -1;
    }

    rc = gray_import_lines(importer, part, error);
    if (rc < 0) {
        return -1;
    }
    importer->end = rc == 1;
    gray_sorter_end(importer->sorter);

    return importer->end ? gray_import_progress(importer, error) : 0;
}


json_t *
gray_import_figures(
    const gray_importer_t *importer, uint64_t added, uint64_t updated)
{
    return json_pack("{s: I, s: I, s: I, s: I}", "added", (json_int_t) added,
        "updated", (json_int_t) updated, "count",
        (json_int_t) importer->list.count, "bad lines",
        (json_int_t) importer->done->bad);
}


/* --- the import ----------------------------------------------------------------- */

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
    /* An older store has no key, and no index that asks for it. */
    (void) gray_store_index_key(txn, &importer->key);
    gray_verb_read_end(control, txn);

    importer->reader.kind = importer->list.kind;
    importer->done->before = importer->list.count;
    importer->done->after = importer->list.count;

    return rc;
}


/* Into an empty list: at once, whichever way. */
static int
gray_import_first(gray_importer_t *importer, gray_error_t *error)
{
    if (gray_import_read(importer, false, error) != 0) {
        return -1;
    }

    return gray_sorter_members(importer->sorter) <= GRAY_SHORT_IMPORT
               ? gray_import_add(importer, error)
               : gray_import_replace(importer, error);
}


static int
gray_import_run(gray_importer_t *importer, gray_error_t *error)
{
    const gray_import_t *options = importer->options;

    if (gray_import_look(importer, error) != 0) {
        return -1;
    }

    if (options->replace) {
        return gray_import_read(importer, false, error) == 0
                   ? gray_import_replace(importer, error)
                   : -1;
    }

    if (importer->list.count == 0) {
        return gray_import_first(importer, error);
    }

    if (options->strict) {
        return gray_import_read(importer, false, error) == 0
                   ? gray_import_add(importer, error)
                   : -1;
    }

    return gray_import_plain(importer, error);
}


/* The same through what decompresses it. */
static int
gray_import_gzip(gray_importer_t *importer, FILE *in, gray_error_t *error)
{
    int rc;
    FILE *plain;
    const char *problem;

    plain = gray_gunzip_open(in, &importer->gunzip);
    if (plain == NULL) {
        return gray_no_memory(error);
    }

    importer->reader.lines.in = plain;
    rc = gray_import_run(importer, error);

    problem = gray_gunzip_problem(importer->gunzip);
    if (rc != 0 && problem != NULL) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "cannot read the input after line %llu: %s",
            (unsigned long long) importer->reader.lines.line, problem);
        (void) gray_error_hint(error, "fetch the file again");
    }

    (void) fclose(plain);
    gray_gunzip_free(importer->gunzip);

    return rc;
}


static int
gray_import_check(const gray_import_t *options, gray_error_t *error)
{
    if (!options->replace
        && (options->has_min || options->has_max || options->has_max_change))
    {
        (void) gray_error_set(error, GRAY_EINVALID,
            "--min, --max and --max-change guard a replacement");
        return gray_error_hint(error, "add --replace");
    }

    if (options->csv.identity == NULL
        && (options->csv.expiry != NULL || options->csv.note != NULL))
    {
        (void) gray_error_set(error, GRAY_EINVALID,
            "--csv-expiry and --csv-note are columns of a CSV file");
        return gray_error_hint(
            error, "name the column of the identities too: --csv COLUMN");
    }

    return 0;
}


int
gray_control_list_import(gray_control_t *control, const char *name, FILE *in,
    const gray_import_t *options, gray_imported_t *imported,
    gray_error_t *error)
{
    int rc;
    gray_importer_t *importer;

    memset(imported, 0, sizeof(*imported));
    if (gray_import_check(options, error) != 0) {
        return -1;
    }

    importer = calloc(1, sizeof(*importer));
    if (importer == NULL) {
        return gray_no_memory(error);
    }

    gray_import_reader_init(&importer->reader, in);
    importer->control = control;
    importer->name = name;
    importer->options = options;
    importer->done = imported;
    importer->limit = GRAY_FIRST_LIMIT;
    importer->reader.list = name;
    importer->reader.now = gray_wall_ms() / 1000;
    importer->reader.ttl = options->ttl;
    importer->reader.columns = options->csv;

    rc = gray_gzip_next(in) ? gray_import_gzip(importer, in, error)
                            : gray_import_run(importer, error);

    gray_sorter_free(importer->sorter);
    gray_import_reader_free(&importer->reader);
    free(importer);

    return rc;
}
