/*
 * Versions of any number of dotted numeric parts: 8.0.47.2560, v1.2.0-rc.1.
 *
 *     version    = [ "v" ] number { "." number } [ "-" ids ] [ "+" ids ]
 *     ids        = id { "." id }, an id of letters, digits and "-"
 *
 * The order is that of semver.org 2.0.0, section 11, for any number of parts:
 * parts that are missing count as 0 (v8 = v8.0.0), numbers have any length,
 * what follows "+" does not count.
 */

#ifndef GRAY_CORE_SEMVER_H
#define GRAY_CORE_SEMVER_H

#include <stdbool.h>
#include "str.h"

/* Whether the text is wholly a version. No allocation; safe anywhere. */
bool gray_semver_valid(gray_str_t text);

/* Compares two valid versions: negative, 0 or positive. */
int gray_semver_compare(gray_str_t a, gray_str_t b);

#endif
