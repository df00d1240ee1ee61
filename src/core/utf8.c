#include "utf8.h"

/* RFC 3629 section 4: the first byte of a character gives its length, and the
 * bounds of its second byte. */
static const struct {
    unsigned char first, last, len, low, high;
} heads[] = {
    { 0x00, 0x7f, 1, 0, 0 },
    { 0xc2, 0xdf, 2, 0x80, 0xbf },
    { 0xe0, 0xe0, 3, 0xa0, 0xbf },
    { 0xe1, 0xec, 3, 0x80, 0xbf },
    { 0xed, 0xed, 3, 0x80, 0x9f },
    { 0xee, 0xef, 3, 0x80, 0xbf },
    { 0xf0, 0xf0, 4, 0x90, 0xbf },
    { 0xf1, 0xf3, 4, 0x80, 0xbf },
    { 0xf4, 0xf4, 4, 0x80, 0x8f },
};


/* The length of the character at hand; 0: it is none. */
static size_t
character(const unsigned char *p, size_t left)
{
    size_t i, j;

    for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (p[0] > heads[i].last) {
            continue;
        }

        if (p[0] < heads[i].first || heads[i].len > left) {
            return 0;
        }

        if (heads[i].len > 1 && (p[1] < heads[i].low || p[1] > heads[i].high)) {
            return 0;
        }

        for (j = 2; j < heads[i].len; j++) {
            if ((p[j] & 0xc0) != 0x80) {
                return 0;
            }
        }

        return heads[i].len;
    }

    return 0;
}


size_t
gray_utf8_valid(gray_str_t text)
{
    const unsigned char *p = (const unsigned char *) text.data;
    size_t i = 0, n;

    while (i < text.len && (n = character(p + i, text.len - i)) > 0) {
        i += n;
    }

    return i;
}
