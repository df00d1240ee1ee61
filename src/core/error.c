#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "error.h"

static const char *const code_names[] = {
    [GRAY_OK] = "ok",
    [GRAY_EINVALID] = "invalid",
    [GRAY_ESYNTAX] = "syntax",
    [GRAY_ENOTFOUND] = "not_found",
    [GRAY_EEXISTS] = "exists",
    [GRAY_ECONFLICT] = "conflict",
    [GRAY_EINUSE] = "in_use",
    [GRAY_EGUARD] = "guard",
    [GRAY_EFULL] = "full",
    [GRAY_EPERMISSION] = "permission",
    [GRAY_EREPLACED] = "replaced",
    [GRAY_ESCHEMA] = "schema",
    [GRAY_EDAMAGED] = "damaged",
    [GRAY_ENOSTORE] = "no_store",
    [GRAY_ETIMEOUT] = "timeout",
    [GRAY_ESYSTEM] = "system",
};


int
gray_error_setv(gray_error_t *error, gray_error_code_t code, const char *format,
    va_list args)
{
    gray_error_t new = { .code = code };

    /* The arguments may point into *error: it is written last. */
    vsnprintf(new.message, sizeof(new.message), format, args);

    *error = new;
    return -1;
}


int
gray_error_set(
    gray_error_t *error, gray_error_code_t code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void) gray_error_setv(error, code, format, args);
    va_end(args);

    return -1;
}


int
gray_error_hint(gray_error_t *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->hint, sizeof(error->hint), format, args);
    va_end(args);

    return -1;
}


int
gray_error_place(gray_error_t *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->place, sizeof(error->place), format, args);
    va_end(args);

    return -1;
}


const char *
gray_error_code_name(gray_error_code_t code)
{
    size_t n = sizeof(code_names) / sizeof(code_names[0]);

    return (size_t) code < n ? code_names[code] : "unknown";
}


gray_error_code_t
gray_error_code_find(const char *name)
{
    size_t i, n = sizeof(code_names) / sizeof(code_names[0]);

    for (i = 0; i < n; i++) {
        if (strcmp(code_names[i], name) == 0) {
            return (gray_error_code_t) i;
        }
    }

    return GRAY_ESYSTEM;
}


int
gray_error_print(const gray_error_t *error, char *buffer, unsigned size)
{
    char position[48] = "";

    if (error->line > 1) {
        snprintf(position, sizeof(position),
            "line %u, column %u: ", error->line, error->column);
    } else if (error->column > 0) {
        snprintf(position, sizeof(position), "column %u: ", error->column);
    }

    return snprintf(buffer, size, "%s%s%s%s%s%s", error->place,
        error->place[0] ? ": " : "", position, error->message,
        error->hint[0] ? "; " : "", error->hint);
}
