#include <string.h>
#include "siphash.h"

typedef struct {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;
} siphash_t;


static inline uint64_t
rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}


static inline void
sip_round(siphash_t *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);

    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}


static inline void
add_word(siphash_t *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}


static inline uint64_t
little_endian(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}


/* The bytes after the last whole word, and the length's lowest byte on top. */
static inline uint64_t
last_word(const unsigned char *p, size_t len)
{
    unsigned rest = len % 8;
    uint64_t word = 0;

    if (len < 8) {
        memcpy(&word, p, rest);
        word = little_endian(word);

    } else if (rest > 0) {
        /* a copy of eight bytes is one instruction: those before are cut off */
        memcpy(&word, p + rest - 8, 8);
        word = little_endian(word) >> (64 - 8 * rest);
    }

    return word | (uint64_t) len << 56;
}


uint64_t
gray_siphash(const gray_siphash_key_t *key, const void *data, size_t len)
{
    const unsigned char *p = data;
    const unsigned char *end = p + (len & ~(size_t) 7);
    siphash_t s = {
        key->k0 ^ 0x736f6d6570736575,
        key->k1 ^ 0x646f72616e646f6d,
        key->k0 ^ 0x6c7967656e657261,
        key->k1 ^ 0x7465646279746573,
    };

    for (/* void */; p < end; p += 8) {
        uint64_t word;

        memcpy(&word, p, 8);
        add_word(&s, little_endian(word));
    }

    add_word(&s, last_word(p, len));

    s.v2 ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);

    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
