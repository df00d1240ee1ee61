/* Any CSV file: what was read of a record
 * and is written out again, every field in quotes, reads back the same. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "control/import_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct {
    gray_line_reader_t lines;
    gray_csv_t csv;
} file_t;

static void
csv_begin(file_t *file, const void *bytes, size_t len)
{
    gray_line_reader_init(
        &file->lines, fmemopen((void *) (uintptr_t) bytes, len, "r"));
    file->csv.lines = &file->lines;
    file->csv.record = NULL;
}


static void
csv_end(file_t *file)
{
    fclose(file->lines.in);
    gray_csv_free(&file->csv);
}


static void
write_record(FILE *out, const gray_csv_t *csv)
{
    for (unsigned i = 0; i < csv->n; i++) {
        putc(i > 0 ? ',' : '\n', out);
        putc('"', out);
        for (size_t k = 0; k < csv->fields[i].len; k++) {
            if (csv->fields[i].data[k] == '"') {
                putc('"', out);
            }
            putc(csv->fields[i].data[k], out);
        }
        putc('"', out);
    }
    putc('\n', out);
}


/* A line's end in a field is "\n" when it was read, whatever it was; a record
 * of nearly the largest size would be too long when all is in quotes. */
static int
comes_back(const gray_csv_t *csv)
{
    size_t len = 0;

    for (unsigned i = 0; i < csv->n; i++) {
        const gray_str_t *field = &csv->fields[i];

        len += 2 * field->len + 3;
        if (memchr(field->data, '\r', field->len) != NULL) {
            return 0;
        }
    }

    return len < GRAY_LINE_MAX / 2;
}


static void
csv_same(const gray_csv_t *csv, const gray_csv_t *back)
{
    if (back->n != csv->n) {
        abort();
    }
    for (unsigned i = 0; i < csv->n; i++) {
        if (back->fields[i].len != csv->fields[i].len
            || memcmp(back->fields[i].data, csv->fields[i].data,
                   csv->fields[i].len)
                   != 0)
        {
            abort();
        }
    }
}


/* Reads both in step: the records of the input, and what was written. */
static void
csv_again(const uint8_t *data, size_t size, const char *written, size_t len)
{
    gray_error_t error;
    gray_csv_got_t got;
    static file_t file, back;

    csv_begin(&file, data, size);
    csv_begin(&back, written, len);
    do {
        got = gray_csv_next(&file.csv, &error);
        if (got == GRAY_CSV_RECORD && comes_back(&file.csv)) {
            if (gray_csv_next(&back.csv, &error) != GRAY_CSV_RECORD) {
                abort();
            }
            csv_same(&file.csv, &back.csv);
        }
    } while (got != GRAY_CSV_END);
    csv_end(&back);
    csv_end(&file);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *out;
    char *text;
    size_t len;
    unsigned column, records = 0;
    gray_error_t error;
    gray_csv_got_t got;
    static file_t file;

    if (size < 1) {
        return 0;
    }

    out = open_memstream(&text, &len);
    csv_begin(&file, data, size);
    do {
        got = gray_csv_next(&file.csv, &error);
        if (got == GRAY_CSV_RECORD) {
            (void) gray_csv_column(&file.csv, "user_id", &column, &error);
            if (comes_back(&file.csv)) {
                write_record(out, &file.csv);
                records++;
            }
        }
    } while (got != GRAY_CSV_END);
    csv_end(&file);
    fclose(out);

    if (records > 0) {
        csv_again(data, size, text, len);
    }
    free(text);

    return 0;
}
