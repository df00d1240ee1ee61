/* What all parts of the daemon use. */

#include "grayd.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>


uint64_t
grayd_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}


void
grayd_log(int level, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void) vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    (void) fprintf(stderr, "<%d>grayd: %s\n", level, text);
}
