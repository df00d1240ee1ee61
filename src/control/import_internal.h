/*
 * Shared by the files of an import: import.c reads, import_pour.c writes what
 * was sorted slice by slice, into a list beside (import_replace.c) or into
 * the list itself (import_plain.c).
 */

#ifndef GRAY_CONTROL_IMPORT_INTERNAL_H
#define GRAY_CONTROL_IMPORT_INTERNAL_H

#include "control/import.h"
#include "import_gzip.h"
#include "import_line.h"
#include "import_sorter.h"

typedef struct {
    gray_control_t *control;
    const char *name;
    const gray_import_t *options;
    gray_imported_t *done;
    gray_list_t list; /* that members go into                           */
    gray_siphash_key_t key;
    gray_gunzip_t *gunzip; /* NULL: the input is plain                    */
    bool end;              /* of the input                                */

    gray_sorter_t *sorter;
    gray_batch_t *batch; /* being written; NULL: none                     */
    unsigned next;       /* in it                                         */
    size_t at;
    uint64_t written;

    unsigned limit;       /* members of a slice                           */
    uint64_t slice_added; /* by the slice at hand                         */
    uint64_t slice_updated;
    unsigned parts; /* transactions with a record, so far                 */

    gray_import_reader_t reader;
} gray_importer_t;

/* --- import.c -------------------------------------------------------------- */

/* Makes the sorter, and one anew. */
int gray_import_sorter(gray_importer_t *importer, gray_error_t *error);

/* Reads lines into a new sorter and ends it: all lines, or (`part`) as many as
 * are to be added before more are read. */
int gray_import_read(gray_importer_t *importer, bool part, gray_error_t *error);

json_t *gray_import_figures(
    const gray_importer_t *importer, uint64_t added, uint64_t updated);

/* --- import_pour.c ----------------------------------------------------------- */

/* What a slice does, in its transaction. `begin` may be NULL; `put` writes a
 * member; `end` commits: the transaction is over when it returns, whatever
 * it returns. */
typedef struct {
    int (*begin)(
        gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error);
    int (*put)(gray_importer_t *importer, gray_txn_t *txn, gray_bytes_t key,
        const gray_member_t *member, uint64_t hash, gray_error_t *error);
    int (*end)(gray_importer_t *importer, gray_txn_t *txn, gray_error_t *error);
} gray_import_sink_t;

/* Writes all that the sorter has. */
int gray_import_pour(gray_importer_t *importer, const gray_import_sink_t *sink,
    gray_error_t *error);

/* Tells the caller how many are written. -1: it wants to stop. */
int gray_import_told(gray_importer_t *importer, gray_error_t *error);

/* --- import_plain.c ------------------------------------------------------------ */

/* Adds what the sorter has to the list. */
int gray_import_add(gray_importer_t *importer, gray_error_t *error);

/* Reads and adds in parts. */
int gray_import_plain(gray_importer_t *importer, gray_error_t *error);

/* --- import_replace.c ------------------------------------------------------------ */

int gray_import_replace(gray_importer_t *importer, gray_error_t *error);

#endif
