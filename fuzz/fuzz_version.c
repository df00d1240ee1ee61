/* Up to three lines: which are versions, and whether their order is one. */

#include <stdlib.h>
#include <string.h>
#include "core/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(int holds)
{
    if (!holds) {
        abort();
    }
}


static int
order(gray_str_t a, gray_str_t b)
{
    int n = gray_semver_compare(a, b);

    return (n > 0) - (n < 0);
}


/* The next line, copied: a reader beyond its end is found. */
static gray_str_t
next_line(const char **p, const char *end)
{
    const char *start = *p;
    const char *stop = memchr(start, '\n', (size_t) (end - start));
    gray_str_t line = { (size_t) ((stop ? stop : end) - start), NULL };
    char *copy = malloc(line.len + 1);

    if (line.len > 0) {
        memcpy(copy, start, line.len);
    }

    *p = stop ? stop + 1 : end;
    line.data = copy;
    return line;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *) data;
    const char *end = p + size;
    gray_str_t line[3];
    int valid = 1, i;

    if (size == 0) {
        return 0;
    }

    for (i = 0; i < 3; i++) {
        line[i] = next_line(&p, end);
        valid &= gray_semver_valid(line[i]);
    }

    if (valid) {
        int ab = order(line[0], line[1]), bc = order(line[1], line[2]);
        int ac = order(line[0], line[2]);

        check(order(line[0], line[0]) == 0);
        check(order(line[1], line[0]) == -ab);
        check(ab != bc || ac == ab);
        check(ab != 0 || ac == bc);
    }

    for (i = 0; i < 3; i++) {
        free((char *) line[i].data);
    }

    return 0;
}
