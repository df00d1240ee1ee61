/*
 * Records of a CSV file, as RFC 4180 has them: fields divided by commas, a field
 * in double quotes may hold commas, line ends and doubled quotes. The first
 * record names the columns.
 */

#ifndef GRAY_CONTROL_IMPORT_CSV_H
#define GRAY_CONTROL_IMPORT_CSV_H

#include "core/name.h"
#include "internal.h"
#include "line_reader.h"

#define GRAY_CSV_FIELDS_MAX 512

typedef enum {
    GRAY_CSV_END = 0,
    GRAY_CSV_RECORD,
    GRAY_CSV_BAD /* *error tells why                                     */
} gray_csv_got_t;

typedef struct {
    gray_line_reader_t *lines;
    uint64_t line; /* where the record begins                            */
    unsigned n;
    gray_str_t fields[GRAY_CSV_FIELDS_MAX]; /* valid until the next record  */
    char *record; /* malloc'ed: one that has several lines                  */
} gray_csv_t;

/* The next record; empty lines are passed over. */
gray_csv_got_t gray_csv_next(gray_csv_t *csv, gray_error_t *error);

void gray_csv_free(gray_csv_t *csv);

/* The position of the column `name` in the header, the record read last. -1
 * with an error that lists the columns. */
int gray_csv_column(const gray_csv_t *csv, const char *name, unsigned *column,
    gray_error_t *error);

#endif
