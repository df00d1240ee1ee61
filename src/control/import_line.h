/*
 * A line of an import: what import.h describes.
 */

#ifndef GRAY_CONTROL_IMPORT_LINE_H
#define GRAY_CONTROL_IMPORT_LINE_H

#include "control/import.h"
#include "import_csv.h"
#include "internal.h"
#include "line_reader.h"

/* Identity, expiry and note of 255 bytes each fit by far. */
#define GRAY_IMPORT_LINE_MAX 4096

typedef struct {
    gray_store_kind_t kind;
    const char *list;
    uint64_t now; /* seconds since the epoch                        */
    uint64_t ttl; /* of lines without an expiry; 0: never           */
    gray_import_columns_t columns;
    uint64_t line;      /* the number of the one that was given out last  */
    unsigned places[3]; /* of the columns; fields: in the header         */
    unsigned fields;
    gray_csv_t csv;
    gray_line_reader_t lines;
} gray_import_reader_t;

typedef struct {
    gray_key_t key;
    uint64_t expiry;
    bool own_expiry; /* the line has one                            */
    bool relative;   /* and it is "+SECONDS"                        */
    gray_str_t note; /* in the reader's buffer                      */
} gray_import_line_t;

typedef enum {
    GRAY_IMPORT_END = 0,
    GRAY_IMPORT_MEMBER,
    GRAY_IMPORT_BAD,       /* *error tells why                            */
    GRAY_IMPORT_READ_ERROR /* the same; there is no going on        */
} gray_import_got_t;

/* Reads `in` from where it is. The other settings are the caller's, before the
 * first line. The reader is large: not for the stack. */
void gray_import_reader_init(gray_import_reader_t *reader, FILE *in);
void gray_import_reader_free(gray_import_reader_t *reader);

/* The next line that is a member or bad; blank lines and comments are passed
 * over. */
gray_import_got_t gray_import_next(gray_import_reader_t *reader,
    gray_import_line_t *line, gray_error_t *error);

/* Writes a member so that gray_import_next reads it back. */
void gray_export_line(FILE *out, gray_store_kind_t kind, gray_bytes_t key,
    const gray_member_t *member);

#endif
