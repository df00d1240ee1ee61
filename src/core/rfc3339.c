#include <string.h>
#include "rfc3339.h"

/* A number of a time: where its digits stand, and what it may be. */
typedef struct {
    unsigned char at;
    unsigned char len;
    unsigned short min;
    unsigned short max;
} field_t;

enum {
    YEAR,
    MONTH,
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    FIELDS
};

static const field_t fields[FIELDS] = {
    [YEAR] = { 0, 4, 0, 9999 },
    [MONTH] = { 5, 2, 1, 12 },
    [DAY] = { 8, 2, 1, 31 },
    [HOUR] = { 11, 2, 0, 23 },
    [MINUTE] = { 14, 2, 0, 59 },
    [SECOND] = { 17, 2, 0, 59 },
};

static const field_t offset_fields[] = { { 1, 2, 0, 23 }, { 4, 2, 0, 59 } };


/* Whether the text has a digit where the shape has a 0, and else its bytes. */
static bool
has_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; text++, shape++) {
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape) {
            return false;
        }
    }

    return true;
}


static bool
read_field(const char *text, const field_t *field, int *number)
{
    int i;

    *number = 0;

    for (i = 0; i < field->len; i++) {
        *number = 10 * *number + (text[field->at + i] - '0');
    }

    return *number >= field->min && *number <= field->max;
}


static int
days_of(int year, int month)
{
    static const unsigned char days[]
        = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}


/* Days since 1970-01-01. */
static int64_t
day_number(int year, int month, int day)
{
    int64_t before = year - 1; /* the years that are over               */
    int64_t days = 365 * (int64_t) year - 719528 + day;
    int i;

    if (year > 0) {
        days += before / 4 - before / 100 + before / 400 + 1;
    }

    for (i = 1; i < month; i++) {
        days += days_of(year, i);
    }

    return days - 1;
}


/* What is ahead of UTC, in seconds: "Z" or "+08:00". */
static bool
read_offset(gray_str_t text, int *offset)
{
    int hours, minutes;

    *offset = 0;

    if (text.len == 1) {
        return *text.data == 'Z';
    }

    if (text.len != 6
        || !has_shape(text.data, *text.data == '-' ? "-00:00" : "+00:00")
        || !read_field(text.data, &offset_fields[0], &hours)
        || !read_field(text.data, &offset_fields[1], &minutes))
    {
        return false;
    }

    *offset = (hours * 60 + minutes) * (*text.data == '-' ? -60 : 60);
    return true;
}


bool
gray_rfc3339_parse(gray_str_t text, int64_t *seconds)
{
    static const char shape[] = "0000-00-00T00:00:00";
    size_t n = sizeof(shape) - 1;
    int number[FIELDS], offset, i;

    if (text.len <= n || !has_shape(text.data, shape)
        || !read_offset((gray_str_t){ text.len - n, text.data + n }, &offset))
    {
        return false;
    }

    for (i = 0; i < FIELDS; i++) {
        if (!read_field(text.data, &fields[i], &number[i])) {
            return false;
        }
    }

    if (number[DAY] > days_of(number[YEAR], number[MONTH])) {
        return false;
    }

    *seconds = day_number(number[YEAR], number[MONTH], number[DAY]) * 86400
               + number[HOUR] * 3600 + number[MINUTE] * 60 + number[SECOND]
               - offset;
    return true;
}
