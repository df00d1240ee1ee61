#include <string.h>
#include "name.h"

static const char *const reserved[] = {
    "and",
    "or",
    "not",
    "in",
    "has",
    "true",
    "false",
    "now",
    "starts",
    "ends",
    "contains",
    "matches",
};


/* The locale's isalnum would let bytes above 0x7f through. */
static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}


static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}


bool
gray_name_valid(gray_str_t name)
{
    size_t i;

    if (name.len == 0 || name.len > GRAY_NAME_MAX) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!is_letter(c) && !is_digit(c) && (i == 0 || (c != '.' && c != '-')))
        {
            return false;
        }
    }

    return !(name.len == 3 && memcmp(name.data, "off", 3) == 0);
}


bool
gray_attribute_valid(gray_str_t name)
{
    size_t i;

    if (name.len == 0 || name.len > GRAY_NAME_MAX || is_digit(name.data[0])) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        if (!is_letter(name.data[i]) && !is_digit(name.data[i])) {
            return false;
        }
    }

    return !gray_attribute_reserved(name);
}


bool
gray_attribute_reserved(gray_str_t name)
{
    size_t i;

    for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strlen(reserved[i]) == name.len
            && memcmp(reserved[i], name.data, name.len) == 0)
        {
            return true;
        }
    }

    return false;
}
