/* Any line of a log: it is bad, or what it says, written again in the text
 * form, reads the same. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/log_line.h"
#include "control/time_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
put(FILE *out, const char *name, size_t len, gray_str_t value)
{
    size_t i;

    fprintf(out, " %.*s=\"", (int) len, name);
    for (i = 0; i < value.len; i++) {
        fprintf(out, "\\x%02X", (unsigned) (unsigned char) value.data[i]);
    }
    fputc('"', out);
}


static char *
write_again(const gray_log_line_t *line, size_t *len)
{
    FILE *out;
    char *text, name[80], time[GRAY_TIME_TEXT_MAX];
    unsigned i;

    out = open_memstream(&text, len);
    gray_time_print(line->time, time);
    fprintf(out, "time=%s", time);
    put(out, "release", 7, line->release);
    put(out, "variant", 7, line->variant);
    put(out, "reason", 6, line->reason);
    fprintf(out, " revision=%llu", (unsigned long long) line->revision);
    for (i = 0; i < line->nattributes; i++) {
        snprintf(name, sizeof(name), "attr.%.*s",
            (int) line->attributes[i].name.len, line->attributes[i].name.data);
        put(out, name, strlen(name), line->attributes[i].value);
    }
    fclose(out);

    return text;
}


static int
differs(gray_str_t a, gray_str_t b)
{
    /* In text "-" is what is absent. */
    if (a.len == 1 && *a.data == '-') {
        a.len = 0;
    }

    return a.len != b.len || (a.len > 0 && memcmp(a.data, b.data, a.len) != 0);
}


static void
check_again(const gray_log_line_t *line)
{
    size_t len;
    unsigned i, n = 0;
    gray_error_t error;
    static gray_log_line_t back;
    char *text = write_again(line, &len);

    if (len <= GRAY_LOG_LINE_MAX) {
        if (gray_log_line_parse(text, len, &back, &error) != 0
            || back.time != line->time || back.revision != line->revision
            || differs(line->release, back.release)
            || differs(line->variant, back.variant)
            || differs(line->reason, back.reason))
        {
            abort();
        }

        for (i = 0; i < line->nattributes; i++) {
            if (line->attributes[i].value.len == 1
                && *line->attributes[i].value.data == '-')
            {
                continue;
            }
            if (differs(line->attributes[i].name, back.attributes[n].name)
                || differs(line->attributes[i].value, back.attributes[n].value))
            {
                abort();
            }
            n++;
        }

        if (n != back.nattributes) {
            abort();
        }
    }

    free(text);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_error_t error;
    static gray_log_line_t line;
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    memset(&error, 0, sizeof(error));

    if (gray_log_line_parse(text, size, &line, &error) == 0) {
        check_again(&line);
    } else if (error.message[0] == '\0') {
        abort();
    }

    free(text);

    return 0;
}
