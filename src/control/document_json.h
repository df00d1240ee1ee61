/*
 * A release document as JSON: the one form in the store, in files and in the
 * API.
 *
 *     {
 *       "variants": ["stable", "gray"],        default: these
 *       "default": "stable",                   default: the first
 *       "rules": [
 *         {"name": "qa", "if": "ip in @office", "variant": "gray"},
 *         {"name": "bj", "if": "city = 'BJ'", "split": {"gray": 10},
 *          "by": ["user"], "buckets": {"gray": [[0, 10000]]}}
 *       ],
 *       "by": ["device_id"],
 *       "split": {"gray": 5},                  percent, up to 3 decimals
 *       "buckets": {"gray": [[0, 5000]]},      [first, end): who owns what
 *       "released": {"gray": [[5000, 6000]]},  given back, oldest first
 *       "salt": "shop",                        default: the release's name
 *       "note": "ticket 1234"
 *     }
 *
 * `buckets` and `released` belong to the `split` beside them. A document
 * without them that is set keeps the ranges that the release has, rule by
 * rule name.
 */

#ifndef GRAY_CONTROL_DOCUMENT_JSON_H
#define GRAY_CONTROL_DOCUMENT_JSON_H

#include <stdbool.h>
#include "control/errors.h"
#include "core/document.h"

/* What is written beside the document's own members. */
typedef enum {
    GRAY_JSON_PLAIN = 0,   /* as a person writes it                      */
    GRAY_JSON_BUCKETS = 1, /* with buckets and released: as stored       */
    GRAY_JSON_SALT = 2,    /* with the salt even when it is the name     */
    GRAY_JSON_NO_NOTE = 4, /* without the note: what decides             */
    GRAY_JSON_PRETTY = 8   /* indented, and a newline at the end         */
} gray_json_flags_t;

/*
 * Reads a document. All problems found go to *errors with their places;
 * returns 0 when there was none. What could be read is in *document in any
 * case (its indexes are sound, so it can be compiled to find the rest); the
 * caller frees it. Splits whose JSON gave no buckets have weights only.
 */
int gray_document_read(const char *text, size_t len, gray_document_t *document,
    gray_errors_t *errors);

/* The canonical text, malloc'ed; NULL without memory. Members in a fixed
 * order, numbers in their shortest form. `name` is the release's. */
char *gray_document_write(
    const gray_document_t *document, const char *name, unsigned flags);

/* The same as a JSON value, a new reference; for records. */
struct json_t *gray_document_json(
    const gray_document_t *document, const char *name, unsigned flags);

/*
 * Gives the splits that have no ranges those of `old` (NULL: none), by rule
 * name and variant name, and moves them to their weights, so that growing
 * never moves anybody back. A document's own ranges are kept.
 */
int gray_document_settle(gray_document_t *document, const gray_document_t *old,
    gray_errors_t *errors);

#endif
