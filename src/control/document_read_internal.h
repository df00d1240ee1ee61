/*
 * Reading a document, in parts: its members (document_read.c), and splits
 * with their ranges (document_read_split.c).
 */

#ifndef GRAY_CONTROL_DOCUMENT_READ_INTERNAL_H
#define GRAY_CONTROL_DOCUMENT_READ_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include "control/document_json.h"

#define GRAY_PLACE_MAX 128

typedef struct {
    gray_document_t *document;
    gray_errors_t *errors;
    gray_rule_t *rule; /* being read                                */
} gray_reader_t;

void gray_read_problem(gray_reader_t *reader, const char *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The index of a named variant; -1 and a problem when there is none. */
int gray_read_variant(
    gray_reader_t *reader, const char *name, const char *place);

/* A "split" object into split->weights. */
void gray_read_weights(gray_reader_t *reader, json_t *value, const char *place,
    gray_split_t *split);

/* A "buckets" or "released" object. */
void gray_read_ranges(gray_reader_t *reader, json_t *value, const char *place,
    gray_range_t **ranges, unsigned *nranges);

#endif
