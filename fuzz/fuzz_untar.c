/* Any archive: unpacked into its folder and nowhere else, or refused; what was
 * made is removed again. Heads get the right sum, so that more than the sum is
 * tried. */

#define _GNU_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "grayd/untar.h"

#define BLOCK 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
set_sums(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        uint8_t *head = bytes + at;
        unsigned sum = 0;

        if (memcmp(head + 257, "ustar", 5) != 0) {
            continue;
        }

        memset(head + 148, ' ', 8);
        for (int i = 0; i < BLOCK; i++) {
            sum += head[i];
        }
        (void) snprintf((char *) head + 148, 8, "%06o", sum);
    }
}


/* How many names stand in the folder that has the archive's. */
static unsigned
count(const char *path)
{
    unsigned n = 0;
    const struct dirent *entry;
    DIR *dir = opendir(path);

    if (dir == NULL) {
        abort();
    }

    while ((entry = readdir(dir)) != NULL) {
        n += entry->d_name[0] != '.';
    }
    (void) closedir(dir);

    return n;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char outer[] = "/dev/shm/fuzz-untar-XXXXXX", inner[64];
    uint8_t *bytes = malloc(size + 1);
    gray_error_t error;
    FILE *in;

    if (bytes == NULL || size == 0 || mkdtemp(outer) == NULL) {
        free(bytes);
        return 0;
    }

    memcpy(bytes, data, size);
    set_sums(bytes, size);
    (void) snprintf(inner, sizeof(inner), "%s/in", outer);
    in = fmemopen(bytes, size, "r");

    if (in != NULL && mkdir(inner, 0700) == 0) {
        (void) grayd_untar(in, inner, &error);
        if (count(outer) != 1) {
            abort();
        }
        grayd_untar_remove(inner);
        if (count(outer) != 0) {
            abort();
        }
    }

    if (in != NULL) {
        (void) fclose(in);
    }
    (void) rmdir(outer);
    free(bytes);

    return 0;
}
