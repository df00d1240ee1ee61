/*
 * Which identities can be memcached keys.
 *
 * memcached's text protocol (doc/protocol.txt in its source) ends a key at a
 * space or a line's end and limits it to 250 bytes. An identity comes from
 * a client and may hold anything, so it is checked here before it is ever
 * sent: what cannot be a key is in no memcached, and so is not listed.
 */

#ifndef GRAY_MEMCACHED_KEY_H
#define GRAY_MEMCACHED_KEY_H

#include <stdbool.h>
#include "core/str.h"

/* The longest key memcached takes. */
#define GRAY_MEMCACHED_KEY_MAX 250

/* Whether every byte is 0x21-0x7e or >= 0x80: no space, no control byte, no
 * DEL. True for the empty string. */
bool gray_memcached_bytes_safe(gray_str_t bytes);

/* Whether `identity`, after a prefix of `prefix` safe bytes, is a key: not
 * empty, safe, and both together at most GRAY_MEMCACHED_KEY_MAX bytes. */
bool gray_memcached_key_valid(size_t prefix, gray_str_t identity);

#endif
