#include <string.h>
#include "number.h"

/* A number taken apart: no sign, no needless zeros. */
typedef struct {
    bool negative;
    gray_str_t whole;
    gray_str_t fraction;
} number_t;


static size_t
digits(const char *p, const char *end)
{
    const char *start = p;

    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }

    return (size_t) (p - start);
}


bool
gray_number_valid(gray_str_t text)
{
    const char *p = text.data;
    const char *end = p + text.len;
    size_t n;

    if (text.len == 0) {
        return false;
    }

    p += *p == '-';
    n = digits(p, end);
    p += n;

    if (n == 0 || p == end || *p != '.') {
        return n > 0 && p == end;
    }

    p++;
    n = digits(p, end);

    return n > 0 && p + n == end;
}


static number_t
take_apart(gray_str_t text)
{
    number_t number = { .negative = text.data[0] == '-' };
    const char *p = text.data + number.negative;
    const char *end = text.data + text.len;
    const char *dot;

    while (p < end && *p == '0') {
        p++;
    }

    dot = p + digits(p, end);
    number.whole = (gray_str_t){ (size_t) (dot - p), p };

    while (end > dot && (end[-1] == '0' || end[-1] == '.')) {
        end--;
    }

    if (end > dot) {
        number.fraction = (gray_str_t){ (size_t) (end - dot - 1), dot + 1 };
    }

    if (number.whole.len == 0 && number.fraction.len == 0) {
        number.negative = false;
    }

    return number;
}


static int
compare_magnitude(const number_t *a, const number_t *b)
{
    size_t n;
    int order;

    if (a->whole.len != b->whole.len) {
        return a->whole.len < b->whole.len ? -1 : 1;
    }

    order = memcmp(a->whole.data, b->whole.data, a->whole.len);
    if (order != 0) {
        return order;
    }

    n = a->fraction.len < b->fraction.len ? a->fraction.len : b->fraction.len;
    order = n ? memcmp(a->fraction.data, b->fraction.data, n) : 0;
    if (order != 0) {
        return order;
    }

    return (a->fraction.len > n) - (b->fraction.len > n);
}


int
gray_number_compare(gray_str_t a, gray_str_t b)
{
    number_t x = take_apart(a);
    number_t y = take_apart(b);

    if (x.negative != y.negative) {
        return x.negative ? -1 : 1;
    }

    return x.negative ? compare_magnitude(&y, &x) : compare_magnitude(&x, &y);
}
