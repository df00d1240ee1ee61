/*
 * MurmurHash3 by Austin Appleby (public domain), written from its
 * description: https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */

#ifndef GRAY_CORE_MURMUR3_H
#define GRAY_CORE_MURMUR3_H

#include <stddef.h>
#include <stdint.h>

/* A hash in the making: equal to the hash of all the runs together. */
typedef struct {
    uint32_t state;
    uint32_t tail; /* the len % 4 bytes that await their word */
    uint32_t len;
} gray_murmur3_t;

void gray_murmur3_init(gray_murmur3_t *hash, uint32_t seed);
void gray_murmur3_add(gray_murmur3_t *hash, const void *data, size_t len);

/* The hash of what was added and of a last run; the hash can be ended again. */
uint32_t gray_murmur3_end(
    const gray_murmur3_t *hash, const void *data, size_t len);

/* MurmurHash3_x86_32. SMHasher's verification value: 0xB0F57EE3. */
uint32_t gray_murmur3_32(const void *data, size_t len, uint32_t seed);

#endif
