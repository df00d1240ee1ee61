/*
 * The text form: NAME=VALUE NAME="VALUE" …, escaped as nginx's log module
 * does it (escape=default): '"', '\' and what is no printable ASCII as \xHH.
 */

#include <string.h>
#include "log_line_internal.h"


static bool
is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}


static int
read_name(gray_log_reader_t *reader, gray_str_t *name)
{
    char *start = reader->at;

    while (reader->at < reader->end && is_name(*reader->at)) {
        reader->at++;
    }

    *name = (gray_str_t){ (size_t) (reader->at - start), start };

    if (name->len == 0 || reader->at == reader->end || *reader->at != '=') {
        gray_log_error(reader, start, "expected NAME=VALUE");
        return gray_error_hint(reader->error,
            "log with the format of examples/log-format.conf, and put values "
            "that may have spaces into quotes");
    }

    reader->at++;

    return 0;
}


/* "\xHH". */
static int
read_escape(gray_log_reader_t *reader, char *byte)
{
    int high, low;
    const char *at = reader->at;

    if (reader->end - at < 4 || at[1] != 'x' || (high = gray_log_hex(at[2])) < 0
        || (low = gray_log_hex(at[3])) < 0)
    {
        return gray_log_error(reader, at, "expected \\xHH after a backslash");
    }

    *byte = (char) (high * 16 + low);
    reader->at += 4;

    return 0;
}


/* Up to the quote or, without one, the next space. */
static int
read_value(gray_log_reader_t *reader, gray_str_t *value)
{
    bool quoted = reader->at < reader->end && *reader->at == '"';
    const char *start = reader->at;
    char c, stop = quoted ? '"' : ' ', *out;

    reader->at += quoted;
    out = reader->at;
    value->data = out;

    while (reader->at < reader->end && *reader->at != stop) {
        c = *reader->at;

        if ((unsigned char) c < ' ' || c == 0x7f || c == '"') {
            return gray_log_error(reader, reader->at,
                "a byte that nginx would have escaped: 0x%02x",
                (unsigned) (unsigned char) c);
        }

        if (c != '\\') {
            reader->at++;
        } else if (read_escape(reader, &c) != 0) {
            return -1;
        }

        *out++ = c;
    }

    value->len = (size_t) (out - value->data);

    if (quoted && reader->at == reader->end) {
        return gray_log_error(reader, start, "the quote is not closed");
    }

    reader->at += quoted;

    if (value->len == 1 && *value->data == '-') {
        value->len = 0;
    }

    return 0;
}


int
gray_log_text_read(gray_log_reader_t *reader)
{
    const char *start;
    gray_str_t name, value;

    for (;;) {
        start = reader->at;

        if (read_name(reader, &name) != 0 || read_value(reader, &value) != 0
            || gray_log_keep(reader, start, name, value) != 0)
        {
            return -1;
        }

        if (reader->at == reader->end) {
            return 0;
        }

        if (*reader->at != ' ') {
            return gray_log_error(
                reader, reader->at, "expected a space after the quote");
        }

        reader->at++;
    }
}
