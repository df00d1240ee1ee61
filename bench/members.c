/*
 * Prints the device ids of the numbers below COUNT, one a line. Their order
 * is that of the numbers, which means nothing for the texts: the lines are
 * unsorted.
 *
 *     members COUNT [AFTER] >FILE      AFTER follows each id
 */

#include <stdio.h>
#include <stdlib.h>

#include "identity.h"


int
main(int argc, char **argv)
{
    unsigned long long count = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    const char *after = argc > 2 ? argv[2] : "";
    char line[DEVICE_LEN];

    if (count == 0) {
        fprintf(stderr, "usage: members COUNT [AFTER] >FILE\n");
        return 2;
    }

    for (unsigned long long i = 0; i < count; i++) {
        device(i, line);
        fwrite(line, 1, sizeof(line), stdout);
        fputs(after, stdout);
        putchar('\n');
    }

    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
