#include <stdlib.h>
#include "json_print.h"


char *
gray_json_print(const json_t *value, size_t flags)
{
    size_t len;
    char *text;

    len = json_dumpb(value, NULL, 0, flags);
    text = len > 0 ? malloc(len + 1) : NULL;
    if (text == NULL) {
        return NULL;
    }

    if (json_dumpb(value, text, len, flags) != len) {
        free(text);
        return NULL;
    }
    text[len] = '\0';

    return text;
}
