/* Any name, and after a newline any address of a request: where the parameter
 * is found and what is left without it is what a plain reading says. */

#include <stdlib.h>
#include "nginx/ngx_http_gray_override.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(int holds)
{
    if (!holds) {
        abort();
    }
}


static bool
is_same(const ngx_str_t *a, const u_char *b, size_t len)
{
    return a->len == len && (len == 0 || memcmp(a->data, b, len) == 0);
}


/* The parameter that begins at p: NAME, or NAME=VALUE. */
static bool
is_named(const u_char *p, const u_char *end, const ngx_str_t *name)
{
    return (size_t) (end - p) >= name->len
           && memcmp(p, name->data, name->len) == 0
           && (p + name->len == end || p[name->len] == '=');
}


/* Writes the query without the parameter; *value is the first that it has. */
static u_char *
read_plainly(
    u_char *to, const ngx_str_t *query, const ngx_str_t *name, ngx_str_t *value)
{
    u_char *start = to, *p = query->data, *end;
    u_char *last = query->data + query->len;
    bool empty = true;

    for (;; p = end + 1) {
        for (end = p; end < last && *end != '&'; end++) {
            /* void */
        }

        if (!is_named(p, end, name)) {
            if (!empty) {
                *to++ = '&';
            }
            empty = false;
            memcpy(to, p, (size_t) (end - p));
            to += end - p;

        } else if (value->data == NULL && end > p + name->len + 1) {
            value->data = p + name->len + 1;
            value->len = (size_t) (end - value->data);
        }

        if (end == last) {
            check(to - start <= (ptrdiff_t) query->len);
            return to;
        }
    }
}


static void
check_query(const ngx_str_t *query, const ngx_str_t *name)
{
    u_char *plain = malloc(query->len + 1), *left = malloc(query->len + 1);
    ngx_str_t value = { 0, NULL }, found = { 0, NULL }, rest = { 0, left };
    bool is_found;
    u_char *end;

    end = read_plainly(plain, query, name, &value);
    is_found = ngx_http_gray_query_find(query, name, &found);

    check(is_found == (value.data != NULL));
    check(!is_found || (found.data == value.data && found.len == value.len));

    rest.len = (size_t) (ngx_http_gray_query_without(left, query, name) - left);
    check(is_same(&rest, plain, (size_t) (end - plain)));
    check(!ngx_http_gray_query_find(&rest, name, &found));

    free(plain);
    free(left);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char *copy = malloc(size + 1), *line;
    ngx_str_t name = { 0, copy }, uri, path, query;

    memcpy(copy, data, size);
    line = size > 0 ? memchr(copy, '\n', size) : NULL;

    if (line != NULL && line > copy) {
        name.len = (size_t) (line - copy);
        uri.data = line + 1;
        uri.len = size - name.len - 1;

        if (ngx_http_gray_query_split(&uri, &path, &query)) {
            check(is_same(&path, uri.data, path.len));
            check(query.data == path.data + path.len + 1);
            check(path.len + 1 + query.len == uri.len);
            check_query(&query, &name);
        } else {
            check(memchr(uri.data, '?', uri.len) == NULL);
        }
    }

    free(copy);
    return 0;
}
