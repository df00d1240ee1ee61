/* Reading the JSON that verbs tell: what is not there is "", 0 or false. */

#ifndef GRAYCTL_FIELDS_H
#define GRAYCTL_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

const char *field_text(const json_t *object, const char *name);
uint64_t field_number(const json_t *object, const char *name);
double field_share(const json_t *object, const char *name);
bool field_flag(const json_t *object, const char *name);

/* Seconds since the epoch of a time; 0: none. */
uint64_t field_time(const json_t *object, const char *name);

/* A time as local time, as grayctl_time. */
const char *field_local(
    char buffer[32], const json_t *object, const char *name);

/* The same of a time that has parts of a second. */
const char *field_second(
    char buffer[32], const json_t *object, const char *name);

#endif
