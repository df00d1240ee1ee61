/*
 * base64url without padding: RFC 4648, section 5.
 */

#ifndef GRAY_CORE_BASE64URL_H
#define GRAY_CORE_BASE64URL_H

#include <stdbool.h>
#include "str.h"

/* The text's length for `len` bytes, without a NUL. */
#define gray_base64url_size(len) (((len) *4 + 2) / 3)

/* Writes the text, without a NUL; returns its length. */
size_t gray_base64url_encode(
    const unsigned char *bytes, size_t len, char *text);

/*
 * Reads the text into at most `size` bytes, and their number into *len. false:
 * too long, another character (padding too), or spare bits that are not 0, so
 * that no two texts give the same bytes.
 */
bool gray_base64url_decode(
    gray_str_t text, unsigned char *bytes, size_t size, size_t *len);

#endif
