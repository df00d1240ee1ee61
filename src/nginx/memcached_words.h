/*
 * The words of a line of memcached's text protocol.
 */

#ifndef GRAY_MEMCACHED_WORDS_H
#define GRAY_MEMCACHED_WORDS_H

#include <stdbool.h>
#include "core/str.h"

/* Takes the next word off *line, up to one space; false when none is left.
 * Two spaces in a row, or one at the end, give an empty word. When the last
 * word is taken, line->data is NULL. */
bool gray_memcached_word(gray_str_t *line, gray_str_t *word);

/* Reads a canonical decimal number (no sign, no leading zero) of at most
 * `max`, which is at least 9. */
bool gray_memcached_number(gray_str_t word, uint64_t max, uint64_t *number);

bool gray_memcached_is(gray_str_t word, gray_str_t name);

#endif
