/* Any text: both readers of times, the one of conditions and the one of the
 * command line, agree with each other and with libc's calendar. */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/time_text.h"
#include "core/rfc3339.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
time_check(int holds)
{
    if (!holds) {
        abort();
    }
}


/* What was read stands in the text: libc's calendar gives its fields. */
static void
time_check_calendar(const char *text, size_t len, int64_t seconds)
{
    int hours = 0, minutes = 0;
    char local[GRAY_TIME_TEXT_MAX];
    struct tm tm;
    time_t time;

    if (len > 20) {
        hours = (text[20] - '0') * 10 + text[21] - '0';
        minutes = (text[23] - '0') * 10 + text[24] - '0';
    }
    time = (time_t) seconds
           + (hours * 60 + minutes) * (text[19] == '-' ? -60 : 60);

    time_check(gmtime_r(&time, &tm) != NULL);
    memcpy(local, text, 4);
    local[4] = '\0';
    time_check(tm.tm_year + 1900 == atoi(local));
    time_check(strftime(local, sizeof(local), "-%m-%dT%H:%M:%S", &tm) == 15);
    time_check(memcmp(local, text + 4, 15) == 0);
}


static void
time_check_printed(uint64_t seconds)
{
    char printed[GRAY_TIME_TEXT_MAX];
    gray_str_t text = { 0, printed };
    uint64_t again;
    int64_t strict;

    gray_time_print(seconds, printed);
    text.len = strlen(printed);
    time_check(text.len == 20);
    time_check(gray_time_parse(text, &again) && again == seconds);
    time_check(
        gray_rfc3339_parse(text, &strict) && strict == (int64_t) seconds);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    gray_str_t text = { size, copy };
    uint64_t seconds;
    int64_t strict;
    bool wide;

    memcpy(copy, data, size);
    wide = gray_time_parse(text, &seconds);

    /* The command line also reads lower-case letters and a space, and no
     * time before 1970. */
    if (gray_rfc3339_parse(text, &strict)) {
        time_check_calendar(copy, size, strict);
        time_check(wide == (strict > 0));
        time_check(!wide || strict == (int64_t) seconds);
    }

    if (wide && seconds < 253402300800) {
        time_check_printed(seconds);
    }

    free(copy);
    return 0;
}
