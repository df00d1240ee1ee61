#define _GNU_SOURCE

#include <time.h>
#include "core_test.h"
#include "core/rfc3339.h"


static void
test_times_are_read_with_their_offset(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:01Z", 1 },
        { "1969-12-31T23:59:59Z", -1 },
        { "1970-01-01T00:00:00+08:00", -28800 },
        { "1970-01-01T00:00:00-00:30", 1800 },
        { "1970-01-01T00:00:00-00:00", 0 },
        { "2000-02-29T00:00:00Z", 951782400 },
        { "2026-12-01T00:00:00+08:00", 1796054400 },
        { "2026-11-30T16:00:00Z", 1796054400 },
        { "2038-01-19T03:14:08Z", 2147483648 },
        { "2100-03-01T00:00:00Z", 4107542400 },
        { "9999-12-31T23:59:59Z", 253402300799 },
        { "0000-01-01T00:00:00Z", -62167219200 },
        { "0001-01-01T00:00:00Z", -62135596800 },
        { "0000-03-01T00:00:00Z", -62162035200 },
    };
    int64_t seconds;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        if (!gray_rfc3339_parse(str_of(cases[i].text), &seconds)
            || seconds != cases[i].seconds)
        {
            fail_msg("%s: %lld", cases[i].text, (long long) seconds);
        }
    }
}


static void
test_what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = { "", "2026", "2026-12-01",
        "2026-12-01T00:00:00", "2026-12-01T00:00Z", "2026-12-01 00:00:00Z",
        "2026-12-01t00:00:00Z", "2026-12-01T00:00:00z",
        "2026-12-01T00:00:00.5Z", "2026-12-01T00:00:00+0800",
        "2026-12-01T00:00:00+08", "2026-12-01T00:00:00+24:00",
        "2026-12-01T00:00:00+08:60", "2026-12-01T00:00:00 08:00",
        "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-12-00T00:00:00Z",
        "2026-12-32T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z", "2026-12-01T24:00:00Z", "2026-12-01T00:60:00Z",
        "2026-12-31T23:59:60Z", "20261201T000000Z", "2026-12-01T00:00:00ZZ",
        " 2026-12-01T00:00:00Z", "+026-12-01T00:00:00Z",
        "2026-1-01T00:00:00Z" };
    int64_t seconds;
    size_t i;

    (void) state;

    for (i = 0; i < COUNT(bad); i++) {
        if (gray_rfc3339_parse(str_of(bad[i]), &seconds)) {
            fail_msg("'%s'", bad[i]);
        }
    }
}


static void
test_every_tenth_day_of_the_calendar_agrees_with_libc(void **state)
{
    char text[32];
    int64_t day, seconds;

    (void) state;

    for (day = -719000; day < 2900000; day += 10) {
        time_t t = (time_t) (day * 86400 + 3661);
        struct tm tm;

        gmtime_r(&t, &tm);
        snprintf(text, sizeof(text), "%04d-%02d-%02dT01:01:01Z",
            (tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100,
            tm.tm_mday % 100);

        if (!gray_rfc3339_parse(str_of(text), &seconds)
            || seconds != (int64_t) t) {
            fail_msg("%s: %lld", text, (long long) seconds);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_read_with_their_offset),
        cmocka_unit_test(test_what_is_no_time_is_refused),
        cmocka_unit_test(test_every_tenth_day_of_the_calendar_agrees_with_libc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
