/*
 * JSON as text that is whole or not there.
 */

#ifndef GRAY_CONTROL_JSON_PRINT_H
#define GRAY_CONTROL_JSON_PRINT_H

#include <jansson.h>

/* As json_dumps, malloc'ed; NULL without memory, or when the value is. Unlike
 * json_dumps of Jansson 2.14 it never leaves a member's name out when memory
 * ends. */
char *gray_json_print(const json_t *value, size_t flags);

#endif
