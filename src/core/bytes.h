/*
 * Big-endian integers in records and tokens.
 */

#ifndef GRAY_CORE_BYTES_H
#define GRAY_CORE_BYTES_H

#include <stdint.h>

static inline uint64_t
gray_bytes_read(const unsigned char *from, unsigned size)
{
    unsigned i;
    uint64_t value;

    for (i = 0, value = 0; i < size; i++) {
        value = value << 8 | from[i];
    }

    return value;
}

/* Returns what follows. */
static inline unsigned char *
gray_bytes_write(unsigned char *to, uint64_t value, unsigned size)
{
    unsigned i;

    for (i = size; i > 0; i--) {
        to[i - 1] = (unsigned char) value;
        value >>= 8;
    }

    return to + size;
}

#endif
