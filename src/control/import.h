/*
 * Streaming members in and out.
 *
 * THE FORMAT, one member a line, LF or CRLF:
 *
 *     IDENTITY [TAB EXPIRY [TAB NOTE]]
 *
 * EXPIRY is an RFC 3339 time in whole seconds ("2026-01-31T12:00:00Z"), or
 * "+SECONDS" from now, or empty for never. Blank lines and lines that begin
 * with "#" are skipped, as is a byte order mark. An identity that itself
 * begins with "#" or with a backslash before one of the two is written with a
 * backslash in front. What export writes, import reads back the same.
 *
 * Or a CSV file with a header (RFC 4180), of which up to three columns count.
 */

#ifndef GRAY_CONTROL_IMPORT_H
#define GRAY_CONTROL_IMPORT_H

#include <stdio.h>
#include "control/control.h"

/* Told of each bad line: its number, and why it was left out. */
typedef void (*gray_bad_line_pt)(
    void *data, uint64_t line, const gray_error_t *error);

/* In a CSV file, the columns (by their names in its header) that hold the
 * identities, and, if they are not NULL, their expiries and notes. */
typedef struct {
    const char *identity; /* NULL: the input is no CSV                     */
    const char *expiry;
    const char *note;
} gray_import_columns_t;

typedef struct {
    bool replace; /* swap the whole list at the end, atomically      */
    bool has_min; /* guards, only with replace: GRAY_EGUARD          */
    bool has_max;
    bool has_max_change;
    uint64_t min; /* members                                         */
    uint64_t max;
    double max_change; /* percent of the old count: |new - old|           */
    bool strict;       /* a bad line refuses the import: nothing changes  */
    uint64_t ttl;      /* seconds, for lines without an expiry; 0: never  */
    gray_import_columns_t csv;
    size_t memory;    /* bytes that sorting may take; 0: 640 MiB          */
    unsigned slice;   /* members of a transaction, whose pages are in memory;
                         0: as many as its time allows                    */
    const char *temp; /* folder of what does not fit; NULL: $TMPDIR, or the
                         store's folder                                   */
    gray_progress_pt progress; /* told of the lines read                  */
    gray_progress_pt written;  /* told of the members written; may be NULL */
    gray_bad_line_pt bad;      /* may be NULL                               */
    void *data;                /* of these                                  */
} gray_import_t;

typedef struct {
    uint64_t lines;   /* read                                            */
    uint64_t members; /* good lines                                      */
    uint64_t added;   /* new ones                                        */
    uint64_t updated; /* were there, or came again with another expiry or
                         note: the last one counts                       */
    uint64_t bad;
    uint64_t expired; /* lines whose expiry is past: left out            */
    uint64_t before;  /* the list's count before and after               */
    uint64_t after;
} gray_imported_t;

/*
 * Reads `in` to its end; gzip is recognized. The members are sorted, in memory
 * or with a temporary file, by a thread of its own, and written in
 * transactions of less than 100 ms, between which other writers have their turn.
 *
 * Replace, and any import into an empty list: built beside the list and swapped
 * in one transaction, or nothing changes. Should an empty list have got
 * members meanwhile, the import's are added to them.
 *
 * Otherwise members are added, each transaction with its audit record; what was
 * committed stays when a later one fails. An input of many millions, or a slow
 * one, is read and added in parts; with `strict` it is read to its end first.
 *
 * *imported is filled in any case.
 */
int gray_control_list_import(gray_control_t *control, const char *name,
    FILE *in, const gray_import_t *options, gray_imported_t *imported,
    gray_error_t *error);

/*
 * Writes all members that have not expired to `out`, renewing the snapshot
 * every 100 ms. GRAY_ECONFLICT when the list was replaced meanwhile.
 */
int gray_control_list_export(gray_control_t *control, const char *name,
    FILE *out, gray_progress_pt progress, void *data, uint64_t *exported,
    gray_error_t *error);

/* Where an export is; zeroed, it begins. */
typedef struct {
    bool end;
    uint64_t exported; /* members so far                             */
    uint64_t id;       /* the store's: of the list as it began       */
    size_t len;        /* of the last key that was walked over       */
    unsigned char last[255];
} gray_export_t;

/* The next lines of an export, at most `max` members: malloc'ed, the caller's;
 * *len may be 0. For those who cannot wait until all is written. */
int gray_control_list_export_some(gray_control_t *control, const char *name,
    gray_export_t *export, unsigned max, char **text, size_t *len,
    gray_error_t *error);

#endif
