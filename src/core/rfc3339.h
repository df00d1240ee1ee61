/*
 * Times as RFC 3339 writes them: 2026-12-01T00:00:00+08:00.
 */

#ifndef GRAY_CORE_RFC3339_H
#define GRAY_CORE_RFC3339_H

#include <stdbool.h>
#include "str.h"

/*
 * Reads a time with whole seconds and an offset ("Z", "+08:00") into seconds
 * since 1970-01-01T00:00:00Z. Returns false for anything else: no such day, a
 * fraction of a second, a leap second, lower-case letters, no offset.
 * No allocation; safe anywhere.
 */
bool gray_rfc3339_parse(gray_str_t text, int64_t *seconds);

#endif
