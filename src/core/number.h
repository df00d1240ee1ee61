/*
 * Decimal numbers as text, compared exactly: no rounding, so two identities
 * of twenty digits that differ in the last are different, and no locale.
 */

#ifndef GRAY_CORE_NUMBER_H
#define GRAY_CORE_NUMBER_H

#include <stdbool.h>
#include "str.h"

/* Whether the text is wholly a decimal number: [-] digits [. digits]. */
bool gray_number_valid(gray_str_t text);

/* Compares two valid numbers of any length: negative, 0 or positive. */
int gray_number_compare(gray_str_t a, gray_str_t b);

#endif
