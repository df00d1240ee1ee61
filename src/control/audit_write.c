/*
 * Audit records: who, when, what.
 */

#include <stdio.h>
#include <string.h>
#include "core/utf8.h"
#include "internal.h"
#include "json_print.h"


/* Consumes the value. A record that cannot take it is dropped: *object is NULL
 * from then on. */
static void
gray_record_put(json_t **object, const char *name, json_t *value)
{
    if (json_object_set_new(*object, name, value) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}


static void
gray_record_set(json_t **object, const char *name, const char *text)
{
    /* A user's name may be anything; JSON is UTF-8. */
    if (text != NULL) {
        bool valid = gray_utf8_valid((gray_str_t){ strlen(text), text })
                     == strlen(text);

        gray_record_put(object, name, json_string(valid ? text : "(bytes)"));
    }
}


/* The time in milliseconds: several records fall into one second. */
static void
gray_record_time(json_t **object)
{
    uint64_t now;
    char seconds[GRAY_TIME_TEXT_MAX], text[GRAY_TIME_TEXT_MAX + 8];

    now = gray_wall_ms();
    gray_time_print(now / 1000, seconds);
    seconds[strlen(seconds) - 1] = '\0';
    (void) snprintf(
        text, sizeof(text), "%s.%03uZ", seconds, (unsigned) (now % 1000));

    gray_record_set(object, "time", text);
}


static json_t *
gray_record_value(json_t *value)
{
    return value != NULL ? json_incref(value) : json_null();
}


char *
gray_record_text(const gray_control_t *control, const gray_record_t *record,
    uint64_t revision)
{
    char *text;
    json_t *object;

    object = json_object();
    gray_record_time(&object);
    gray_record_put(&object, "uid", json_integer(control->uid));
    gray_record_set(&object, "user", control->user);
    gray_record_set(&object, "via", control->via);
    gray_record_set(&object, "verb", record->verb);
    gray_record_set(&object, "release", record->release);
    gray_record_set(&object, "rule", record->rule);
    gray_record_set(&object, "list", record->list);
    gray_record_put(&object, "revision", json_integer((json_int_t) revision));
    gray_record_put(&object, "before", gray_record_value(record->before));
    gray_record_put(&object, "after", gray_record_value(record->after));

    text = object == NULL ? NULL
                          : gray_json_print(
                              object, JSON_COMPACT | JSON_REAL_PRECISION(10));
    json_decref(object);

    return text;
}


void
gray_record_drop(gray_record_t *record)
{
    json_decref(record->before);
    json_decref(record->after);
    record->before = NULL;
    record->after = NULL;
}
