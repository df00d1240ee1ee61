/* Errors that came as JSON. */

#include <stdio.h>
#include <string.h>

#include "control/json.h"


static void
read_text(const json_t *object, const char *name, char *to, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    (void) snprintf(to, size, "%s", text != NULL ? text : "");
}


static unsigned
read_number(const json_t *object, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(object, name));

    return number > 0 && number <= INT32_MAX ? (unsigned) number : 0;
}


void
gray_json_read_error(const json_t *object, gray_error_t *error)
{
    const char *code = json_string_value(json_object_get(object, "code"));
    const char *message
        = json_object_get(object, "detail") != NULL ? "detail" : "message";

    memset(error, 0, sizeof(*error));
    error->code = gray_error_code_find(code != NULL ? code : "");
    error->line = read_number(object, "line");
    error->column = read_number(object, "column");
    read_text(object, "place", error->place, sizeof(error->place));
    read_text(object, message, error->message, sizeof(error->message));
    read_text(object, "hint", error->hint, sizeof(error->hint));
}


void
gray_json_read_errors(const json_t *problem, gray_errors_t *errors)
{
    size_t i, n;
    const json_t *list = json_object_get(problem, "errors");

    memset(errors, 0, sizeof(*errors));
    n = json_array_size(list);

    for (i = 0; i < n; i++) {
        gray_json_read_error(json_array_get(list, i), gray_errors_next(errors));
    }

    if (n == 0) {
        gray_json_read_error(problem, gray_errors_next(errors));
    }

    if (read_number(problem, "total") > errors->total) {
        errors->total = read_number(problem, "total");
    }
}
