#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "import_line.h"


static gray_str_t
gray_import_field(gray_str_t *rest)
{
    gray_str_t field;
    const char *tab;

    field = *rest;
    tab = rest->len > 0 ? memchr(rest->data, '\t', rest->len) : NULL;

    if (tab == NULL) {
        rest->len = 0;
    } else {
        field.len = (size_t) (tab - rest->data);
        rest->data += field.len + 1;
        rest->len -= field.len + 1;
    }

    return field;
}


static bool
gray_import_seconds(gray_str_t text, uint64_t *seconds)
{
    size_t i;

    *seconds = 0;
    if (text.len == 0 || text.len > 11) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        *seconds = *seconds * 10 + (uint64_t) (text.data[i] - '0');
    }

    return *seconds > 0;
}


static int
gray_import_expiry(const gray_import_reader_t *reader, gray_str_t text,
    gray_import_line_t *line, gray_error_t *error)
{
    line->own_expiry = text.len > 0;
    line->relative = text.len > 0 && text.data[0] == '+';

    if (text.len == 0) {
        line->expiry = reader->ttl > 0 ? reader->now + reader->ttl : 0;
        return 0;
    }

    if (line->relative) {
        text.data++;
        text.len--;
        if (gray_import_seconds(text, &line->expiry)) {
            line->expiry += reader->now;
            return 0;
        }

    } else if (gray_time_parse(text, &line->expiry)) {
        return 0;
    }

    (void) gray_error_set(error, GRAY_EINVALID, "'%.*s' is no expiry",
        text.len > 40 ? 40 : (int) text.len, text.data);

    return gray_error_hint(
        error, "write 2026-01-31T12:00:00Z, or +SECONDS from now, or nothing");
}


/* "\#x" is the identity "#x", "\\#x" is "\#x"; other backslashes are plain. */
static gray_str_t
gray_import_unescape(gray_str_t text)
{
    if (text.len >= 2 && text.data[0] == '\\'
        && (text.data[1] == '#' || text.data[1] == '\\'))
    {
        text.data++;
        text.len--;
    }

    return text;
}


static int
gray_import_parse(const gray_import_reader_t *reader, gray_str_t identity,
    gray_str_t expiry, gray_str_t note, gray_import_line_t *line,
    gray_error_t *error)
{
    line->note = note;

    if (gray_identity_key(
            reader->kind, reader->list, identity, &line->key, error)
            != 0
        || gray_import_expiry(reader, expiry, line, error) != 0)
    {
        return -1;
    }

    return note.len == 0 ? 0 : gray_note_check(note, error);
}


/* --- lines ------------------------------------------------------------------- */

static gray_import_got_t
gray_import_text(const gray_import_reader_t *reader, gray_str_t text,
    gray_import_line_t *line, gray_error_t *error)
{
    gray_str_t identity, expiry;

    identity = gray_import_unescape(gray_import_field(&text));
    expiry = gray_import_field(&text);

    return gray_import_parse(reader, identity, expiry, text, line, error) == 0
               ? GRAY_IMPORT_MEMBER
               : GRAY_IMPORT_BAD;
}


