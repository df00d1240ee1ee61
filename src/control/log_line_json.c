/*
 * The JSON form (RFC 8259): one object a line. Members that a decision has
 * not may be anything, nested to a limit. Bytes of 0x80 and above are taken
 * as they are, since nginx does not make a header valid UTF-8, and an identity
 * is its bytes.
 */

#include <string.h>
#include "log_line_internal.h"

#define DEPTH_MAX 16

static int skip_value(gray_log_reader_t *reader, unsigned depth);


static void
skip_space(gray_log_reader_t *reader)
{
    while (reader->at < reader->end
           && (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r'
               || *reader->at == '\n'))
    {
        reader->at++;
    }
}


/* The next byte that is no space; 0 at the end. */
static char
peek(gray_log_reader_t *reader)
{
    skip_space(reader);

    return reader->at < reader->end ? *reader->at : '\0';
}


static int
expect(gray_log_reader_t *reader, char c)
{
    if (peek(reader) != c || reader->at == reader->end) {
        return gray_log_error(reader, reader->at, "expected '%c'", c);
    }

    reader->at++;

    return 0;
}


/* The four digits of \uXXXX at `at`; -1: not so. */
static long
read_unit(const gray_log_reader_t *reader, const char *at)
{
    int i, digit;
    long unit = 0;

    if (reader->end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }

    for (i = 2; i < 6; i++) {
        digit = gray_log_hex(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }

    return unit;
}


static char *
put_utf8(char *out, unsigned long c)
{
    if (c < 0x80) {
        *out++ = (char) c;
        return out;
    }

    if (c < 0x800) {
        *out++ = (char) (0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char) (0xe0 | c >> 12);
        } else {
            *out++ = (char) (0xf0 | c >> 18);
            *out++ = (char) (0x80 | (c >> 12 & 0x3f));
        }
        *out++ = (char) (0x80 | (c >> 6 & 0x3f));
    }
    *out++ = (char) (0x80 | (c & 0x3f));

    return out;
}


/* \uXXXX, or two of them that are a pair; NULL: not so. */
static char *
read_unicode(gray_log_reader_t *reader, char *out)
{
    long low, c = read_unit(reader, reader->at);

    if (c < 0 || (c >= 0xdc00 && c < 0xe000)) {
        return NULL;
    }
    reader->at += 6;

    if (c >= 0xd800 && c < 0xdc00) {
        low = read_unit(reader, reader->at);
        if (low < 0xdc00 || low >= 0xe000) {
            return NULL;
        }
        reader->at += 6;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }

    return put_utf8(out, (unsigned long) c);
}


/* What follows a backslash; NULL: nothing that may. */
static char *
read_escape(gray_log_reader_t *reader, char *out)
{
    const char *found;
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

    if (reader->end - reader->at < 2) {
        return NULL;
    }

    if (reader->at[1] == 'u') {
        return read_unicode(reader, out);
    }

    found = memchr(from, reader->at[1], sizeof(from) - 1);
    if (found == NULL) {
        return NULL;
    }

    *out++ = to[found - from];
    reader->at += 2;

    return out;
}


static int
read_string(gray_log_reader_t *reader, gray_str_t *value)
{
    char *out;

    if (expect(reader, '"') != 0) {
        return -1;
    }

    out = reader->at;
    value->data = out;

    while (reader->at < reader->end && *reader->at != '"') {
        if ((unsigned char) *reader->at < ' ') {
            return gray_log_error(
                reader, reader->at, "a control character in a string");
        }

        if (*reader->at != '\\') {
            *out++ = *reader->at++;
            continue;
        }

        out = read_escape(reader, out);
        if (out == NULL) {
            return gray_log_error(reader, reader->at, "a bad escape");
        }
    }

    value->len = (size_t) (out - value->data);

    return expect(reader, '"');
}


static size_t
skip_digits(gray_log_reader_t *reader)
{
    const char *start = reader->at;

    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
    {
        reader->at++;
    }

    return (size_t) (reader->at - start);
}


