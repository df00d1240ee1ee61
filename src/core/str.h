/*
 * A borrowed run of bytes: never owned, not NUL-terminated, may hold any
 * byte. `data` may be NULL only when `len` is 0.
 */

#ifndef GRAY_CORE_STR_H
#define GRAY_CORE_STR_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    size_t len;
    const char *data;
} gray_str_t;

#define gray_str(literal) ((gray_str_t){ sizeof(literal) - 1, (literal) })

#endif
