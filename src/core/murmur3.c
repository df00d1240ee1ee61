#include <string.h>
#include "murmur3.h"


static uint32_t
rotate(uint32_t x, unsigned bits)
{
    return (x << bits) | (x >> (32 - bits));
}


/* Little-endian on any machine, so that buckets agree everywhere. */
static uint32_t
read_word(const unsigned char *p)
{
    return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16
           | (uint32_t) p[3] << 24;
}


static uint32_t
scramble(uint32_t word)
{
    return rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
}


static uint32_t
mix(uint32_t state, uint32_t word)
{
    return rotate(state ^ scramble(word), 13) * 5 + 0xe6546b64;
}


void
gray_murmur3_init(gray_murmur3_t *hash, uint32_t seed)
{
    hash->state = seed;
    hash->tail = 0;
    hash->len = 0;
}


/* Completes the word that waits, takes whole words, and lets the rest wait. */
static inline void
add(gray_murmur3_t *hash, const void *data, size_t len)
{
    const unsigned char *p = data;
    const unsigned char *end = p + len;
    const unsigned char *words;
    unsigned waiting = hash->len & 3;

    hash->len += (uint32_t) len;

    for (; waiting < 4 && p < end; waiting++) {
        hash->tail |= (uint32_t) *p++ << 8 * waiting;
    }

    if (waiting < 4) {
        return;
    }

    hash->state = mix(hash->state, hash->tail);
    hash->tail = 0;

    for (words = end - (end - p) % 4; p < words; p += 4) {
        hash->state = mix(hash->state, read_word(p));
    }

    for (waiting = 0; p < end; waiting++) {
        hash->tail |= (uint32_t) *p++ << 8 * waiting;
    }
}


static inline uint32_t
result(const gray_murmur3_t *hash)
{
    uint32_t h = hash->state ^ scramble(hash->tail) ^ hash->len;

    h = (h ^ h >> 16) * 0x85ebca6b;
    h = (h ^ h >> 13) * 0xc2b2ae35;

    return h ^ h >> 16;
}


void
gray_murmur3_add(gray_murmur3_t *hash, const void *data, size_t len)
{
    add(hash, data, len);
}


uint32_t
gray_murmur3_end(const gray_murmur3_t *hash, const void *data, size_t len)
{
    gray_murmur3_t whole = *hash;

    add(&whole, data, len);

    return result(&whole);
}


uint32_t
gray_murmur3_32(const void *data, size_t len, uint32_t seed)
{
    gray_murmur3_t hash;

    gray_murmur3_init(&hash, seed);

    return gray_murmur3_end(&hash, data, len);
}
