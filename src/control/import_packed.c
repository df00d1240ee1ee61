#include <string.h>
#include "import_packed.h"


size_t
gray_packed_put(
    unsigned char *to, gray_bytes_t key, uint64_t expiry, gray_bytes_t note)
{
    unsigned char *at;

    to[0] = (unsigned char) key.len;
    to[1] = (unsigned char) note.len;
    to[2] = expiry != 0 ? sizeof(expiry) : 0;

    at = to + GRAY_PACKED_HEAD;
    if (expiry != 0) {
        memcpy(at, &expiry, sizeof(expiry));
        at += sizeof(expiry);
    }
    memcpy(at, key.data, key.len);
    if (note.len > 0) {
        memcpy(at + key.len, note.data, note.len);
    }

    return gray_packed_len(to);
}


void
gray_packed_member(const unsigned char *packed, gray_member_t *member)
{
    gray_bytes_t key = gray_packed_key(packed);

    member->expiry = 0;
    memcpy(&member->expiry, packed + GRAY_PACKED_HEAD, packed[2]);
    member->note.len = packed[1];
    member->note.data = (const unsigned char *) key.data + key.len;
}


/* All but the keys, which are equal and so of equal length. */
bool
gray_packed_same(const unsigned char *a, const unsigned char *b)
{
    size_t len = gray_packed_len(a);

    return len == gray_packed_len(b) && memcmp(a, b, len) == 0;
}


int
gray_packed_compare(const unsigned char *a, const unsigned char *b)
{
    int rc;
    gray_bytes_t x = gray_packed_key(a), y = gray_packed_key(b);

    rc = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return rc != 0 ? rc : (x.len > y.len) - (x.len < y.len);
}


unsigned
gray_packed_common(const unsigned char *a, const unsigned char *b)
{
    unsigned n, max;
    gray_bytes_t x = gray_packed_key(a), y = gray_packed_key(b);
    const unsigned char *p = x.data, *q = y.data;

    max = (unsigned) (x.len < y.len ? x.len : y.len);
    for (n = 0; n < max && p[n] == q[n]; n++) {
        /* void */
    }

    return n;
}


static inline uint64_t
gray_big_endian(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return word;
#else
    return __builtin_bswap64(word);
#endif
}


uint64_t
gray_packed_word(const unsigned char *packed, unsigned depth)
{
    uint64_t word = 0;
    gray_bytes_t key = gray_packed_key(packed);
    const unsigned char *from = (const unsigned char *) key.data + depth;
    size_t rest = key.len - depth;

    if (rest > GRAY_WORD_BYTES) {
        memcpy(&word, from, sizeof(word));
        return (gray_big_endian(word) & ~(uint64_t) 0xff) | sizeof(word);
    }

    memcpy(&word, from, rest);

    return gray_big_endian(word) | rest;
}
