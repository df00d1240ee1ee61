/*
 * A 64-bit hash for checksums and digests: each word of eight bytes is mixed
 * in by two multiplications, the end is scrambled as MurmurHash3 scrambles
 * its own. It guards against damage, not against an attacker.
 */

#include "store_internal.h"

#define K1 0x9e3779b97f4a7c15ULL
#define K2 0xd6e8feb86659fd93ULL

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash ^= word * K1;
    hash = hash << 29 | hash >> 35;

    return hash * K2 + K1;
}

static uint64_t
scramble(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33;
    hash *= 0xc4ceb9fe1a85ec53ULL;

    return hash ^ hash >> 33;
}

uint64_t
gray_store_hash(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t hash = mix(seed, len);
    uint64_t word;

    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        hash = mix(hash, word);
    }

    if (len != 0) {
        word = 0;
        memcpy(&word, p, len);
        hash = mix(hash, word);
    }

    return scramble(hash);
}

uint32_t
gray_store_checksum(gray_bytes_t record, const char *name)
{
    uint64_t seed = gray_store_hash(name, strlen(name), 0);

    return (uint32_t) gray_store_hash(record.data, record.len, seed);
}
