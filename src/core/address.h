/*
 * IP addresses and CIDR blocks.
 *
 * Both families have one form, 16 bytes in network order, as RFC 4291
 * section 2.5.5.2 maps them: 1.2.3.4 and ::ffff:1.2.3.4 are the same address,
 * and the block 10.0.0.0/8 is ::ffff:10.0.0.0/104. So `bits` is 0 to 128, and
 * at least 96 for an IPv4 block.
 */

#ifndef GRAY_CORE_ADDRESS_H
#define GRAY_CORE_ADDRESS_H

#include <stdbool.h>
#include "error.h"
#include "str.h"

typedef struct {
    uint8_t bytes[16]; /* host bits beyond `bits` are zero           */
    uint8_t bits;      /* 128 for a single address, of either family */
} gray_address_t;

/* INET6_ADDRSTRLEN plus "/128". */
#define GRAY_ADDRESS_TEXT_MAX 50

/*
 * Reads one address, without a block: what `$remote_addr` holds. Strict: four
 * decimal octets without leading zeros (RFC 6943 section 3.1.1), or RFC 4291
 * text; no zone, no brackets, no port. Returns false for anything else.
 * No allocation; safe anywhere.
 */
bool gray_address_parse(gray_str_t text, gray_address_t *address);

/*
 * Reads "address" or "address/bits". A block whose host bits are not zero is
 * an error whose hint is the block meant ("write 10.1.0.0/16").
 */
int gray_block_parse(
    gray_str_t text, gray_address_t *block, gray_error_t *error);

/* "::ffff:1.2.3.4", in either case, as "1.2.3.4", which is how people write
 * that address where identities are compared as text (memcached keys); any
 * other text as it is. The result borrows from `text`. */
gray_str_t gray_address_unmapped(gray_str_t text);

/* Whether the text looks like a block ("10.0.0.0/8"): used for hints. */
bool gray_block_looks_like(gray_str_t text);

/* Whether the address lies in the block. */
bool gray_block_contains(
    const gray_address_t *block, const gray_address_t *address);

/* Whether it is an IPv4 address, or a block of them. */
bool gray_address_is_ipv4(const gray_address_t *address);

/* Zeroes the host bits beyond `bits` and sets address->bits. */
void gray_address_mask(gray_address_t *address, unsigned bits);

/* The canonical text (RFC 5952; IPv4 as a dotted quad; "/bits" in the
 * family's own count unless single). Returns its length. */
size_t gray_address_print(
    const gray_address_t *address, char buffer[GRAY_ADDRESS_TEXT_MAX]);

#endif
