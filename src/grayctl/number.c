#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* A century: longer is a slip of the hand. */
#define DURATION_MAX (36525ull * 86400 * 1000)

static const struct {
    const char *suffix;
    uint64_t ms;
} units[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "m", 60 * 1000 },
    { "h", 3600 * 1000 },
    { "d", 86400 * 1000 },
    { "w", 7 * 86400 * 1000 },
};

static bool
read_count(const char *text, uint64_t *number, const char **rest)
{
    char *end;

    if (*text < '0' || *text > '9') {
        return false;
    }

    errno = 0;
    *number = strtoull(text, &end, 10);
    *rest = end;

    return errno == 0;
}

static bool
read_duration(const char *text, uint64_t *number)
{
    size_t i;
    const char *rest;

    if (!read_count(text, number, &rest)) {
        return false;
    }

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].suffix, rest) == 0) {
            return !__builtin_mul_overflow(*number, units[i].ms, number)
                   && *number > 0 && *number <= DURATION_MAX;
        }
    }

    return false;
}

bool
grayctl_percent(const char *text, uint64_t *number)
{
    uint64_t unit = 1000;
    const char *rest;

    if (!read_count(text, number, &rest) || *number > 1000000) {
        return false;
    }

    *number *= unit;

    if (*rest == '.' && rest[1] >= '0' && rest[1] <= '9') {
        for (rest++; *rest >= '0' && *rest <= '9' && unit > 1; rest++) {
            unit /= 10;
            *number += (uint64_t) (*rest - '0') * unit;
        }
    }

    return *rest == '\0' || strcmp(rest, "%") == 0;
}

int
grayctl_number_parse(const grayctl_option_t *option, const char *text,
    uint64_t *number, gray_error_t *error)
{
    const char *rest, *what, *example;

    switch (option->kind) {
    case GRAYCTL_COUNT:
        if (read_count(text, number, &rest) && *rest == '\0') {
            return 0;
        }

        what = "a whole number";
        example = "1000";
        break;

    case GRAYCTL_DURATION:
        if (read_duration(text, number)) {
            return 0;
        }

        what = "a time";
        example = "500ms, 5s, 30m, 24h or 7d";
        break;

    case GRAYCTL_PERCENT:
        if (grayctl_percent(text, number)) {
            return 0;
        }

        what = "a percentage";
        example = "20% or 0.5%";
        break;

    default:
        *number = 0;
        return 0;
    }

    gray_error_set(
        error, GRAY_EINVALID, "--%s: '%s' is not %s", option->name, text, what);

    return gray_error_hint(error, "write it like %s", example);
}
