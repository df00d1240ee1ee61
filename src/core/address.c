#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "address.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };


/* Decimal without leading zeros, at most `max`; the bytes read, 0: none. */
static size_t
read_decimal(const char *p, const char *end, unsigned max, unsigned *number)
{
    const char *start = p;
    unsigned n = 0;

    while (p < end && *p >= '0' && *p <= '9' && p - start < 3) {
        n = n * 10 + (unsigned) (*p++ - '0');
    }

    if (p == start || n > max || (*start == '0' && p - start > 1)) {
        return 0;
    }

    *number = n;
    return (size_t) (p - start);
}


static bool
read_quad(const char *p, const char *end, uint8_t bytes[4])
{
    unsigned i, octet;
    size_t n;

    for (i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.')) {
            return false;
        }

        n = read_decimal(p, end, 255, &octet);
        if (n == 0) {
            return false;
        }

        bytes[i] = (uint8_t) octet;
        p += n;
    }

    return p == end;
}


static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* One group of RFC 4291's text: 1 to 4 hex digits. */
static size_t
read_group(const char *p, const char *end, uint8_t bytes[2])
{
    const char *start = p;
    unsigned n = 0;

    while (p < end && p - start < 4 && hex_digit(*p) >= 0) {
        n = n << 4 | (unsigned) hex_digit(*p++);
    }

    bytes[0] = (uint8_t) (n >> 8);
    bytes[1] = (uint8_t) n;
    return (size_t) (p - start);
}


/*
 * Groups between colons up to the end of the text, at most `max` bytes of
 * address; the last 4 may be an IPv4 quad. Returns the bytes read, -1: bad.
 */
static int
read_groups(const char *p, const char *end, uint8_t *bytes, int max)
{
    int n = 0;
    size_t len;

    while (p < end) {
        if (n + 4 <= max && memchr(p, ':', (size_t) (end - p)) == NULL
            && memchr(p, '.', (size_t) (end - p)) != NULL)
        {
            return read_quad(p, end, bytes + n) ? n + 4 : -1;
        }

        if (n + 2 > max || (len = read_group(p, end, bytes + n)) == 0) {
            return -1;
        }

        n += 2;
        p += len;

        if (p < end && (*p++ != ':' || p == end)) {
            return -1;
        }
    }

    return n;
}


static const char *
find_gap(const char *p, const char *end)
{
    for (; end - p >= 2; p++) {
        if (p[0] == ':' && p[1] == ':') {
            return p;
        }
    }

    return NULL;
}


static bool
read_ipv6(const char *p, const char *end, uint8_t bytes[16])
{
    const char *gap = find_gap(p, end);
    uint8_t right[16];
    int nleft, nright;

    if (gap == NULL) {
        return read_groups(p, end, bytes, 16) == 16;
    }

    /* "::" stands for one group or more, and nothing but groups is left of
     * it: a quad comes last. */
    if (memchr(p, '.', (size_t) (gap - p)) != NULL) {
        return false;
    }

    nleft = read_groups(p, gap, bytes, 14);
    if (nleft < 0) {
        return false;
    }

    nright = read_groups(gap + 2, end, right, 14 - nleft);
    if (nright < 0) {
        return false;
    }

    memset(bytes + nleft, 0, (size_t) (16 - nleft - nright));
    memcpy(bytes + 16 - nright, right, (size_t) nright);
    return true;
}


bool
gray_address_parse(gray_str_t text, gray_address_t *address)
{
    const char *p = text.data;
    const char *end = p + text.len;

    if (text.len < 2 || text.len > 45) {
        return false;
    }

    address->bits = 128;

    if (memchr(p, ':', text.len) != NULL) {
        return read_ipv6(p, end, address->bytes);
    }

    memcpy(address->bytes, mapped, sizeof(mapped));
    return read_quad(p, end, address->bytes + 12);
}


static int
no_address(gray_str_t text, gray_error_t *error)
{
    gray_error_set(error, GRAY_EINVALID, "'%.*s' is no IP address",
        (int) (text.len > 64 ? 64 : text.len), text.data);
    return gray_error_hint(error, "write one such as 192.168.2.20, "
                                  "10.0.0.0/8 or 2001:db8::/32");
}


/* The block that was meant: without the host bits. */
static int
check_host_bits(gray_str_t text, const gray_address_t *whole,
    const gray_address_t *block, gray_error_t *error)
{
    char meant[GRAY_ADDRESS_TEXT_MAX];

    if (memcmp(whole->bytes, block->bytes, 16) == 0) {
        return 0;
    }

    gray_address_print(block, meant);
    gray_error_set(error, GRAY_EINVALID,
        "'%.*s' has address bits beyond its prefix", (int) text.len, text.data);
    return gray_error_hint(error, "write %s", meant);
}


int
gray_block_parse(gray_str_t text, gray_address_t *block, gray_error_t *error)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    const char *end = text.data + text.len;
    gray_str_t left = text;
    gray_address_t whole;
    unsigned bits, max;

    if (slash != NULL) {
        left.len = (size_t) (slash - text.data);
    }

    if (!gray_address_parse(left, &whole)) {
        return no_address(text, error);
    }

    if (slash == NULL) {
        *block = whole;
        return 0;
    }

    max = memchr(left.data, ':', left.len) ? 128 : 32;

    if (slash + 1 + read_decimal(slash + 1, end, max, &bits) != end
        || slash + 1 == end)
    {
        gray_error_set(error, GRAY_EINVALID,
            "'%.*s' has no prefix length of 0 to %u",
            (int) (text.len > 64 ? 64 : text.len), text.data, max);
        return gray_error_hint(
            error, "write %.*s/%u", (int) left.len, left.data, max);
    }

    whole.bits = (uint8_t) (128 - max + bits);
    max = whole.bits;
    *block = whole;
    gray_address_mask(block, max);

    return check_host_bits(text, &whole, block, error);
}


bool
gray_block_looks_like(gray_str_t text)
{
    const char *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
    const char *p;
    gray_address_t address;

    if (slash == NULL || slash + 1 == text.data + text.len) {
        return false;
    }

    for (p = slash + 1; p < text.data + text.len; p++) {
        if (*p < '0' || *p > '9') {
            return false;
        }
    }

    return gray_address_parse(
        (gray_str_t){ (size_t) (slash - text.data), text.data }, &address);
}


bool
gray_block_contains(const gray_address_t *block, const gray_address_t *address)
{
    unsigned whole = block->bits / 8;
    unsigned rest = block->bits % 8;

    if (memcmp(block->bytes, address->bytes, whole) != 0) {
        return false;
    }

    return rest == 0
           || (block->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}


bool
gray_address_is_ipv4(const gray_address_t *address)
{
    return address->bits >= 96
           && memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}


void
gray_address_mask(gray_address_t *address, unsigned bits)
{
    unsigned whole = bits / 8;

    if (bits < 128) {
        address->bytes[whole] &= (uint8_t) (0xff00 >> bits % 8);
        memset(address->bytes + whole + 1, 0, 15 - whole);
    }

    address->bits = (uint8_t) bits;
}


gray_str_t
gray_address_unmapped(gray_str_t text)
{
    static const char prefix[] = "::ffff:";
    size_t len = sizeof(prefix) - 1;
    gray_address_t address;
    gray_str_t rest;

    if (text.len <= len || strncasecmp(text.data, prefix, len) != 0) {
        return text;
    }

    rest = (gray_str_t){ text.len - len, text.data + len };

    return gray_address_parse(rest, &address)
                   && memcmp(address.bytes, mapped, sizeof(mapped)) == 0
               ? rest
               : text;
}
