/*
 * The request's target, "/v1/lists/vip/members/a%2Fb?limit=10", in parts. Each
 * segment is percent-decoded by itself, so that an identity may hold a slash,
 * a NUL, or any other byte. RFC 3986, section 3.3 and 3.4; "+" in a query is a
 * space, as forms write it.
 */

#ifndef GRAYD_URI_H
#define GRAYD_URI_H

#include <stddef.h>
#include "core/error.h"
#include "core/str.h"

#define GRAYD_SEGMENTS_MAX 12
#define GRAYD_QUERY_MAX 32

/* The target as it came is at most this long. */
#define GRAYD_URI_MAX 8192

typedef struct {
    gray_str_t name;
    gray_str_t value;
} grayd_pair_t;

/* The texts lie in `bytes`, each ended by a NUL that is not counted. */
typedef struct {
    unsigned nsegments;
    gray_str_t segments[GRAYD_SEGMENTS_MAX];
    unsigned nquery;
    grayd_pair_t query[GRAYD_QUERY_MAX];
    char *bytes;
} grayd_uri_t;

/* Takes `raw` (len bytes) apart; the caller frees *uri when it succeeded.
 * GRAY_EINVALID: a bad percent-encoding, too long, too many parts, "." or
 * ".." as a segment, an option given twice. */
int grayd_uri_parse(
    const char *raw, size_t len, grayd_uri_t *uri, gray_error_t *error);
void grayd_uri_free(grayd_uri_t *uri);

/* The value of a query option, or NULL. */
const gray_str_t *grayd_uri_query(const grayd_uri_t *uri, const char *name);

#endif
