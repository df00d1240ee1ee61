#include <string.h>
#include "semver.h"

/* What is not read yet. */
typedef struct {
    const char *p;
    const char *end;
} rest_t;


static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static bool
is_identifier(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || c == '-';
}


static rest_t
begin(gray_str_t text)
{
    rest_t rest = { text.data, text.data + text.len };

    rest.p += text.len > 0 && *text.data == 'v';
    return rest;
}


/* The run of bytes at hand that belong. */
static gray_str_t
take(rest_t *rest, bool (*belongs)(char c))
{
    const char *start = rest->p;

    while (rest->p < rest->end && belongs(*rest->p)) {
        rest->p++;
    }

    return (gray_str_t){ (size_t) (rest->p - start), start };
}


static bool
skip(rest_t *rest, char c)
{
    if (rest->p == rest->end || *rest->p != c) {
        return false;
    }

    rest->p++;
    return true;
}


/* One or more runs, with a dot between them. */
static bool
skip_dotted(rest_t *rest, bool (*belongs)(char c))
{
    do {
        if (take(rest, belongs).len == 0) {
            return false;
        }
    } while (skip(rest, '.'));

    return true;
}


bool
gray_semver_valid(gray_str_t text)
{
    rest_t rest = begin(text);

    return skip_dotted(&rest, is_digit)
           && (!skip(&rest, '-') || skip_dotted(&rest, is_identifier))
           && (!skip(&rest, '+') || skip_dotted(&rest, is_identifier))
           && rest.p == rest.end;
}


/* Of any length; nothing counts as 0. */
static int
compare_numbers(gray_str_t a, gray_str_t b)
{
    while (a.len > 0 && *a.data == '0') {
        a.data++;
        a.len--;
    }

    while (b.len > 0 && *b.data == '0') {
        b.data++;
        b.len--;
    }

    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }

    return a.len > 0 ? memcmp(a.data, b.data, a.len) : 0;
}


static bool
is_number(gray_str_t id)
{
    rest_t rest = { id.data, id.data + id.len };

    return take(&rest, is_digit).len == id.len;
}


/* Numbers by value and below words, words by their bytes. */
static int
compare_identifiers(gray_str_t a, gray_str_t b)
{
    bool number = is_number(a);
    size_t n = a.len < b.len ? a.len : b.len;
    int order;

    if (number != is_number(b)) {
        return number ? -1 : 1;
    }

    if (number) {
        return compare_numbers(a, b);
    }

    order = memcmp(a.data, b.data, n);

    return order != 0 ? order : (a.len > n) - (b.len > n);
}


/* Behind the numbers: without a pre-release is above with one, and of two
 * that begin alike the longer is above. */
static int
compare_prereleases(rest_t a, rest_t b)
{
    bool more_a = skip(&a, '-');
    bool more_b = skip(&b, '-');

    if (!more_a || !more_b) {
        return more_b - more_a;
    }

    while (more_a && more_b) {
        int order = compare_identifiers(
            take(&a, is_identifier), take(&b, is_identifier));

        if (order != 0) {
            return order;
        }

        more_a = skip(&a, '.');
        more_b = skip(&b, '.');
    }

    return more_a - more_b;
}


int
gray_semver_compare(gray_str_t a, gray_str_t b)
{
    rest_t x = begin(a);
    rest_t y = begin(b);
    bool more;

    do {
        int order = compare_numbers(take(&x, is_digit), take(&y, is_digit));

        if (order != 0) {
            return order;
        }

        more = skip(&x, '.');
        more |= skip(&y, '.');
    } while (more);

    return compare_prereleases(x, y);
}
