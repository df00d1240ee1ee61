#include "log_line.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/decide.h"
#include "core/name.h"
#include "log_line_internal.h"
#include "time_text.h"

typedef int (*keep_pt)(
    gray_log_reader_t *reader, const char *at, gray_str_t value);

static int keep_time(
    gray_log_reader_t *reader, const char *at, gray_str_t value);
static int keep_release(
    gray_log_reader_t *reader, const char *at, gray_str_t value);
static int keep_variant(
    gray_log_reader_t *reader, const char *at, gray_str_t value);
static int keep_reason(
    gray_log_reader_t *reader, const char *at, gray_str_t value);
static int keep_revision(
    gray_log_reader_t *reader, const char *at, gray_str_t value);

static const struct {
    const char *name;
    keep_pt keep;
    bool needed;
} members[] = {
    { "time", keep_time, true },
    { "release", keep_release, true },
    { "variant", keep_variant, false },
    { "reason", keep_reason, false },
    { "revision", keep_revision, false },
};

#define NMEMBERS (sizeof(members) / sizeof(members[0]))


int
gray_log_error(
    gray_log_reader_t *reader, const char *at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void) gray_error_setv(reader->error, GRAY_EINVALID, format, args);
    va_end(args);

    reader->error->line = 1;
    reader->error->column = (unsigned) (at - reader->text) + 1;

    return -1;
}


int
gray_log_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static bool
same(gray_str_t text, const char *name)
{
    return strlen(name) == text.len && memcmp(text.data, name, text.len) == 0;
}


static int
keep_time(gray_log_reader_t *reader, const char *at, gray_str_t value)
{
    if (!gray_time_parse(value, &reader->line->time)) {
        gray_log_error(reader, at, "'%.*s' is no time",
            value.len > 40 ? 40 : (int) value.len, value.data);
        return gray_error_hint(reader->error, "log it as $time_iso8601");
    }

    return 0;
}


static int
keep_name(gray_log_reader_t *reader, const char *at, gray_str_t value,
    const char *what, gray_str_t *kept)
{
    if (value.len > 0 && !gray_name_valid(value)) {
        return gray_log_error(reader, at, "'%.*s' is no name of a %s",
            value.len > 80 ? 80 : (int) value.len, value.data, what);
    }

    *kept = value;

    return 0;
}


static int
keep_release(gray_log_reader_t *reader, const char *at, gray_str_t value)
{
    return keep_name(reader, at, value, "release", &reader->line->release);
}


static int
keep_variant(gray_log_reader_t *reader, const char *at, gray_str_t value)
{
    return keep_name(reader, at, value, "variant", &reader->line->variant);
}


static int
keep_reason(gray_log_reader_t *reader, const char *at, gray_str_t value)
{
    size_t i;
    bool good = value.len < GRAY_REASON_TEXT_MAX;

    for (i = 0; i < value.len; i++) {
        good = good && value.data[i] > ' ' && value.data[i] <= '~';
    }

    if (!good) {
        return gray_log_error(
            reader, at, "the reason is none that nginx-gray gives");
    }

    reader->line->reason = value;

    return 0;
}


static int
keep_revision(gray_log_reader_t *reader, const char *at, gray_str_t value)
{
    size_t i;
    uint64_t revision = 0;

    for (i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || value.len > 18) {
            return gray_log_error(reader, at, "'%.*s' is no revision",
                value.len > 40 ? 40 : (int) value.len, value.data);
        }

        revision = revision * 10 + (uint64_t) (value.data[i] - '0');
    }

    reader->line->revision = revision;

    return 0;
}


static int
keep_attribute(gray_log_reader_t *reader, const char *at, gray_str_t name,
    gray_str_t value)
{
    unsigned i;
    gray_log_line_t *line = reader->line;

    if (!gray_attribute_valid(name)) {
        return gray_log_error(reader, at, "'%.*s' is no name of an attribute",
            name.len > 80 ? 80 : (int) name.len, name.data);
    }

    for (i = 0; i < line->nattributes; i++) {
        if (line->attributes[i].name.len == name.len
            && memcmp(line->attributes[i].name.data, name.data, name.len) == 0)
        {
            return gray_log_error(
                reader, at, "a second attr.%.*s", (int) name.len, name.data);
        }
    }

    /* Absent ones count too: a second one may not fill the first. */

    if (line->nattributes == GRAY_LOG_ATTRIBUTES_MAX) {
        return gray_log_error(
            reader, at, "more than %d attributes", GRAY_LOG_ATTRIBUTES_MAX);
    }

    line->attributes[line->nattributes++]
        = (gray_log_attribute_t){ name, value };

    return 0;
}


int
gray_log_keep(gray_log_reader_t *reader, const char *at, gray_str_t name,
    gray_str_t value)
{
    unsigned i;

    if (name.len > 5 && memcmp(name.data, "attr.", 5) == 0) {
        return keep_attribute(
            reader, at, (gray_str_t){ name.len - 5, name.data + 5 }, value);
    }

    for (i = 0; i < NMEMBERS; i++) {
        if (!same(name, members[i].name)) {
            continue;
        }

        if (reader->seen & (1u << i)) {
            return gray_log_error(reader, at, "a second %s", members[i].name);
        }

        reader->seen |= 1u << i;

        return members[i].keep(reader, at, value);
    }

    return 0;
}


/* Drops the attributes that are absent, and asks for what must be there. */
static int
finish(gray_log_reader_t *reader)
{
    unsigned i, n = 0;
    gray_log_line_t *line = reader->line;

    for (i = 0; i < line->nattributes; i++) {
        if (line->attributes[i].value.len > 0) {
            line->attributes[n++] = line->attributes[i];
        }
    }
    line->nattributes = n;

    for (i = 0; i < NMEMBERS; i++) {
        if (members[i].needed && !(reader->seen & (1u << i))) {
            (void) gray_error_set(reader->error, GRAY_EINVALID,
                "the line has no %s", members[i].name);
            return gray_error_hint(reader->error,
                "log with the format of examples/log-format.conf");
        }
    }

    return 0;
}


int
gray_log_line_parse(
    char *text, size_t len, gray_log_line_t *line, gray_error_t *error)
{
    int rc;
    gray_log_reader_t reader = {
        .text = text,
        .end = text + len,
        .at = text,
        .line = line,
        .error = error,
    };

    line->time = 0;
    line->release = line->variant = line->reason = gray_str("");
    line->revision = 0;
    line->nattributes = 0;

    if (len > GRAY_LOG_LINE_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "the line has %zu bytes, at most %d are allowed", len,
            GRAY_LOG_LINE_MAX);
    }

    rc = len > 0 && *text == '{' ? gray_log_json_read(&reader)
                                 : gray_log_text_read(&reader);

    return rc == 0 ? finish(&reader) : -1;
}
