#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#include "output.h"
#include "report.h"

/* The widest part of a line shown with a caret. */
#define CARET_LINE_MAX 72

static const struct {
    gray_error_code_t code;
    grayctl_exit_t exit;
} exits[] = {
    { GRAY_OK, GRAYCTL_OK },
    { GRAY_EINVALID, GRAYCTL_INVALID },
    { GRAY_ESYNTAX, GRAYCTL_INVALID },
    { GRAY_ENOTFOUND, GRAYCTL_NOT_FOUND },
    { GRAY_EEXISTS, GRAYCTL_CONFLICT },
    { GRAY_ECONFLICT, GRAYCTL_CONFLICT },
    { GRAY_EINUSE, GRAYCTL_CONFLICT },
    { GRAY_EGUARD, GRAYCTL_CONFLICT },
    { GRAY_EFULL, GRAYCTL_FULL },
    { GRAY_EPERMISSION, GRAYCTL_PERMISSION },
    { GRAY_ENOSTORE, GRAYCTL_PERMISSION },
    { GRAY_EREPLACED, GRAYCTL_DAMAGED },
    { GRAY_ESCHEMA, GRAYCTL_DAMAGED },
    { GRAY_EDAMAGED, GRAYCTL_DAMAGED },
    { GRAY_ETIMEOUT, GRAYCTL_TIMEOUT },
    { GRAY_ESYSTEM, GRAYCTL_FAILED },
};

grayctl_exit_t
grayctl_exit_code(gray_error_code_t code)
{
    size_t i;

    for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        if (exits[i].code == code) {
            return exits[i].exit;
        }
    }

    return GRAYCTL_FAILED;
}

/* `code` in place of the first error's own, or NULL. */
static void
print_json(const gray_error_t *errors, unsigned n, const char *code)
{
    unsigned i;
    json_t *list, *first = gray_json_error(errors);
    json_t *top = json_pack("{s:o}", "error", first);

    if (code != NULL) {
        json_object_set_new(first, "code", json_string(code));
    }

    if (n > 1) {
        list = json_array();

        for (i = 0; i < n; i++) {
            json_array_append_new(list, gray_json_error(&errors[i]));
        }

        json_object_set_new(top, "errors", list);
    }

    json_dumpf(top, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(top);
}

/* The line of the text that the error points to, and a caret. */
static void
print_caret(const grayctl_t *cli, const gray_error_t *error, const char *text)
{
    unsigned line = error->line ? error->line : 1;
    size_t len, start, column = error->column - 1;
    char shown[4 * CARET_LINE_MAX + 1], before[4 * CARET_LINE_MAX + 1];

    while (--line > 0 && strchr(text, '\n') != NULL) {
        text = strchr(text, '\n') + 1;
    }

    len = strcspn(text, "\n");

    if (line > 0 || column > len) {
        return;
    }

    start = column > CARET_LINE_MAX / 2 && len > CARET_LINE_MAX
                ? column - CARET_LINE_MAX / 2
                : 0;

    while (start > 0 && (text[start] & 0xc0) == 0x80) {
        start--;
    }

    len -= start;
    len = len > CARET_LINE_MAX ? CARET_LINE_MAX : len;
    gray_escape(shown, sizeof(shown), text + start, len);
    gray_escape(before, sizeof(before), text + start, column - start);
    fprintf(stderr, "    %s\n    %*s%s^%s\n", shown,
        (int) grayctl_width(before), "", grayctl_paint(cli->color_err, 'r'),
        grayctl_paint(cli->color_err, 0));
}

static void
print_text(const grayctl_t *cli, bool warning, const gray_error_t *error,
    const char *text)
{
    char message[4 * sizeof(error->message)], place[4 * sizeof(error->place)];
    char hint[4 * sizeof(error->hint)];
    bool color = cli->color_err;

    gray_escape(place, sizeof(place), error->place, strlen(error->place));
    gray_escape(
        message, sizeof(message), error->message, strlen(error->message));
    gray_escape(hint, sizeof(hint), error->hint, strlen(error->hint));

    fprintf(stderr, "%sgrayctl:%s%s ",
        grayctl_paint(color, warning ? 'y' : 'r'), warning ? " warning:" : "",
        grayctl_paint(color, 0));

    if (*place != '\0') {
        fprintf(stderr, "%s: ", place);
    }

    if (error->line > 1) {
        fprintf(stderr, "line %u: ", error->line);
    }

    if (error->column > 0) {
        fprintf(stderr, "column %u: ", error->column);
    }

    fprintf(stderr, "%s\n", message);

    if (text != NULL && error->column > 0 && *place == '\0') {
        print_caret(cli, error, text);
    }

    if (*hint != '\0') {
        fprintf(stderr, "    %s\n", hint);
    }
}

/* What was printed comes before the error, also when both go to one file. */
static void
print_errors(const grayctl_t *cli, const gray_error_t *errors, unsigned n,
    const char *text, const char *code)
{
    unsigned i;

    fflush(stdout);

    if (cli->json) {
        print_json(errors, n, code);
        return;
    }

    for (i = 0; i < n; i++) {
        print_text(cli, false, &errors[i], text);
    }
}

int
grayctl_fail(const grayctl_t *cli, const gray_error_t *error)
{
    return grayctl_fail_in(cli, error, NULL);
}

int
grayctl_fail_in(
    const grayctl_t *cli, const gray_error_t *error, const char *text)
{
    print_errors(cli, error, 1, text, NULL);

    return grayctl_exit_code(error->code);
}

int
grayctl_fail_all(
    const grayctl_t *cli, const gray_errors_t *errors, const char *text)
{
    print_errors(cli, errors->list, errors->n, text, NULL);

    if (errors->total > errors->n && !cli->json) {
        fprintf(stderr, "grayctl: and %u more\n", errors->total - errors->n);
    }

    return grayctl_exit_code(errors->list[0].code);
}

int
grayctl_misused(const grayctl_t *cli, const gray_error_t *error)
{
    print_errors(cli, error, 1, NULL, "usage");

    return GRAYCTL_USAGE;
}

void
grayctl_warn(const grayctl_t *cli, const gray_error_t *warning)
{
    if (!cli->json) {
        fflush(stdout);
        print_text(cli, true, warning, NULL);
    }
}

void
grayctl_warn_all(const grayctl_t *cli, const json_t *did)
{
    size_t i;
    json_int_t more;
    gray_error_t warning;
    const json_t *one;

    if (cli->json) {
        return;
    }

    json_array_foreach(json_object_get(did, "warnings"), i, one)
    {
        gray_json_read_error(one, &warning);
        grayctl_warn(cli, &warning);
    }

    more = json_integer_value(json_object_get(did, "more_warnings"));

    if (more > 0) {
        fprintf(stderr, "grayctl: and %llu more warnings\n",
            (unsigned long long) more);
    }
}

void
grayctl_note(const grayctl_t *cli, const char *format, ...)
{
    va_list args;

    if (cli->quiet || cli->json) {
        return;
    }

    fflush(stdout);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
