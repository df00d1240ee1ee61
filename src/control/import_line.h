/*
 * A line of an import: what import.h describes.
 */

#ifndef GRAY_CONTROL_IMPORT_LINE_H
#define GRAY_CONTROL_IMPORT_LINE_H

#include <stdio.h>
#include "internal.h"

/* Identity, expiry and note of 255 bytes each fit by far. */
#define GRAY_IMPORT_LINE_MAX 4096

typedef struct {
    FILE *in;
    gray_store_kind_t kind;
    const char *list;
    uint64_t now; /* seconds since the epoch                        */
    uint64_t ttl; /* of lines without an expiry; 0: never           */
    uint64_t line;
    char text[GRAY_IMPORT_LINE_MAX];
} gray_import_reader_t;

typedef struct {
    gray_key_t key;
    uint64_t expiry;
    bool own_expiry; /* the line has one                            */
    bool relative;   /* and it is "+SECONDS"                        */
    gray_str_t note; /* in the reader's text                        */
} gray_import_line_t;

typedef enum {
    GRAY_IMPORT_END = 0,
    GRAY_IMPORT_MEMBER,
    GRAY_IMPORT_BAD, /* *error tells why                            */
    GRAY_IMPORT_READ_ERROR
} gray_import_got_t;

/* The next line that is a member or bad; blank lines and comments are passed
 * over. */
gray_import_got_t gray_import_next(gray_import_reader_t *reader,
    gray_import_line_t *line, gray_error_t *error);

/* Writes a member so that gray_import_next reads it back. */
void gray_export_line(FILE *out, gray_store_kind_t kind, gray_bytes_t key,
    const gray_member_t *member);

#endif
