/* Text that came from outside, made fit to be shown. */

#include "control/escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>


/* The length of the UTF-8 character (RFC 3629) at `text`, 0 when it is none
 * or a control character. */
static size_t
gray_printable(const unsigned char *text, size_t len)
{
    size_t i, n;
    uint32_t code;

    if (text[0] < 0x80) {
        return text[0] >= 0x20 && text[0] != 0x7f;
    }

    n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

    if (text[0] < 0xc2 || text[0] > 0xf4 || n > len) {
        return 0;
    }

    code = text[0] & (0xff >> (n + 1));

    for (i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }

        code = (code << 6) | (text[i] & 0x3f);
    }

    if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000)
        || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff || code < 0xa0)
    {
        return 0;
    }

    return n;
}


char *
gray_escape(char *to, size_t size, const char *text, size_t len)
{
    char *out = to, *end = to + size - 1;
    size_t n;

    while (len > 0) {
        n = gray_printable((const unsigned char *) text, len);

        if (n > 0) {
            if ((size_t) (end - out) < n) {
                break;
            }

            memcpy(out, text, n);
            out += n;

        } else {
            if (end - out < 4) {
                break;
            }

            out += sprintf(out, "\\x%02x", (unsigned char) *text);
            n = 1;
        }

        text += n;
        len -= n;
    }

    *out = '\0';

    return to;
}
