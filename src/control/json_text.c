/* Texts, times and errors as JSON. */

#include "control/json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/escape.h"


json_t *
gray_json_text(const char *text)
{
    size_t len;
    char *escaped;
    json_t *string;

    if (text == NULL) {
        return json_null();
    }

    string = json_string(text);

    if (string != NULL) {
        return string;
    }

    len = strlen(text);
    escaped = malloc(4 * len + 1);

    if (escaped == NULL) {
        return json_null();
    }

    string = json_string(gray_escape(escaped, 4 * len + 1, text, len));
    free(escaped);

    return string;
}


json_t *
gray_json_time(uint64_t seconds)
{
    struct tm tm;
    char text[40];
    time_t t = (time_t) seconds;

    if (seconds == 0 || gmtime_r(&t, &tm) == NULL
        || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        return json_null();
    }

    return json_string(text);
}


json_t *
gray_json_error(const gray_error_t *error)
{
    json_t *object = json_object();

    json_object_set_new(
        object, "code", json_string(gray_error_code_name(error->code)));
    json_object_set_new(object, "message", gray_json_text(error->message));
    json_object_set_new(object, "place", gray_json_text(error->place));
    json_object_set_new(object, "line", json_integer(error->line));
    json_object_set_new(object, "column", json_integer(error->column));
    json_object_set_new(object, "hint", gray_json_text(error->hint));

    return object;
}


json_t *
gray_json_errors(const gray_errors_t *errors)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < errors->n; i++) {
        json_array_append_new(list, gray_json_error(&errors->list[i]));
    }

    return list;
}


json_t *
gray_json_bad_line(uint64_t line, const gray_error_t *error)
{
    return json_pack("{s:I, s:o, s:o}", "line", (json_int_t) line, "message",
        gray_json_text(error->message), "hint", gray_json_text(error->hint));
}


static void
add_warnings(json_t *object, const gray_control_t *control)
{
    const gray_errors_t *warnings = gray_control_warnings(control);

    if (warnings->n > 0) {
        json_object_set_new(object, "warnings", gray_json_errors(warnings));
    }

    if (warnings->total > warnings->n) {
        json_object_set_new(object, "more_warnings",
            json_integer(warnings->total - warnings->n));
    }
}


json_t *
gray_json_done(const gray_control_t *control)
{
    json_t *object
        = json_pack("{s:b, s:I}", "changed", gray_control_changed(control),
            "revision", (json_int_t) gray_control_revision(control));

    add_warnings(object, control);

    return object;
}


json_t *
gray_json_dry_run(const gray_control_t *control, const gray_dry_run_t *dry_run)
{
    unsigned i;
    json_t *object, *changes = json_array();

    for (i = 0; i < dry_run->nchanges; i++) {
        json_array_append_new(changes, gray_json_text(dry_run->changes[i]));
    }

    object = json_pack("{s:b, s:b, s:I, s:o, s:b, s:o?}", "changed", false,
        "dry_run", true, "revision",
        (json_int_t) gray_control_revision(control), "changes", changes, "made",
        dry_run->made, "document",
        dry_run->document != NULL ? json_loads(dry_run->document, 0, NULL)
                                  : NULL);
    add_warnings(object, control);

    return object;
}


json_t *
gray_json_audit(const gray_audit_record_t *record)
{
    json_t *object = json_loads(record->json, 0, NULL);

    json_object_set_new(
        object, "sequence", json_integer((json_int_t) record->sequence));
    json_object_set_new(object, "summary", gray_json_text(record->summary));

    return object;
}