static gray_import_got_t
gray_import_next_line(
    gray_import_reader_t *reader, gray_import_line_t *line, gray_error_t *error)
{
    char *data;
    gray_str_t text;

    while (gray_line_next(&reader->lines, &data, &text.len)) {
        reader->line = reader->lines.line;

        if (data == NULL || text.len >= GRAY_IMPORT_LINE_MAX) {
            (void) gray_error_set(error, GRAY_EINVALID,
                "the line is longer than %d bytes", GRAY_IMPORT_LINE_MAX - 1);
            return GRAY_IMPORT_BAD;
        }

        text.data = data;
        if (reader->line == 1 && text.len >= 3
            && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        {
            text.data += 3;
            text.len -= 3;
        }

        if (text.len > 0 && text.data[0] != '#') {
            return gray_import_text(reader, text, line, error);
        }
    }

    return GRAY_IMPORT_END;
}


/* --- records of a CSV file ----------------------------------------------------- */

/* Finds the columns in the first record. */
static int
gray_import_header(gray_import_reader_t *reader, gray_error_t *error)
{
    unsigned i;
    gray_csv_got_t got;
    const char *const names[] = { reader->columns.identity,
        reader->columns.expiry, reader->columns.note };

    got = gray_csv_next(&reader->csv, error);
    reader->line = reader->csv.line;

    if (got == GRAY_CSV_END && !ferror(reader->lines.in)) {
        return gray_error_set(error, GRAY_EINVALID,
            "the input is empty: there is no header with a column '%s'",
            reader->columns.identity);
    }
    if (got != GRAY_CSV_RECORD) {
        return -1;
    }

    for (i = 0; i < 3; i++) {
        if (names[i] != NULL
            && gray_csv_column(
                   &reader->csv, names[i], &reader->places[i], error)
                   != 0)
        {
            return -1;
        }
    }
    reader->fields = reader->csv.n;

    return 0;
}


static gray_str_t
gray_import_column(
    const gray_import_reader_t *reader, unsigned i, const char *name)
{
    return name != NULL ? reader->csv.fields[reader->places[i]]
                        : (gray_str_t){ 0, "" };
}


static gray_import_got_t
gray_import_next_record(
    gray_import_reader_t *reader, gray_import_line_t *line, gray_error_t *error)
{
    gray_csv_got_t got;
    const gray_import_columns_t *columns = &reader->columns;

    if (reader->fields == 0 && gray_import_header(reader, error) != 0) {
        return ferror(reader->lines.in) ? GRAY_IMPORT_END
                                        : GRAY_IMPORT_READ_ERROR;
    }

    got = gray_csv_next(&reader->csv, error);
    if (got == GRAY_CSV_END) {
        return GRAY_IMPORT_END;
    }
    reader->line = reader->csv.line;

    if (got == GRAY_CSV_RECORD && reader->csv.n != reader->fields) {
        (void) gray_error_set(error, GRAY_EINVALID,
            "the record has %u field%s, the header %u", reader->csv.n,
            reader->csv.n == 1 ? "" : "s", reader->fields);
        got = GRAY_CSV_BAD;
    }

    return got == GRAY_CSV_RECORD
                   && gray_import_parse(reader,
                          gray_import_column(reader, 0, columns->identity),
                          gray_import_column(reader, 1, columns->expiry),
                          gray_import_column(reader, 2, columns->note), line,
                          error)
                          == 0
               ? GRAY_IMPORT_MEMBER
               : GRAY_IMPORT_BAD;
}


/* --- both ---------------------------------------------------------------------- */

void
gray_import_reader_init(gray_import_reader_t *reader, FILE *in)
{
    memset(reader, 0, offsetof(gray_import_reader_t, lines));
    gray_line_reader_init(&reader->lines, in);
    reader->csv.lines = &reader->lines;
}


void
gray_import_reader_free(gray_import_reader_t *reader)
{
    gray_csv_free(&reader->csv);
}


gray_import_got_t
gray_import_next(
    gray_import_reader_t *reader, gray_import_line_t *line, gray_error_t *error)
{
    gray_import_got_t got;

    got = reader->columns.identity != NULL
              ? gray_import_next_record(reader, line, error)
              : gray_import_next_line(reader, line, error);

    if (got == GRAY_IMPORT_END && ferror(reader->lines.in)) {
        (void) gray_error_set(error, GRAY_ESYSTEM,
            "cannot read the input after line %llu: %s",
            (unsigned long long) reader->lines.line, strerror(errno));
        return GRAY_IMPORT_READ_ERROR;
    }

    return got;
}


void
gray_export_line(FILE *out, gray_store_kind_t kind, gray_bytes_t key,
    const gray_member_t *member)
{
    size_t len;
    char text[256], expiry[GRAY_TIME_TEXT_MAX];

    len = gray_identity_text(kind, key, text);

    if (text[0] == '#'
        || (text[0] == '\\' && (text[1] == '#' || text[1] == '\\'))) {
        (void) putc_unlocked('\\', out);
    }
    (void) fwrite(text, 1, len, out);

    if (member->expiry > 0 || member->note.len > 0) {
        expiry[0] = '\0';
        if (member->expiry > 0) {
            gray_time_print(member->expiry, expiry);
        }
        (void) fprintf(out, "\t%s", expiry);
    }
    if (member->note.len > 0) {
        (void) putc_unlocked('\t', out);
        (void) fwrite(member->note.data, 1, member->note.len, out);
    }
    (void) putc_unlocked('\n', out);
}
