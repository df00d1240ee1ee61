#include <stdio.h>
#include <string.h>
#include <time.h>
#include "internal.h"


static uint64_t
gray_clock_ms(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);

    return (uint64_t) ts.tv_sec * 1000 + (uint64_t) ts.tv_nsec / 1000000;
}


uint64_t
gray_wall_ms(void)
{
    return gray_clock_ms(CLOCK_REALTIME);
}


uint64_t
gray_monotonic_ms(void)
{
    return gray_clock_ms(CLOCK_MONOTONIC);
}


void
gray_time_print(uint64_t seconds, char text[GRAY_TIME_TEXT_MAX])
{
    struct tm tm;
    time_t time;

    time = (time_t) seconds;
    if (gmtime_r(&time, &tm) == NULL
        || strftime(text, GRAY_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        (void) snprintf(text, GRAY_TIME_TEXT_MAX, "?");
    }
}


uint64_t
gray_expired_before(void)
{
    return gray_wall_ms() / 1000 + 1;
}


/* The digits of a number of `n` digits; -1: others. */
static int
gray_digits(const char *data, unsigned n)
{
    int value;
    unsigned i;

    for (i = 0, value = 0; i < n; i++) {
        if (data[i] < '0' || data[i] > '9') {
            return -1;
        }
        value = value * 10 + (data[i] - '0');
    }

    return value;
}


/* "Z" or "+08:00" in seconds east of Greenwich; false: neither. */
static bool
gray_zone_parse(const char *data, size_t len, long *seconds)
{
    int hours, minutes;

    *seconds = 0;
    if (len == 1) {
        return *data == 'Z' || *data == 'z';
    }
    if (len != 6 || (*data != '+' && *data != '-') || data[3] != ':') {
        return false;
    }

    hours = gray_digits(data + 1, 2);
    minutes = gray_digits(data + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    *seconds = (hours * 60L + minutes) * 60 * (*data == '-' ? -1 : 1);

    return true;
}


bool
gray_time_parse(gray_str_t text, uint64_t *seconds)
{
    long zone;
    int64_t value;
    struct tm tm, back;
    const char *p;

    p = text.data;
    if (text.len < 20 || p[4] != '-' || p[7] != '-'
        || (p[10] != 'T' && p[10] != 't' && p[10] != ' ') || p[13] != ':'
        || p[16] != ':' || !gray_zone_parse(p + 19, text.len - 19, &zone))
    {
        return false;
    }

    memset(&tm, 0, sizeof(tm));
    tm.tm_year = gray_digits(p, 4) - 1900;
    tm.tm_mon = gray_digits(p + 5, 2) - 1;
    tm.tm_mday = gray_digits(p + 8, 2);
    tm.tm_hour = gray_digits(p + 11, 2);
    tm.tm_min = gray_digits(p + 14, 2);
    tm.tm_sec = gray_digits(p + 17, 2);

    /* timegm normalises what is out of range: what changed was no date. */
    back = tm;
    value = (int64_t) timegm(&back) - zone;
    if (back.tm_year != tm.tm_year || back.tm_mon != tm.tm_mon
        || back.tm_mday != tm.tm_mday || back.tm_hour != tm.tm_hour
        || back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec || value <= 0)
    {
        return false;
    }

    *seconds = (uint64_t) value;

    return true;
}
