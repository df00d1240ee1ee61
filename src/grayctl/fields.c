#define _GNU_SOURCE /* strptime, timegm */
#include "fields.h"

#include <string.h>
#include <time.h>

#include "control/time_text.h"
#include "output.h"

const char *
field_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

uint64_t
field_number(const json_t *object, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(object, name));

    return number > 0 ? (uint64_t) number : 0;
}

double
field_share(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

bool
field_flag(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

uint64_t
field_time(const json_t *object, const char *name)
{
    uint64_t seconds;
    const char *text = field_text(object, name);

    return gray_time_parse((gray_str_t){ strlen(text), text }, &seconds)
               ? seconds
               : 0;
}

const char *
field_local(char buffer[32], const json_t *object, const char *name)
{
    return grayctl_time(buffer, field_time(object, name));
}

const char *
field_second(char buffer[32], const json_t *object, const char *name)
{
    struct tm tm = { 0 };

    return strptime(field_text(object, name), "%Y-%m-%dT%H:%M:%S", &tm) == NULL
               ? "-"
               : grayctl_time(buffer, (uint64_t) timegm(&tm));
}
