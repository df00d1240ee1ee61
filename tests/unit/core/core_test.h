/* What the tests of the core share. */

#ifndef CORE_TEST_H
#define CORE_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/str.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline gray_str_t
str_of(const char *text)
{
    return (gray_str_t){ strlen(text), text };
}

/* A small generator with a seed, so that a failure can be repeated. */
typedef struct {
    uint64_t state;
} random_t;

static inline uint32_t
random_below(random_t *random, uint32_t n)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;

    return (uint32_t) ((random->state >> 33) % n);
}

#endif
