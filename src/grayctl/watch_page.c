/* Lines within the room that there is. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "watch_page.h"

/* The longest text that is put at once; a terminal has no longer line. */
#define TEXT_MAX 2048

void
watch_page_begin(watch_page_t *page, const watch_room_t *room)
{
    memset(page, 0, sizeof(*page));
    page->room = *room;
}

void
watch_page_free(watch_page_t *page)
{
    free(page->text);
    memset(page, 0, sizeof(*page));
}

unsigned
watch_page_left(const watch_page_t *page)
{
    return page->nlines < page->room.height ? page->room.height - page->nlines
                                            : 0;
}

static void
add(watch_page_t *page, const char *text, size_t len)
{
    size_t size = page->size ? page->size : 4096;
    char *grown;

    while (size < page->len + len + 1) {
        size *= 2;
    }

    if (size != page->size) {
        grown = realloc(page->text, size);

        if (grown == NULL) {
            page->failed = true;
            return;
        }

        page->text = grown;
        page->size = size;
    }

    memcpy(page->text + page->len, text, len);
    page->len += len;
    page->text[page->len] = '\0';
}

void
watch_page_line(watch_page_t *page)
{
    page->full = watch_page_left(page) == 0;

    if (page->full) {
        return;
    }

    if (page->nlines++ > 0) {
        add(page, "\n", 1);
    }

    page->column = 0;
}

unsigned
watch_page_width(const char *text, size_t *bytes)
{
    char one[5] = { *text };
    size_t n = 1;

    while (n < 4 && (text[n] & 0xc0) == 0x80) {
        one[n] = text[n];
        n++;
    }

    *bytes = n;

    return (unsigned) grayctl_width(one);
}

/* What of the text fits; returns its columns. */
static unsigned
fitting(const watch_page_t *page, const char *text, size_t *len)
{
    size_t bytes;
    unsigned width, columns = 0;

    for (*len = 0; text[*len] != '\0'; *len += bytes) {
        width = watch_page_width(text + *len, &bytes);

        if (page->column + columns + width > page->room.width) {
            break;
        }

        columns += width;
    }

    return columns;
}

/* Other characters as '?', each by as many as it has columns. */
static void
to_ascii(char *text)
{
    size_t bytes;
    unsigned width;
    char *to = text;

    for (; *text != '\0'; text += bytes) {
        width = watch_page_width(text, &bytes);

        if (bytes == 1) {
            *to++ = *text;
            continue;
        }

        while (width-- > 0) {
            *to++ = '?';
        }
    }

    *to = '\0';
}

static void
put(watch_page_t *page, int style, char *text)
{
    size_t len;
    unsigned columns;
    const char *paint = grayctl_paint(page->room.color && style, style);

    if (page->full || page->nlines == 0) {
        return;
    }

    if (!page->room.utf8) {
        to_ascii(text);
    }

    columns = fitting(page, text, &len);

    if (len == 0) {
        return;
    }

    add(page, paint, strlen(paint));
    add(page, text, len);
    page->column += columns;

    if (*paint != '\0') {
        paint = grayctl_paint(true, 0);
        add(page, paint, strlen(paint));
    }
}

void
watch_page_put(watch_page_t *page, int style, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put(page, style, text);
}

void
watch_page_to(watch_page_t *page, unsigned column)
{
    if (column > page->column) {
        watch_page_put(page, 0, "%*s", (int) (column - page->column), "");
    }
}

void
watch_page_right(
    watch_page_t *page, int style, unsigned column, const char *format, ...)
{
    char text[TEXT_MAX];
    size_t width;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    width = grayctl_width(text);
    watch_page_to(page, column > width ? column - (unsigned) width : 0);
    put(page, style, text);
}
