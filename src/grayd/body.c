/* Reading a JSON body. */

#include "body.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "control/escape.h"


int
grayd_body_bad(
    grayd_request_t *request, const char *name, const char *format, ...)
{
    gray_error_t error;
    va_list args;
    char shown[64];

    va_start(args, format);
    (void) gray_error_setv(&error, GRAY_EINVALID, format, args);
    va_end(args);

    (void) gray_error_place(
        &error, "%s", gray_escape(shown, sizeof(shown), name, strlen(name)));
    grayd_reply_error(request, &error);

    return -1;
}


static bool
grayd_is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }

    return false;
}


int
grayd_body_only(grayd_request_t *request, const char *const *names)
{
    const char *name;
    json_t *value;

    json_object_foreach(request->body, name, value)
    {
        if (!grayd_is_one_of(name, names)) {
            return grayd_body_bad(
                request, name, "there is no such member here");
        }
    }

    return 0;
}


/* A member that is there and not null. */
static json_t *
grayd_body_member(const grayd_request_t *request, const char *name)
{
    json_t *value = json_object_get(request->body, name);

    return json_is_null(value) ? NULL : value;
}


int
grayd_body_text(
    grayd_request_t *request, const char *name, bool needed, const char **text)
{
    json_t *value = grayd_body_member(request, name);

    *text = json_string_value(value);

    if (value == NULL && needed) {
        return grayd_body_bad(request, name, "it is missing");
    }

    if (value != NULL && *text == NULL) {
        return grayd_body_bad(request, name, "it is not a string");
    }

    return 0;
}


int
grayd_body_number(grayd_request_t *request, const char *name, uint64_t fallback,
    uint64_t max, uint64_t *number)
{
    json_t *value = grayd_body_member(request, name);
    json_int_t integer = json_integer_value(value);

    *number = fallback;
    if (value == NULL) {
        return 0;
    }

    if (!json_is_integer(value) || integer < 0 || (uint64_t) integer > max) {
        return grayd_body_bad(request, name,
            "it is not a whole number from 0 to %llu",
            (unsigned long long) max);
    }
    *number = (uint64_t) integer;

    return 0;
}


int
grayd_body_flag(grayd_request_t *request, const char *name, bool *flag)
{
    json_t *value = grayd_body_member(request, name);

    *flag = json_is_true(value);

    return value == NULL || json_is_boolean(value)
               ? 0
               : grayd_body_bad(request, name, "it is not true or false");
}


int
grayd_body_texts(grayd_request_t *request, const char *name, bool needed,
    unsigned max, const char ***texts, unsigned *n)
{
    json_t *item, *list = grayd_body_member(request, name);
    size_t i;

    *texts = NULL;
    *n = 0;

    if (list == NULL) {
        return needed ? grayd_body_bad(request, name, "it is missing") : 0;
    }

    if (!json_is_array(list) || json_array_size(list) > max
        || (needed && json_array_size(list) == 0))
    {
        return grayd_body_bad(
            request, name, "it is not a list of up to %u strings", max);
    }

    *texts = calloc(json_array_size(list) + 1, sizeof(**texts));
    if (*texts == NULL) {
        return grayd_body_bad(request, name, "no memory");
    }

    json_array_foreach(list, i, item)
    {
        (*texts)[i] = json_string_value(item);
        if ((*texts)[i] == NULL) {
            free(*texts);
            *texts = NULL;
            return grayd_body_bad(request, name, "[%zu] is not a string", i);
        }
    }
    *n = (unsigned) i;

    return 0;
}


int
grayd_body_object(
    grayd_request_t *request, const char *name, size_t max, json_t **object)
{
    json_t *value;
    const char *key;

    *object = grayd_body_member(request, name);
    if (*object == NULL) {
        return 0;
    }

    if (!json_is_object(*object) || json_object_size(*object) > max) {
        return grayd_body_bad(
            request, name, "it is not an object of up to %zu strings", max);
    }

    json_object_foreach(*object, key, value)
    {
        if (!json_is_string(value)) {
            return grayd_body_bad(
                request, name, "'%.64s' is not a string", key);
        }
    }

    return 0;
}


int
grayd_body_lives(grayd_request_t *request, const char *name,
    gray_explain_live_t lives[GRAYD_LIVES_MAX], unsigned *n)
{
    json_t *value, *object;
    const char *list, *answer;

    *n = 0;
    if (grayd_body_object(request, name, GRAYD_LIVES_MAX, &object) != 0) {
        return -1;
    }

    json_object_foreach(object, list, value)
    {
        gray_explain_live_t *live = &lives[(*n)++];

        answer = json_string_value(value);
        live->list = list;
        live->answer = strcmp(answer, "yes") == 0  ? GRAY_YES
                       : strcmp(answer, "no") == 0 ? GRAY_NO
                                                   : GRAY_UNKNOWN_LIVE;

        if (live->answer == GRAY_UNKNOWN_LIVE && strcmp(answer, "unknown") != 0)
        {
            return grayd_body_bad(request, name,
                "'%.64s' is none of yes, no and unknown", answer);
        }
    }

    return 0;
}
