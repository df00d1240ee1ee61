/*
 * SipHash-1-3 by Jean-Philippe Aumasson and Daniel J. Bernstein: a keyed hash
 * whose collisions cannot be made by somebody who does not know the key.
 * Written from the paper, "SipHash: a fast short-input PRF",
 * https://www.aumasson.jp/siphash/siphash.pdf, with one round a word and
 * three at the end, as Rust and CPython hash the keys of their tables: whoever
 * asks never sees a hash.
 */

#ifndef GRAY_STORE_SIPHASH_H
#define GRAY_STORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t k0; /* the key's first eight bytes, little-endian */
    uint64_t k1;
} gray_siphash_key_t;

uint64_t gray_siphash(
    const gray_siphash_key_t *key, const void *data, size_t len);

#endif
