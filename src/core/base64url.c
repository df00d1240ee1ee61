/* base64url, RFC 4648 section 5. */

#include "base64url.h"


static const char alphabet[]
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


size_t
gray_base64url_encode(const unsigned char *bytes, size_t len, char *text)
{
    size_t i;
    char *to;
    unsigned nbits;
    uint32_t bits;

    to = text;
    bits = 0;
    nbits = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | bytes[i];

        for (nbits += 8; nbits >= 6; nbits -= 6) {
            *to++ = alphabet[bits >> (nbits - 6) & 63];
        }
    }

    if (nbits != 0) {
        *to++ = alphabet[bits << (6 - nbits) & 63];
    }

    return (size_t) (to - text);
}


/* -1: none of the alphabet. */

static int
base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    return c == '-' ? 62 : c == '_' ? 63 : -1;
}


bool
gray_base64url_decode(
    gray_str_t text, unsigned char *bytes, size_t size, size_t *len)
{
    int value;
    size_t i, n;
    unsigned nbits;
    uint32_t bits;

    n = 0;
    bits = 0;
    nbits = 0;

    if (text.len % 4 == 1) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        value = base64url_value(text.data[i]);
        if (value < 0) {
            return false;
        }

        bits = bits << 6 | (uint32_t) value;
        nbits += 6;

        if (nbits >= 8) {
            if (n == size) {
                return false;
            }
            nbits -= 8;
            bytes[n++] = (unsigned char) (bits >> nbits);
        }
    }

    *len = n;

    return (bits & ((1u << nbits) - 1)) == 0;
}
