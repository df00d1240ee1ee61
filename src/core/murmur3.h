/*
 * MurmurHash3 by Austin Appleby (public domain), written from its
 * description: https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */

#ifndef GRAY_CORE_MURMUR3_H
#define GRAY_CORE_MURMUR3_H

#include <stddef.h>
#include <stdint.h>

/* MurmurHash3_x86_32. SMHasher's verification value: 0xB0F57EE3. */
uint32_t gray_murmur3_32(const void *data, size_t len, uint32_t seed);

#endif
