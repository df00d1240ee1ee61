/*
 * A line of an access log that tells a decision: what examples/
 * log-format.conf makes nginx write. explain and replay read it back.
 *
 * As text, fields with a space between them (log_format, escape=default):
 *
 *     time=2026-01-31T12:00:00+00:00 release=shop variant=gray
 *     reason=targeting_match:qa revision=4 attr.ip="10.0.0.1" attr.user="7"
 *
 * or as JSON (log_format, escape=json), one object a line with the same
 * members: {"time":"…","release":"shop",…,"attr.user":"7"}.
 *
 * Other members may stand between, in any order; a member may stand once.
 * The text is strict, so that no client can write a field into somebody's
 * log: a field is NAME=VALUE or NAME="VALUE", and a value with a space needs
 * the quotes. nginx writes what is absent as "-" in text and as "" in JSON,
 * so in text a value that is "-" is an absent one.
 */

#ifndef GRAY_CONTROL_LOG_LINE_H
#define GRAY_CONTROL_LOG_LINE_H

#include <stdbool.h>
#include "core/error.h"
#include "core/str.h"

/* Longer lines are bad ones; so are those with more attributes. */
#define GRAY_LOG_LINE_MAX 65536
#define GRAY_LOG_ATTRIBUTES_MAX 64

typedef struct {
    gray_str_t name; /* a valid attribute's                              */
    gray_str_t value;
} gray_log_attribute_t;

/* An empty text is absent. A request that ended before it was decided has no
 * release, variant, reason and revision. */
typedef struct {
    uint64_t time; /* seconds since the epoch                          */
    gray_str_t release;
    gray_str_t variant;
    gray_str_t reason;
    uint64_t revision;
    unsigned nattributes; /* those that are present                     */
    gray_log_attribute_t attributes[GRAY_LOG_ATTRIBUTES_MAX];
} gray_log_line_t;

/*
 * Reads a line without its newline. The text is overwritten: the members of
 * *line point into it. -1, GRAY_EINVALID: what is wrong, at which column.
 * No allocation; safe anywhere.
 */
int gray_log_line_parse(
    char *text, size_t len, gray_log_line_t *line, gray_error_t *error);

#endif
