/*
 * Lines of a file, in a buffer of fixed size.
 */

#ifndef GRAY_CONTROL_LINE_READER_H
#define GRAY_CONTROL_LINE_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Of one line without its end; longer ones are passed over. */
#define GRAY_LINE_MAX 65536

typedef struct {
    FILE *in;
    size_t start; /* of what was not given out yet                      */
    size_t end;
    bool last;
    uint64_t line; /* the number of the line given out last             */
    char buffer[4 * GRAY_LINE_MAX];
} gray_line_reader_t;

void gray_line_reader_init(gray_line_reader_t *reader, FILE *in);

/* The next line, without "\n" or "\r\n", valid (and the caller's to change)
 * until the next call; *text NULL: it is too long. False at the end, or when
 * the input cannot be read (ferror). */
bool gray_line_next(gray_line_reader_t *reader, char **text, size_t *len);

#endif
