#include "line_reader.h"
#include <string.h>


void
gray_line_reader_init(gray_line_reader_t *reader, FILE *in)
{
    reader->in = in;
    reader->start = 0;
    reader->end = 0;
    reader->last = false;
    reader->line = 0;
}


/* Moves the rest to the front and reads more. */
static void
fill(gray_line_reader_t *reader)
{
    size_t room, got;

    memmove(reader->buffer, reader->buffer + reader->start,
        reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;

    room = sizeof(reader->buffer) - reader->end;
    got = fread(reader->buffer + reader->end, 1, room, reader->in);
    reader->end += got;
    reader->last = got < room;
}


/* The end of the line that begins at start; NULL: it is not in the buffer. */
static char *
find_end(const gray_line_reader_t *reader)
{
    return memchr(
        reader->buffer + reader->start, '\n', reader->end - reader->start);
}


static void
skip_line(gray_line_reader_t *reader)
{
    char *end;

    while ((end = find_end(reader)) == NULL && !reader->last) {
        reader->start = reader->end;
        fill(reader);
    }

    reader->start
        = end != NULL ? (size_t) (end - reader->buffer) + 1 : reader->end;
}


bool
gray_line_next(gray_line_reader_t *reader, char **text, size_t *len)
{
    char *end = find_end(reader);

    if (end == NULL && !reader->last) {
        fill(reader);
        end = find_end(reader);
    }

    if (end == NULL && reader->start == reader->end) {
        return false;
    }

    reader->line++;
    *text = reader->buffer + reader->start;
    *len = end != NULL ? (size_t) (end - *text) : reader->end - reader->start;

    if (*len > GRAY_LINE_MAX) {
        *text = NULL;
        skip_line(reader);
        return true;
    }

    reader->start += *len + (end != NULL);

    if (*len > 0 && (*text)[*len - 1] == '\r') {
        (*len)--;
    }

    return true;
}
