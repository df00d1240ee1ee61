/*
 * Whether bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */

#ifndef GRAY_CORE_UTF8_H
#define GRAY_CORE_UTF8_H

#include "str.h"

/* The length of the longest prefix that is UTF-8: text.len when all is. */
size_t gray_utf8_valid(gray_str_t text);

#endif
