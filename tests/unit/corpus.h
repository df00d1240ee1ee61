/* Runs every file of a fuzz target's corpus through the target. */

#ifndef CORPUS_H
#define CORPUS_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CORPUS_INPUT_MAX 65536

typedef int (*corpus_target_pt)(const uint8_t *data, size_t size);


static inline void
corpus_run(corpus_target_pt target, const char *path)
{
    static uint8_t input[CORPUS_INPUT_MAX];
    FILE *file = fopen(path, "rb");
    uint8_t *exact;
    size_t n;

    assert_non_null(file);
    n = fread(input, 1, sizeof(input), file);
    (void) fclose(file);

    /* Of the exact size, so that a sanitizer sees a read beyond it. */
    exact = malloc(n > 0 ? n : 1);
    memcpy(exact, input, n);
    (void) target(exact, n);
    free(exact);
}


/* The folder is fuzz/corpus/NAME. */
static inline void
corpus_replay(corpus_target_pt target, const char *name)
{
    struct dirent *entry;
    char path[512];
    unsigned n = 0;
    DIR *dir;

    (void) snprintf(path, sizeof(path), "%s/fuzz/corpus/%s", GRAY_ROOT, name);
    dir = opendir(path);

    if (dir == NULL) {
        fail_msg("%s: no such folder", path);
    }

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void) snprintf(path, sizeof(path), "%s/fuzz/corpus/%s/%.200s",
                GRAY_ROOT, name, entry->d_name);
            corpus_run(target, path);
            n++;
        }
    }

    (void) closedir(dir);
    assert_true(n > 0);
}

#endif
