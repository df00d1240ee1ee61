#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <zlib.h>
#include "import_gzip.h"

#define GRAY_GZIP_INPUT 65536

/* For inflateInit2: gzip's header, and the largest window. */
#define GRAY_GZIP_WINDOW (15 + 16)

struct gray_gunzip_s {
    FILE *in;
    z_stream z;
    bool between; /* a member has ended                                  */
    bool end;
    const char *problem;
    unsigned char input[GRAY_GZIP_INPUT];
};


bool
gray_gzip_next(FILE *in)
{
    int first, second;

    first = getc(in);
    second = first == 0x1f ? getc(in) : EOF;

    if (second != EOF) {
        (void) ungetc(second, in);
    }
    if (first != EOF) {
        (void) ungetc(first, in);
    }

    return second == 0x8b;
}


/* False: there is no more input. */
static bool
gray_gunzip_fill(gray_gunzip_t *gunzip)
{
    if (gunzip->z.avail_in == 0) {
        gunzip->z.next_in = gunzip->input;
        gunzip->z.avail_in = (unsigned) fread(
            gunzip->input, 1, sizeof(gunzip->input), gunzip->in);
        if (gunzip->z.avail_in == 0 && ferror(gunzip->in)) {
            gunzip->problem = strerror(errno);
        }
    }

    return gunzip->z.avail_in > 0;
}


/* After a member: another one, or the end. What pads a tape with zeros is no
 * member. */
static void
gray_gunzip_member(gray_gunzip_t *gunzip)
{
    while (gray_gunzip_fill(gunzip) && *gunzip->z.next_in == 0) {
        gunzip->z.next_in++;
        gunzip->z.avail_in--;
    }

    gunzip->between = false;
    gunzip->end = gunzip->z.avail_in == 0;
    if (!gunzip->end) {
        (void) inflateReset(&gunzip->z);
    }
}


static void
gray_gunzip_step(gray_gunzip_t *gunzip)
{
    if (gunzip->between) {
        gray_gunzip_member(gunzip);
        return;
    }

    if (!gray_gunzip_fill(gunzip)) {
        if (gunzip->problem == NULL) {
            gunzip->problem = "the gzip data is cut short";
        }
        return;
    }

    switch (inflate(&gunzip->z, Z_NO_FLUSH)) {
    case Z_OK:
        break;
    case Z_STREAM_END:
        gunzip->between = true;
        break;
    case Z_MEM_ERROR:
        gunzip->problem = "no memory to decompress";
        break;
    default:
        gunzip->problem = "the gzip data is damaged";
    }
}


static ssize_t
gray_gunzip_read(void *cookie, char *buffer, size_t size)
{
    gray_gunzip_t *gunzip = cookie;

    if (size > GRAY_GZIP_INPUT * 16) {
        size = GRAY_GZIP_INPUT * 16;
    }
    gunzip->z.next_out = (unsigned char *) buffer;
    gunzip->z.avail_out = (unsigned) size;

    while (gunzip->z.avail_out == size && !gunzip->end
           && gunzip->problem == NULL) {
        gray_gunzip_step(gunzip);
    }

    if (gunzip->z.avail_out < size) {
        return (ssize_t) (size - gunzip->z.avail_out);
    }
    if (gunzip->problem != NULL) {
        errno = EIO;
        return -1;
    }

    return 0;
}


FILE *
gray_gunzip_open(FILE *in, gray_gunzip_t **gunzip)
{
    FILE *out;
    gray_gunzip_t *new;

    new = calloc(1, sizeof(*new));
    if (new == NULL) {
        return NULL;
    }

    new->in = in;
    if (inflateInit2(&new->z, GRAY_GZIP_WINDOW) != Z_OK) {
        free(new);
        return NULL;
    }

    out = fopencookie(
        new, "r", (cookie_io_functions_t){ .read = gray_gunzip_read });
    if (out == NULL) {
        gray_gunzip_free(new);
        return NULL;
    }
    *gunzip = new;

    return out;
}


void
gray_gunzip_free(gray_gunzip_t *gunzip)
{
    if (gunzip != NULL) {
        (void) inflateEnd(&gunzip->z);
        free(gunzip);
    }
}


const char *
gray_gunzip_problem(const gray_gunzip_t *gunzip)
{
    return gunzip != NULL ? gunzip->problem : NULL;
}
