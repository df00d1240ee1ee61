/*
 * Times as text: RFC 3339 in whole seconds.
 */

#ifndef GRAY_CONTROL_TIME_TEXT_H
#define GRAY_CONTROL_TIME_TEXT_H

#include <stdbool.h>
#include "core/str.h"

/* "2026-01-31T12:00:00Z". */
#define GRAY_TIME_TEXT_MAX 32
void gray_time_print(uint64_t seconds, char text[GRAY_TIME_TEXT_MAX]);

/* RFC 3339 with any zone; false for anything else. */
bool gray_time_parse(gray_str_t text, uint64_t *seconds);

#endif
