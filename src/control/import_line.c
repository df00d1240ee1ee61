#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "import_line.h"


/* Passes over the rest of a line that did not fit. */
static void
gray_import_skip(FILE *in)
{
    int c;

    do {
        c = getc_unlocked(in);
    } while (c != EOF && c != '\n');
}


/* Reads a line without its end into reader->text. NULs are kept: they are
 * refused with the identity. Returns false at the end. */
static bool
gray_import_read(gray_import_reader_t *reader, size_t *len, bool *fits)
{
    int c;
    size_t n;

    n = 0;
    *fits = true;

    while ((c = getc_unlocked(reader->in)) != EOF && c != '\n') {
        if (n == sizeof(reader->text) - 1) {
            *fits = false;
            gray_import_skip(reader->in);
            break;
        }
        reader->text[n++] = (char) c;
    }

    if (n > 0 && reader->text[n - 1] == '\r') {
        n--;
    }
    *len = n;

    return c != EOF || n > 0;
}


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
gray_import_parse(const gray_import_reader_t *reader, gray_str_t text,
    gray_import_line_t *line, gray_error_t *error)
{
    gray_str_t identity, expiry;

    identity = gray_import_unescape(gray_import_field(&text));
    expiry = gray_import_field(&text);
    line->note = text;

    if (gray_identity_key(
            reader->kind, reader->list, identity, &line->key, error)
            != 0
        || gray_import_expiry(reader, expiry, line, error) != 0)
    {
        return -1;
    }

    return gray_note_check(line->note, error);
}


gray_import_got_t
gray_import_next(
    gray_import_reader_t *reader, gray_import_line_t *line, gray_error_t *error)
{
    bool fits;
    gray_str_t text;

    for (;;) {
        text.data = reader->text;
        if (!gray_import_read(reader, &text.len, &fits)) {
            break;
        }
        reader->line++;

        if (reader->line == 1 && text.len >= 3
            && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
        {
            text.data += 3;
            text.len -= 3;
        }

        if (!fits) {
            (void) gray_error_set(error, GRAY_EINVALID,
                "the line is longer than %d bytes", GRAY_IMPORT_LINE_MAX - 1);
            return GRAY_IMPORT_BAD;
        }
        if (text.len == 0 || text.data[0] == '#') {
            continue;
        }

        return gray_import_parse(reader, text, line, error) == 0
                   ? GRAY_IMPORT_MEMBER
                   : GRAY_IMPORT_BAD;
    }

    if (ferror(reader->in)) {
        (void) gray_error_set(error, GRAY_ESYSTEM,
            "cannot read the input after line %llu: %s",
            (unsigned long long) reader->line, strerror(errno));
        return GRAY_IMPORT_READ_ERROR;
    }

    return GRAY_IMPORT_END;
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