/* [-] digits [. digits] [e [+-] digits] */
static int
read_number(gray_log_reader_t *reader, gray_str_t *value)
{
    size_t whole, digits;
    const char *start = reader->at, *first;

    reader->at += *start == '-';
    first = reader->at;
    whole = digits = skip_digits(reader);

    if (digits > 0 && reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        digits = skip_digits(reader);
    }

    if (digits > 0 && reader->at < reader->end && (*reader->at | 0x20) == 'e') {
        reader->at++;
        if (reader->at < reader->end
            && (*reader->at == '+' || *reader->at == '-')) {
            reader->at++;
        }
        digits = skip_digits(reader);
    }

    if (digits == 0 || (whole > 1 && *first == '0')) {
        return gray_log_error(reader, start, "expected a value");
    }

    *value = (gray_str_t){ (size_t) (reader->at - start), start };

    return 0;
}


static int
read_word(gray_log_reader_t *reader)
{
    size_t i, len;
    static const char *const words[] = { "true", "false", "null" };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        len = strlen(words[i]);
        if ((size_t) (reader->end - reader->at) >= len
            && memcmp(reader->at, words[i], len) == 0)
        {
            reader->at += len;
            return 0;
        }
    }

    return gray_log_error(reader, reader->at, "expected a value");
}


/* A string or a number as its text; null, true and false as nothing. Nested
 * values are passed over: *plain is false. */
static int
read_value(gray_log_reader_t *reader, gray_str_t *value, bool *plain)
{
    char c = peek(reader);

    *plain = c != '{' && c != '[';
    *value = gray_str("");

    if (!*plain) {
        return skip_value(reader, 0);
    }

    if (c == '"') {
        return read_string(reader, value);
    }

    return c == 't' || c == 'f' || c == 'n' ? read_word(reader)
           : c == '-' || (c >= '0' && c <= '9')
               ? read_number(reader, value)
               : gray_log_error(reader, reader->at, "expected a value");
}


/* An object or an array. */
static int
skip_value(gray_log_reader_t *reader, unsigned depth)
{
    bool plain;
    gray_str_t ignored;
    char c = peek(reader), close = c == '{' ? '}' : ']';

    if (c != '{' && c != '[') {
        return read_value(reader, &ignored, &plain);
    }

    if (depth == DEPTH_MAX) {
        return gray_log_error(reader, reader->at, "nested too deep");
    }

    reader->at++;

    if (peek(reader) == close) {
        reader->at++;
        return 0;
    }

    for (;;) {
        if (close == '}'
            && (peek(reader) != '"' || read_string(reader, &ignored) != 0
                || expect(reader, ':') != 0))
        {
            return gray_log_error(reader, reader->at, "expected \"NAME\":");
        }

        if (skip_value(reader, depth + 1) != 0) {
            return -1;
        }

        if (peek(reader) != ',') {
            return expect(reader, close);
        }

        reader->at++;
    }
}


static int
read_member(gray_log_reader_t *reader)
{
    bool plain;
    const char *start;
    gray_str_t name, value;

    (void) peek(reader);
    start = reader->at;

    if (read_string(reader, &name) != 0 || expect(reader, ':') != 0
        || read_value(reader, &value, &plain) != 0)
    {
        return -1;
    }

    return plain ? gray_log_keep(reader, start, name, value) : 0;
}


int
gray_log_json_read(gray_log_reader_t *reader)
{
    if (expect(reader, '{') != 0) {
        return -1;
    }

    if (peek(reader) == '}') {
        reader->at++;
    } else {
        do {
            if (read_member(reader) != 0) {
                return -1;
            }
        } while (peek(reader) == ',' && reader->at++ < reader->end);

        if (expect(reader, '}') != 0) {
            return -1;
        }
    }

    skip_space(reader);

    return reader->at == reader->end ? 0
                                     : gray_log_error(reader, reader->at,
                                         "something follows the object");
}
