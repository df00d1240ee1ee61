/*
 * Importing from a text, for the tests of imports.
 */

#ifndef GRAY_TESTS_CONTROL_IMPORT_STORY_H
#define GRAY_TESTS_CONTROL_IMPORT_STORY_H

#include "story.h"
#include "control/import.h"

#define MANY 30000

static inline int
import_bytes(story_t *story, const char *list, const void *bytes, size_t len,
    const gray_import_t *options, gray_imported_t *imported)
{
    int rc;
    FILE *in = tmpfile();

    assert_int_equal(fwrite(bytes, 1, len, in), len);
    rewind(in);
    rc = gray_control_list_import(
        story->control, list, in, options, imported, &story->error);
    (void) fclose(in);

    return rc;
}


static inline int
import(story_t *story, const char *list, const char *text,
    const gray_import_t *options, gray_imported_t *imported)
{
    return import_bytes(story, list, text, strlen(text), options, imported);
}


/* n lines in an order of no order: PREFIX and a number. */
static inline char *
lines(char prefix, unsigned n)
{
    char *text = malloc((size_t) n * 16 + 1), *to = text;

    *to = '\0';
    for (unsigned i = 0; i < n; i++) {
        to += sprintf(to, "%c%07u\n", prefix, (unsigned) (i * 7919ULL % n));
    }

    return text;
}


static inline uint64_t
count(story_t *story, const char *list)
{
    char *text;
    size_t len;
    uint64_t exported;
    FILE *out = open_memstream(&text, &len);

    story_ok(story, gray_control_list_export(story->control, list, out, NULL,
                        NULL, &exported, &story->error));
    (void) fclose(out);
    free(text);

    return exported;
}

#endif
