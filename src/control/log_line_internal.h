/*
 * What the two forms of a log line share: log_line.c keeps the members,
 * log_line_text.c and log_line_json.c read them.
 */

#ifndef GRAY_CONTROL_LOG_LINE_INTERNAL_H
#define GRAY_CONTROL_LOG_LINE_INTERNAL_H

#include "control/log_line.h"

/* The text being read, and where decoded bytes go: never ahead of it. */
typedef struct {
    char *text;
    char *end;
    char *at;
    gray_log_line_t *line;
    unsigned seen; /* the members met, a bit each                      */
    gray_error_t *error;
} gray_log_reader_t;

/* Both read the whole line. */
int gray_log_text_read(gray_log_reader_t *reader);
int gray_log_json_read(gray_log_reader_t *reader);

/* Keeps a member when it is one that a decision has. `at` is where it
 * begins. */
int gray_log_keep(gray_log_reader_t *reader, const char *at, gray_str_t name,
    gray_str_t value);

/* Sets the error at a place of the text. Always -1. */
int gray_log_error(gray_log_reader_t *reader, const char *at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The value of a hexadecimal digit; -1: none. */
int gray_log_hex(char c);

#endif
