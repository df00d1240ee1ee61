/* Taking a request's target apart. */

#include "uri.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is left to read, and where decoded bytes go. */
typedef struct {
    const char *from;
    const char *end;
    char *to;
} grayd_text_t;


static int
grayd_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* One decoded byte, or -1: a bad percent-encoding. */
static int
grayd_decode(grayd_text_t *text, bool query)
{
    int high, low;
    char c = *text->from++;

    if (c == '+' && query) {
        return ' ';
    }

    if (c != '%') {
        return (unsigned char) c;
    }

    if (text->end - text->from < 2) {
        return -1;
    }

    high = grayd_hex(text->from[0]);
    low = grayd_hex(text->from[1]);
    text->from += 2;

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}


/* Decodes up to one of the bytes in `stops`, which is not taken. */
static int
grayd_part(grayd_text_t *text, const char *stops, bool query, gray_str_t *part,
    gray_error_t *error)
{
    int byte;

    part->data = text->to;

    while (text->from < text->end && strchr(stops, *text->from) == NULL) {
        byte = grayd_decode(text, query);
        if (byte < 0) {
            return gray_error_set(error, GRAY_EINVALID,
                "a '%%' in the address is not followed by two hexadecimal "
                "digits");
        }
        *text->to++ = (char) byte;
    }

    part->len = (size_t) (text->to - part->data);
    *text->to++ = '\0';

    return 0;
}


static bool
grayd_is_dots(const gray_str_t *segment)
{
    return (segment->len == 1 && segment->data[0] == '.')
           || (segment->len == 2 && memcmp(segment->data, "..", 2) == 0);
}


static int
grayd_path(grayd_text_t *text, grayd_uri_t *uri, gray_error_t *error)
{
    gray_str_t *segment;

    while (text->from < text->end && *text->from == '/') {
        text->from++;

        if (uri->nsegments == GRAYD_SEGMENTS_MAX) {
            return gray_error_set(
                error, GRAY_EINVALID, "the path has too many parts");
        }

        segment = &uri->segments[uri->nsegments++];

        if (grayd_part(text, "/?", false, segment, error) != 0) {
            return -1;
        }

        if (grayd_is_dots(segment)) {
            return gray_error_set(error, GRAY_EINVALID,
                "'%s' is no part of a path here", segment->data);
        }
    }

    return 0;
}


static int
grayd_query_pair(grayd_text_t *text, grayd_uri_t *uri, gray_error_t *error)
{
    grayd_pair_t pair = { .value = { .len = 0, .data = "" } };

    if (grayd_part(text, "=&", true, &pair.name, error) != 0) {
        return -1;
    }

    if (text->from < text->end && *text->from == '=') {
        text->from++;

        if (grayd_part(text, "&", true, &pair.value, error) != 0) {
            return -1;
        }
    }

    if (pair.name.len == 0) {
        return 0;
    }

    if (uri->nquery == GRAYD_QUERY_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "more than %d options after the '?'", GRAYD_QUERY_MAX);
    }

    if (grayd_uri_query(uri, pair.name.data) != NULL) {
        return gray_error_set(error, GRAY_EINVALID,
            "the option '%.64s' is given twice", pair.name.data);
    }

    uri->query[uri->nquery++] = pair;

    return 0;
}


static int
grayd_query_all(grayd_text_t *text, grayd_uri_t *uri, gray_error_t *error)
{
    /* the first turn passes the '?', the others an '&' */
    while (text->from < text->end) {
        text->from++;

        if (grayd_query_pair(text, uri, error) != 0) {
            return -1;
        }
    }

    return 0;
}


int
grayd_uri_parse(
    const char *raw, size_t len, grayd_uri_t *uri, gray_error_t *error)
{
    grayd_text_t text = { .from = raw, .end = raw + len };

    memset(uri, 0, sizeof(*uri));

    if (len == 0 || raw[0] != '/') {
        return gray_error_set(
            error, GRAY_EINVALID, "the address does not begin with '/'");
    }

    if (memchr(raw, '\0', len) != NULL) {
        return gray_error_set(
            error, GRAY_EINVALID, "the address holds a NUL byte");
    }

    if (len > GRAYD_URI_MAX) {
        return gray_error_set(error, GRAY_EINVALID,
            "the address is longer than %d bytes", GRAYD_URI_MAX);
    }

    /* each part's NUL takes the place of what ends it; the last has none, and
     * an option without '=' or an empty one none either */
    uri->bytes = malloc(2 * len + 2);
    if (uri->bytes == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }
    text.to = uri->bytes;

    if (grayd_path(&text, uri, error) != 0
        || grayd_query_all(&text, uri, error) != 0)
    {
        grayd_uri_free(uri);
        return -1;
    }

    return 0;
}


void
grayd_uri_free(grayd_uri_t *uri)
{
    free(uri->bytes);
    uri->bytes = NULL;
}


const gray_str_t *
grayd_uri_query(const grayd_uri_t *uri, const char *name)
{
    size_t len = strlen(name);

    for (unsigned i = 0; i < uri->nquery; i++) {
        if (uri->query[i].name.len == len
            && memcmp(uri->query[i].name.data, name, len) == 0)
        {
            return &uri->query[i].value;
        }
    }

    return NULL;
}
