/* The address of a request, from the table of commands. */

#define _GNU_SOURCE /* open_memstream */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "remote.h"

void
grayctl_encode(FILE *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-_~";
    const char *dots = text + strspn(text, ".");

    for (; *text != '\0'; text++) {
        /* "." and ".." would be a folder's */
        if (strchr(plain, *text) != NULL || (*text == '.' && *dots != '\0')) {
            fputc(*text, out);
        } else {
            fprintf(out, "%%%02X", (unsigned char) *text);
        }
    }
}

/* --- the options ------------------------------------------------------------- */

static void
print_value(FILE *out, const grayctl_value_t *value)
{
    switch (value->option->kind) {
    case GRAYCTL_FLAG:
        fputs("true", out);
        break;

    case GRAYCTL_COUNT:
        fprintf(out, "%" PRIu64, value->number);
        break;

    case GRAYCTL_DURATION:
        fprintf(out, "%" PRIu64, (value->number + 999) / 1000);
        break;

    case GRAYCTL_PERCENT:
        fprintf(out, "%.10g", (double) value->number / 1000);
        break;

    case GRAYCTL_TEXT:
        grayctl_encode(out, value->text);
        break;
    }
}

/* The last value of the option that the route names; NULL: not given. */
static const grayctl_value_t *
find_value(const grayctl_t *cli, const char *name, size_t len)
{
    unsigned i;
    const grayctl_value_t *found = NULL;

    for (i = 0; i < cli->nvalues; i++) {
        if (strlen(cli->values[i].option->name) == len
            && memcmp(cli->values[i].option->name, name, len) == 0)
        {
            found = &cli->values[i];
        }
    }

    return found;
}

/* "force&dry-run": those that were given. Returns what stands before the
 * next one. */
static char
print_options(const grayctl_t *cli, const char *names, size_t len, FILE *out)
{
    size_t i, n;
    char mark = '?';
    const char *end = names + len;
    const grayctl_value_t *value;

    for (; names < end; names += n + 1) {
        for (n = 0; names + n < end && names[n] != '&'; n++) {
        }

        value = find_value(cli, names, n);

        if (value == NULL) {
            continue;
        }

        fputc(mark, out);

        for (i = 0; i < n; i++) {
            fputc(names[i] == '-' ? '_' : names[i], out);
        }

        fputc('=', out);
        print_value(out, value);
        mark = '&';
    }

    return mark;
}

/* --- the path ---------------------------------------------------------------- */

/* Whether the arguments that the route names were given. */
static bool
route_fits(const grayctl_t *cli, const char *route, size_t len)
{
    size_t i;

    for (i = 0; i + 1 < len; i++) {
        if (route[i] == '{' && route[i + 1] - '0' >= cli->nargs) {
            return false;
        }
    }

    return true;
}

/* The first of "…|…" that fits. */
static const char *
choose(const grayctl_t *cli, const char *routes, size_t *len)
{
    for (;;) {
        *len = strcspn(routes, "|");

        if (routes[*len] == '\0' || route_fits(cli, routes, *len)) {
            return routes;
        }

        routes += *len + 1;
    }
}

static int
print_path(grayctl_t *cli, const char *path, size_t len, FILE *out)
{
    size_t i;
    const char *arg;

    for (i = 0; i < len; i++) {
        if (path[i] != '{') {
            fputc(path[i], out);
            continue;
        }

        arg = cli->args[path[i + 1] - '0'];
        i += 2;

        if (*arg == '\0') {
            return gray_error_set(
                &cli->error, GRAY_EINVALID, "a name is empty");
        }

        grayctl_encode(out, arg);
    }

    return 0;
}

char *
grayctl_remote_path(
    grayctl_t *cli, const grayctl_request_t *request, char method[8])
{
    int failed;
    char *text = NULL, mark;
    size_t len, path, query, size;
    const char *route
        = request->route != NULL ? request->route : cli->command->route;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
        return NULL;
    }

    route = choose(cli, route, &len);
    path = strcspn(route, " ");
    snprintf(method, 8, "%.*s", (int) path, route);
    route += path + 1;
    len -= path + 1;
    query = strcspn(route, "?|");
    query = query < len ? query : len;

    failed = print_path(cli, route, query, out);
    query += query < len;
    mark = print_options(cli, route + query, len - query, out);

    if (request->query != NULL) {
        fprintf(out, "%c%s", mark, request->query);
    }

    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }

    return text;
}
