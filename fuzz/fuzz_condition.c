/* Any text: parsed or refused with a position; what is parsed prints and
 * parses to the same text again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static size_t
print(gray_str_t text, char **printed)
{
    gray_condition_t *condition;
    gray_error_t error = { 0 };
    char line[1024];
    size_t len;

    if (gray_condition_parse(text, &condition, &error) != 0) {
        if (error.code != GRAY_ESYNTAX
            || (error.line == 0 && text.len <= GRAY_CONDITION_TEXT_MAX))
        {
            abort();
        }
        gray_error_print(&error, line, sizeof(line));
        *printed = NULL;
        return 0;
    }

    len = gray_condition_print(gray_condition_root(condition), NULL, 0);
    *printed = malloc(len + 1);
    gray_condition_print(gray_condition_root(condition), *printed, len + 1);
    gray_condition_free(condition);
    return len;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *first, *second;
    size_t len = print((gray_str_t){ size, (const char *) data }, &first);

    if (first != NULL && len <= GRAY_CONDITION_TEXT_MAX) {
        size_t again = print((gray_str_t){ len, first }, &second);

        if (second == NULL || again != len || memcmp(first, second, len) != 0) {
            abort();
        }
        free(second);
    }

    free(first);
    return 0;
}
