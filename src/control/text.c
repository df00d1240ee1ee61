#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"


int
gray_texts_add(gray_texts_t *texts, const char *data, size_t len)
{
    char *copy, **grown;

    grown = realloc(texts->texts, (texts->n + 1) * sizeof(char *));
    if (grown == NULL) {
        return -1;
    }
    texts->texts = grown;

    copy = malloc(len + 1);
    if (copy == NULL) {
        return -1;
    }
    memcpy(copy, data, len);
    copy[len] = '\0';

    texts->texts[texts->n++] = copy;

    return 0;
}


bool
gray_texts_have(const gray_texts_t *texts, const char *data, size_t len)
{
    unsigned i;

    for (i = 0; i < texts->n; i++) {
        if (strlen(texts->texts[i]) == len
            && memcmp(texts->texts[i], data, len) == 0) {
            return true;
        }
    }

    return false;
}


void
gray_texts_free(gray_texts_t *texts)
{
    unsigned i;

    for (i = 0; i < texts->n; i++) {
        free(texts->texts[i]);
    }
    free(texts->texts);
    memset(texts, 0, sizeof(*texts));
}


char *
gray_text(const char *format, ...)
{
    char *text;
    int len;
    va_list args;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);

    return len < 0 ? NULL : text;
}


void
gray_percent_print(uint32_t buckets, char text[16])
{
    size_t len;

    len = (size_t) snprintf(
        text, 16, "%u.%03u", buckets / 1000, buckets % 1000);

    while (text[len - 1] == '0') {
        len--;
    }
    if (text[len - 1] == '.') {
        len--;
    }
    text[len] = '\0';
}
