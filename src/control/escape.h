/*
 * Text that came from outside (identities, notes, file names) may hold bytes
 * that a terminal would obey, or that are no UTF-8.
 */

#ifndef GRAY_CONTROL_ESCAPE_H
#define GRAY_CONTROL_ESCAPE_H

#include <stddef.h>

/* Copies text, with control characters and what is no UTF-8 as \xNN. Always
 * ends with a NUL; cuts at `size`. Returns `to`. */
char *gray_escape(char *to, size_t size, const char *text, size_t len);

#endif
