#include <stdio.h>
#include <string.h>
#include "address.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };


static unsigned
group(const gray_address_t *address, int i)
{
    return (unsigned) address->bytes[2 * i] << 8 | address->bytes[2 * i + 1];
}


/* RFC 5952 section 4.2: the longest run of two or more zero groups, the first
 * of equals. Returns its length, 0: none. */
static int
find_zeros(const gray_address_t *address, int *start)
{
    int i, n = 0, best = 0;

    for (i = 0; i < 8; i++) {
        n = group(address, i) == 0 ? n + 1 : 0;

        if (n > best) {
            best = n;
            *start = i + 1 - n;
        }
    }

    return best >= 2 ? best : 0;
}


static size_t
print_ipv6(const gray_address_t *address, char *buffer)
{
    int start = 8;
    int zeros = find_zeros(address, &start);
    char *p = buffer;
    int i;

    if (zeros == 0) {
        start = 8;
    }

    for (i = 0; i < 8; i++) {
        if (i == start) {
            p += sprintf(p, "::");
            i += zeros - 1;
            continue;
        }

        p += sprintf(
            p, "%s%x", i > 0 && p[-1] != ':' ? ":" : "", group(address, i));
    }

    return (size_t) (p - buffer);
}


size_t
gray_address_print(
    const gray_address_t *address, char buffer[GRAY_ADDRESS_TEXT_MAX])
{
    const uint8_t *b = address->bytes;
    unsigned bits = address->bits;
    size_t n;

    if (bits >= 96 && memcmp(b, mapped, sizeof(mapped)) == 0) {
        n = (size_t) sprintf(buffer, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        bits -= 96;
    } else {
        n = print_ipv6(address, buffer);
    }

    if (address->bits < 128) {
        n += (size_t) sprintf(buffer + n, "/%u", bits);
    }

    return n;
}
