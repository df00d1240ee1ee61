/*
 * Names of releases, variants, rules, lists and attributes.
 */

#ifndef GRAY_CORE_NAME_H
#define GRAY_CORE_NAME_H

#include <stdbool.h>
#include "str.h"

/* The longest name, without its NUL. */
#define GRAY_NAME_MAX 63

/* The longest identity (a list member, an attribute's hashed value); the
 * shortest is 1 byte. Longer or empty ones are refused, never cut. */
#define GRAY_IDENTITY_MAX 255

/* Releases, variants, rules and lists: [A-Za-z0-9_] then [A-Za-z0-9_.-],
 * 1 to 63 bytes. "off" is no release's name (`gray off;`). */
bool gray_name_valid(gray_str_t name);

/* Attributes: [A-Za-z_][A-Za-z0-9_]*, 1 to 63 bytes, and none of the
 * language's words (gray_attribute_reserved). */
bool gray_attribute_valid(gray_str_t name);

/* Whether the name is a word of the condition language: and, or, not, in,
 * has, true, false, now, starts, ends, contains, matches. */
bool gray_attribute_reserved(gray_str_t name);

#endif
