/*
 * Writing canonical text, for condition_print.c and trace.c.
 */

#ifndef GRAY_CORE_CONDITION_WRITER_H
#define GRAY_CORE_CONDITION_WRITER_H

#include "condition.h"

/* As snprintf: counts everything, writes what fits. */
typedef struct {
    char *buffer;
    size_t size;
    size_t len;
} gray_writer_t;

void gray_write_word(gray_writer_t *w, const char *word);
void gray_write_str(gray_writer_t *w, gray_str_t str);

/* A value as it is written: a text in quotes, anything else bare. */
void gray_write_value(
    gray_writer_t *w, gray_value_kind_t kind, gray_str_t text);

/* "ATTR in [" or "ATTR not in [". */
void gray_write_set(gray_writer_t *w, gray_op_t op, gray_str_t attribute);

/* Ends the text with its NUL; returns the whole length. */
size_t gray_write_end(gray_writer_t *w);

#endif
