/*
 * Lines of text that never have more columns, and are never more, than there
 * is room for. Colour is the terminal's own sequences, within the lines.
 */

#ifndef GRAYCTL_WATCH_PAGE_H
#define GRAYCTL_WATCH_PAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    unsigned width;
    unsigned height;
    bool color;
    bool utf8; /* else whatever is no ASCII is shown as '?'             */
} watch_room_t;

typedef struct {
    watch_room_t room;
    unsigned nlines;
    unsigned column; /* of the last line: what it has already           */
    bool full;       /* there are as many lines as may be               */
    bool failed;     /* memory ended                                    */
    size_t len;
    size_t size;
    char *text; /* the lines, with '\n' between; NUL-terminated         */
} watch_page_t;

void watch_page_begin(watch_page_t *page, const watch_room_t *room);
void watch_page_free(watch_page_t *page);

/* How many lines may still begin. */
unsigned watch_page_left(const watch_page_t *page);

/* Begins a line. */
void watch_page_line(watch_page_t *page);

/* Adds to the line in a style of grayctl_paint() (0: plain), cut at its end. */
void watch_page_put(watch_page_t *page, int style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills the line with spaces up to a column. */
void watch_page_to(watch_page_t *page, unsigned column);

/* Adds so that the text ends before a column, as far as there is room. */
void watch_page_right(watch_page_t *page, int style, unsigned column,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The columns of the first character of a text, and its bytes. */
unsigned watch_page_width(const char *text, size_t *bytes);

#endif
