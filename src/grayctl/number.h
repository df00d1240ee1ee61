/* The numbers that options take. */

#ifndef GRAYCTL_NUMBER_H
#define GRAYCTL_NUMBER_H

#include "command.h"

/* Reads a value of this kind in its unit (grayctl_kind_t). -1 and an error
 * that says how to write one. */
int grayctl_number_parse(const grayctl_option_t *option, const char *text,
    uint64_t *number, gray_error_t *error);

/* Reads "20", "20%" or "0.125" in thousandths of a percent: the buckets of
 * a split. False for anything else. */
bool grayctl_percent(const char *text, uint64_t *number);

#endif
