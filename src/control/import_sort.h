/*
 * Sorting packed members in memory.
 */

#ifndef GRAY_CONTROL_IMPORT_SORT_H
#define GRAY_CONTROL_IMPORT_SORT_H

#include "import_packed.h"

/* Where a member begins; the word is the sort's own. */
typedef struct {
    uint64_t word;
    uint32_t at;
} gray_sort_t;

/*
 * Puts `order` into the order of the keys; equal keys stay in the order in
 * which they are. `spare` has room for as many. By words of seven bytes, least
 * significant first, and then within those that share a word: linear in the
 * bytes that tell the keys apart. Returns how many first bytes all have in
 * common.
 */
unsigned gray_sort_packed(const unsigned char *bytes, gray_sort_t *order,
    gray_sort_t *spare, size_t n);

#endif
