#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "report.h"

/* East Asian wide characters, roughly: CJK, kana, hangul, fullwidth forms and
 * emoji (Unicode TR 11). */
static bool
is_wide(const unsigned char *c)
{
    uint32_t code;

    if (c[0] >= 0xf0) {
        return true;
    }

    if (c[0] < 0xe0) {
        return false;
    }

    code = ((c[0] & 0x0fu) << 12) | ((c[1] & 0x3fu) << 6) | (c[2] & 0x3fu);

    return (code >= 0x1100 && code <= 0x115f)
           || (code >= 0x2e80 && code <= 0xa4cf)
           || (code >= 0xac00 && code <= 0xd7a3)
           || (code >= 0xf900 && code <= 0xfaff)
           || (code >= 0xfe30 && code <= 0xfe6f)
           || (code >= 0xff00 && code <= 0xff60);
}

size_t
grayctl_width(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++) {
        if ((*text & 0xc0) != 0x80) {
            width += 1 + is_wide((const unsigned char *) text);
        }
    }

    return width;
}

const char *
grayctl_paint(bool color, int what)
{
    if (!color) {
        return "";
    }

    switch (what) {
    case 'b':
        return "\033[1m";
    case 'd':
        return "\033[2m";
    case 'r':
        return "\033[31m";
    case 'g':
        return "\033[32m";
    case 'y':
        return "\033[33m";
    default:
        return "\033[0m";
    }
}

void
grayctl_say(const grayctl_t *cli, const char *format, ...)
{
    va_list args;

    if (cli->quiet || cli->json) {
        return;
    }

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

const char *
grayctl_time(char buffer[32], uint64_t seconds)
{
    struct tm tm;
    time_t t = (time_t) seconds;

    if (seconds == 0 || localtime_r(&t, &tm) == NULL
        || strftime(buffer, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
    {
        return strcpy(buffer, "-");
    }

    return buffer;
}

const char *
grayctl_number(char buffer[32], uint64_t number)
{
    char digits[24], *to = buffer;
    int i, len = snprintf(digits, sizeof(digits), "%" PRIu64, number);

    for (i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            *to++ = ',';
        }

        *to++ = digits[i];
    }

    *to = '\0';

    return buffer;
}

const char *
grayctl_ago(char buffer[32], uint64_t ms)
{
    static const struct {
        uint64_t below;
        uint64_t unit;
        const char *name;
    } units[] = {
        { 10 * 1000, 1, "ms" },
        { 120 * 1000, 1000, "s" },
        { 120 * 60 * 1000, 60 * 1000, "min" },
        { 48 * 3600 * 1000, 3600 * 1000, "h" },
        { UINT64_MAX, 86400 * 1000, "d" },
    };
    size_t i = 0;

    while (ms >= units[i].below && i < 4) {
        i++;
    }

    snprintf(buffer, 32, "%" PRIu64 " %s", ms / units[i].unit, units[i].name);

    return buffer;
}

const char *
grayctl_count(char buffer[64], uint64_t n, const char *one, const char *many)
{
    char number[32];

    snprintf(
        buffer, 64, "%s %s", grayctl_number(number, n), n == 1 ? one : many);

    return buffer;
}

const char *
grayctl_s(uint64_t n)
{
    return n == 1 ? "" : "s";
}

int
grayctl_json_print(json_t *object)
{
    json_dumpf(
        object, stdout, isatty(STDOUT_FILENO) ? JSON_INDENT(2) : JSON_COMPACT);
    putchar('\n');
    json_decref(object);

    return GRAYCTL_OK;
}

static bool
reader_gone(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

bool
grayctl_output_alive(void)
{
    return !ferror(stdout);
}

int
grayctl_output_finish(const grayctl_t *cli, int code)
{
    int saved;
    bool failed;
    gray_error_t error;

    errno = 0;
    failed = fflush(stdout) != 0;
    failed = ferror(stdout) || failed;
    saved = errno;

    if (!failed) {
        return code;
    }

    if (saved == EPIPE || reader_gone()) {
        return code == GRAYCTL_NO ? code : GRAYCTL_OK;
    }

    gray_error_set(&error, saved == ENOSPC ? GRAY_EFULL : GRAY_ESYSTEM,
        "the output could not be written: %s",
        saved ? strerror(saved) : "write error");

    return grayctl_fail(cli, &error);
}
