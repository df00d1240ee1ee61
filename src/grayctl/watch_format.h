/*
 * Figures as short texts: never more than seven characters.
 */

#ifndef GRAYCTL_WATCH_FORMAT_H
#define GRAYCTL_WATCH_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_FORMAT_MAX 32

/* "0", "3.4", "1,204", "12.3k", "1.2M": a rate per second. */
const char *watch_rate(char text[WATCH_FORMAT_MAX], double rate);

/* "0%", "0.02%", "12.5%": n of all; "-" of none. */
const char *watch_share(char text[WATCH_FORMAT_MAX], uint64_t n, uint64_t all);

/* "5%", "12.5%", "0.125%": a weight in buckets. */
const char *watch_weight(char text[WATCH_FORMAT_MAX], uint32_t buckets);

/* "0.43ms", "12.3ms", "1.23s". */
const char *watch_time(char text[WATCH_FORMAT_MAX], uint64_t us);

/* A bar for each value, the largest as high as a line, none where it is
 * negative: not known. `text` has room for 3 * n + 1 bytes. */
void watch_spark(char *text, const float *values, unsigned n, bool utf8);

/* The largest of the values; 0 when none is known. */
float watch_largest(const float *values, unsigned n);

#endif
