#include "bad_lines.h"

#include <string.h>

#include "fields.h"
#include "output.h"
#include "report.h"

/* Bad lines that are told one by one. */
#define SHOWN 10

void
grayctl_bad_lines_begin(
    grayctl_bad_lines_t *bad, const grayctl_t *cli, const char *file)
{
    bad->cli = cli;
    bad->name = file == NULL || strcmp(file, "-") == 0 ? "line" : file;
    bad->n = 0;
    bad->list = json_array();
    grayctl_progress_begin(&bad->progress, cli, "lines");
}

void
grayctl_bad_lines_tell(void *data, uint64_t line, const gray_error_t *error)
{
    grayctl_bad_lines_t *bad = data;
    char message[4 * sizeof(error->message)];

    if (bad->n++ >= SHOWN) {
        return;
    }

    json_array_append_new(bad->list, gray_json_bad_line(line, error));

    if (!bad->cli->json) {
        grayctl_progress_end(&bad->progress);
        fprintf(stderr, "grayctl: %s:%llu: %s\n", bad->name,
            (unsigned long long) line,
            gray_escape(message, sizeof(message), error->message,
                strlen(error->message)));

        if (*error->hint != '\0') {
            fprintf(stderr, "    %s\n", error->hint);
        }
    }
}

int
grayctl_bad_lines_progress(void *data, uint64_t done)
{
    grayctl_bad_lines_t *bad = data;

    bad->progress.what = "lines";

    return grayctl_progress_tell(&bad->progress, done);
}

int
grayctl_bad_lines_written(void *data, uint64_t members)
{
    grayctl_bad_lines_t *bad = data;

    bad->progress.what = "members written";

    return grayctl_progress_tell(&bad->progress, members);
}

void
grayctl_bad_lines_end(grayctl_bad_lines_t *bad)
{
    char number[32];

    grayctl_progress_end(&bad->progress);

    if (bad->n > SHOWN) {
        grayctl_note(bad->cli, "grayctl: and %s more bad lines",
            grayctl_number(number, bad->n - SHOWN));
    }
}

void
grayctl_bad_lines_tell_all(grayctl_bad_lines_t *bad, json_t *did)
{
    size_t i;
    gray_error_t error;
    const json_t *line;
    uint64_t all = field_number(did, "bad");

    json_array_foreach(json_object_get(did, "bad_lines"), i, line)
    {
        gray_json_read_error(line, &error);
        grayctl_bad_lines_tell(bad, field_number(line, "line"), &error);
    }

    bad->n = all > bad->n ? all : bad->n;
    json_object_set(did, "bad_lines", bad->list);
}
