#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "import_csv.h"

/* Where a reader is in a record, at a byte's end. */
typedef enum {
    GRAY_CSV_BEGIN, /* of a field                                         */
    GRAY_CSV_PLAIN,
    GRAY_CSV_QUOTED,
    GRAY_CSV_QUOTE /* in a quoted field, after a quote                    */
} gray_csv_state_t;


static gray_csv_state_t
gray_csv_step(gray_csv_state_t state, char c)
{
    switch (state) {
    case GRAY_CSV_BEGIN:
        return c == ','   ? GRAY_CSV_BEGIN
               : c == '"' ? GRAY_CSV_QUOTED
                          : GRAY_CSV_PLAIN;
    case GRAY_CSV_QUOTED:
        return c == '"' ? GRAY_CSV_QUOTE : GRAY_CSV_QUOTED;
    case GRAY_CSV_QUOTE:
        return c == ','   ? GRAY_CSV_BEGIN
               : c == '"' ? GRAY_CSV_QUOTED
                          : GRAY_CSV_PLAIN;
    default:
        return c == ',' ? GRAY_CSV_BEGIN : GRAY_CSV_PLAIN;
    }
}


/* The state after `text`. */
static gray_csv_state_t
gray_csv_scan(gray_csv_state_t state, const char *text, size_t len)
{
    size_t i;

    if (state == GRAY_CSV_BEGIN && memchr(text, '"', len) == NULL) {
        return GRAY_CSV_PLAIN;
    }

    for (i = 0; i < len; i++) {
        state = gray_csv_step(state, text[i]);
    }

    return state;
}


/* --- a record's lines ---------------------------------------------------------- */

/* Adds lines to the first one until its quotes are closed. */
static int
gray_csv_lines(gray_csv_t *csv, char **text, size_t *len, gray_error_t *error)
{
    char *line;
    size_t n;
    gray_csv_state_t state = GRAY_CSV_QUOTED;

    if (csv->record == NULL) {
        csv->record = malloc(GRAY_LINE_MAX);
        if (csv->record == NULL) {
            return gray_no_memory(error);
        }
    }
    memcpy(csv->record, *text, *len);
    *text = csv->record;

    while (state == GRAY_CSV_QUOTED) {
        if (!gray_line_next(csv->lines, &line, &n)) {
            return gray_error_set(error, GRAY_EINVALID,
                "a quote is opened and not closed by the end of the input");
        }
        if (line == NULL || n + 1 > GRAY_LINE_MAX - *len) {
            return gray_error_set(error, GRAY_EINVALID,
                "a quote is opened and not closed within %d bytes",
                GRAY_LINE_MAX);
        }

        csv->record[(*len)++] = '\n';
        memcpy(csv->record + *len, line, n);
        *len += n;
        state = gray_csv_scan(state, line, n);
    }

    return 0;
}


/* --- a record's fields ------------------------------------------------------------ */

/* A field in quotes at `*at`: takes them away in place, moves *at behind it. */
static int
gray_csv_quoted(char **at, char *end, gray_str_t *field, gray_error_t *error)
{
    char *from = *at + 1, *to = *at;

    field->data = to;
    for (; from < end; from++) {
        if (*from == '"') {
            if (from + 1 == end || from[1] != '"') {
                break;
            }
            from++;
        }
        *to++ = *from;
    }
    field->len = (size_t) (to - field->data);
    *at = from < end ? from + 1 : end;

    if (*at < end && **at != ',') {
        return gray_error_set(error, GRAY_EINVALID,
            "there is '%.*s' after a closing quote",
            end - *at > 20 ? 20 : (int) (end - *at), *at);
    }

    return 0;
}


static int
gray_csv_plain(char **at, char *end, gray_str_t *field, gray_error_t *error)
{
    char *comma = memchr(*at, ',', (size_t) (end - *at));

    field->data = *at;
    *at = comma != NULL ? comma : end;
    field->len = (size_t) (*at - field->data);

    if (memchr(field->data, '"', field->len) != NULL) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "there is a quote in '%.*s', which is not in quotes",
            field->len > 40 ? 40 : (int) field->len, field->data);
        return gray_error_hint(error,
            "put the field in double quotes, and write its quotes twice");
    }

    return 0;
}


static int
gray_csv_split(gray_csv_t *csv, char *text, size_t len, gray_error_t *error)
{
    int rc;
    char *at = text, *end = text + len;

    for (csv->n = 0; csv->n < GRAY_CSV_FIELDS_MAX; at++) {
        rc = at < end && *at == '"'
                 ? gray_csv_quoted(&at, end, &csv->fields[csv->n++], error)
                 : gray_csv_plain(&at, end, &csv->fields[csv->n++], error);
        if (rc != 0) {
            return -1;
        }
        if (at == end) {
            return 0;
        }
    }

    return gray_error_set(error, GRAY_EINVALID,
        "the record has more than %d fields", GRAY_CSV_FIELDS_MAX);
}


gray_csv_got_t
gray_csv_next(gray_csv_t *csv, gray_error_t *error)
{
    char *text;
    size_t len;

    do {
        if (!gray_line_next(csv->lines, &text, &len)) {
            return GRAY_CSV_END;
        }
        csv->line = csv->lines->line;

        if (text == NULL) {
            (void) gray_error_set(error, GRAY_EINVALID,
                "the line is longer than %d bytes", GRAY_LINE_MAX);
            return GRAY_CSV_BAD;
        }
        if (csv->line == 1 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        {
            text += 3;
            len -= 3;
        }
    } while (len == 0);

    if (gray_csv_scan(GRAY_CSV_BEGIN, text, len) == GRAY_CSV_QUOTED
        && gray_csv_lines(csv, &text, &len, error) != 0)
    {
        return GRAY_CSV_BAD;
    }

    return gray_csv_split(csv, text, len, error) == 0 ? GRAY_CSV_RECORD
                                                      : GRAY_CSV_BAD;
}


void
gray_csv_free(gray_csv_t *csv)
{
    free(csv->record);
    csv->record = NULL;
}


/* --- the header --------------------------------------------------------------------- */

/* "'id', 'name', …", as far as it fits. */
static void
gray_csv_names(const gray_csv_t *csv, char *names, size_t size)
{
    unsigned i;
    size_t used = 0;
    gray_str_t name;

    names[0] = '\0';
    for (i = 0; i < csv->n && used < size; i++) {
        name = csv->fields[i];
        used += (size_t) snprintf(names + used, size - used, "%s'%.*s'",
            i > 0 ? ", " : "", name.len > 40 ? 40 : (int) name.len, name.data);
    }
}


static bool
gray_csv_named(const gray_csv_t *csv, unsigned i, const char *name)
{
    return csv->fields[i].len == strlen(name)
           && memcmp(csv->fields[i].data, name, csv->fields[i].len) == 0;
}


int
gray_csv_column(const gray_csv_t *csv, const char *name, unsigned *column,
    gray_error_t *error)
{
    unsigned i, found;
    char names[200];

    for (i = 0, found = 0; i < csv->n; i++) {
        if (gray_csv_named(csv, i, name)) {
            *column = i;
            found++;
        }
    }
    if (found == 1) {
        return 0;
    }

    (void) gray_error_set(error, GRAY_EINVALID,
        found == 0 ? "the header has no column '%s'"
                   : "the header has several columns '%s'",
        name);
    gray_csv_names(csv, names, sizeof(names));

    return gray_error_hint(error, "its columns are %s", names);
}
