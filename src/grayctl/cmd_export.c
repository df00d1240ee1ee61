/* grayctl list export: members to stdout, as import reads them, or as JSON
 * lines. */

#define _GNU_SOURCE /* fopencookie */
#include <stdlib.h>
#include <string.h>

#include "control/import.h"
#include "done.h"
#include "output.h"
#include "progress.h"
#include "remote.h"
#include "report.h"

/* The longest line of an export: identity, expiry and note, escaped. */
#define LINE_MAX_BYTES 2048

/* Turns export's lines into JSON while they are written (fopencookie(3)). */
typedef struct {
    size_t len;
    char line[LINE_MAX_BYTES];
} lines_t;

/* A backslash before "#" or a backslash is export's own (control/import.h). */
static const char *
unescape(const char *identity)
{
    bool escaped
        = *identity == '\\' && (identity[1] == '#' || identity[1] == '\\');

    return escaped ? identity + 1 : identity;
}

static void
print_line(char *line)
{
    char *save = NULL, *note = NULL, *expiry = strchr(line, '\t');
    json_t *object;

    if (expiry != NULL) {
        *expiry++ = '\0';
        note = strchr(expiry, '\t');
    }

    if (note != NULL) {
        *note++ = '\0';
    }

    object
        = json_pack("{s:o, s:o, s:o}", "member", gray_json_text(unescape(line)),
            "expires", gray_json_text(expiry && *expiry ? expiry : save),
            "note", gray_json_text(note && *note ? note : save));
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static ssize_t
take_bytes(void *cookie, const char *bytes, size_t len)
{
    size_t i;
    lines_t *lines = cookie;

    for (i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            lines->line[lines->len] = '\0';
            lines->len = 0;
            print_line(lines->line);

        } else if (lines->len < sizeof(lines->line) - 1) {
            lines->line[lines->len++] = bytes[i];
        }
    }

    return ferror(stdout) ? 0 : (ssize_t) len;
}

static FILE *
json_lines(lines_t *lines)
{
    lines->len = 0;

    return fopencookie(
        lines, "w", (cookie_io_functions_t){ .write = take_bytes });
}

/* --- from a server ----------------------------------------------------------- */

/* Where its bytes go, and how many members they were. */
typedef struct {
    FILE *out;
    uint64_t members;
    grayctl_progress_t *progress;
} pieces_t;

/* grayctl_request_t.take */
static int
take_piece(void *data, const char *bytes, size_t len)
{
    pieces_t *pieces = data;
    const char *end = bytes + len, *c = bytes;

    while ((c = memchr(c, '\n', (size_t) (end - c))) != NULL) {
        pieces->members++;
        c++;
    }

    return fwrite(bytes, 1, len, pieces->out) != len
           || grayctl_progress_tell(pieces->progress, pieces->members) != 0;
}

static int
export_there(grayctl_t *cli, FILE *out, grayctl_progress_t *progress)
{
    int failed;
    pieces_t pieces = { .out = out, .progress = progress };
    grayctl_reply_t reply;
    grayctl_request_t request = { .take = take_piece, .data = &pieces };

    failed = grayctl_send(cli, &request, &reply);

    if (!failed) {
        grayctl_reply_free(&reply);
    }

    return failed;
}

static int
export_here(grayctl_t *cli, FILE *out, grayctl_progress_t *progress)
{
    uint64_t exported;

    return gray_control_list_export(cli->control, cli->args[0], out,
        grayctl_progress_tell, progress, &exported, &cli->error);
}

int
grayctl_list_export(grayctl_t *cli)
{
    int failed;
    lines_t lines;
    grayctl_progress_t progress;
    FILE *out = cli->json ? json_lines(&lines) : stdout;

    if (out == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
        return grayctl_failed(cli);
    }

    grayctl_progress_begin(&progress, cli, "members");
    progress.output = true;
    failed = cli->server != NULL ? export_there(cli, out, &progress)
                                 : export_here(cli, out, &progress);
    grayctl_progress_end(&progress);

    if (out != stdout) {
        fclose(out);
    }

    /* A failed write is told, or not, by grayctl_output_finish. */
    if (failed && grayctl_output_alive()) {
        return grayctl_failed(cli);
    }

    return GRAYCTL_OK;
}
