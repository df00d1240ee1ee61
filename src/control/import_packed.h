/*
 * A member as bytes, the way an import sorts, merges and spills it:
 *
 *     u8 length of the key, u8 length of the note, u8 length of the expiry
 *     (0 or 8), the expiry, the key, the note
 *
 * The expiry is in the machine's byte order: these bytes never leave it.
 */

#ifndef GRAY_CONTROL_IMPORT_PACKED_H
#define GRAY_CONTROL_IMPORT_PACKED_H

#include "internal.h"

#define GRAY_PACKED_HEAD 3
#define GRAY_PACKED_NOTE_MAX 255
#define GRAY_PACKED_MAX \
    (GRAY_PACKED_HEAD + 8 + GRAY_STORE_KEY_MAX + GRAY_PACKED_NOTE_MAX)

static inline size_t
gray_packed_len(const unsigned char *packed)
{
    return GRAY_PACKED_HEAD + (size_t) packed[0] + packed[1] + packed[2];
}

static inline gray_bytes_t
gray_packed_key(const unsigned char *packed)
{
    return (gray_bytes_t){ packed[0], packed + GRAY_PACKED_HEAD + packed[2] };
}

/* Returns how many bytes it wrote. */
size_t gray_packed_put(
    unsigned char *to, gray_bytes_t key, uint64_t expiry, gray_bytes_t note);

/* Expiry and note; the note lies in the packed bytes. */
void gray_packed_member(const unsigned char *packed, gray_member_t *member);

/* Whether two members with the same key have the same expiry and note. */
bool gray_packed_same(const unsigned char *a, const unsigned char *b);

/* By key, as LMDB orders keys. */
int gray_packed_compare(const unsigned char *a, const unsigned char *b);

/* How many bytes two keys have in common, from the first on. */
unsigned gray_packed_common(const unsigned char *a, const unsigned char *b);

/*
 * Seven bytes of the key from `depth` on (which is within the key) and how many
 * there are: the order of words is the order of keys that are the same up
 * to `depth`. Equal words mean equal keys, unless gray_word_goes_on.
 */
uint64_t gray_packed_word(const unsigned char *packed, unsigned depth);

#define GRAY_WORD_BYTES 7

static inline bool
gray_word_goes_on(uint64_t word)
{
    return (word & 0xff) > GRAY_WORD_BYTES;
}

#endif
