/* grayctl list import: members from a file or a pipe. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad_lines.h"
#include "control/import.h"
#include "done.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "report.h"

/* --- an interrupt ----------------------------------------------------------- */

/* The store needs no help: what is not committed is not there, and what a
 * replacement wrote is purged later. So a signal only says so and kills. */

static void
stop(int signal_number, const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        /* Nobody reads it. */
    }

    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void
stop_replace(int signal_number)
{
    stop(signal_number, "\ngrayctl: stopped; the list is as it was\n");
}

static void
stop_plain(int signal_number)
{
    stop(signal_number,
        "\ngrayctl: stopped; members added before that stay in the list\n");
}

static void
on_interrupt(void (*handler)(int))
{
    signal(SIGINT, handler);
    signal(SIGTERM, handler);
    signal(SIGHUP, handler);
}

static void
read_options(const grayctl_t *cli, gray_import_t *options)
{
    options->replace = grayctl_option_given(cli, "replace");
    options->strict = grayctl_option_given(cli, "strict");
    options->has_min = grayctl_option_given(cli, "min");
    options->min = grayctl_option_number(cli, "min", 0);
    options->has_max = grayctl_option_given(cli, "max");
    options->max = grayctl_option_number(cli, "max", 0);
    options->has_max_change = grayctl_option_given(cli, "max-change");
    options->max_change = grayctl_option_number(cli, "max-change", 0) / 1000.0;
    options->ttl = grayctl_option_seconds(cli, "ttl");
    options->csv.identity = grayctl_option_text(cli, "csv", 0);
    options->csv.expiry = grayctl_option_text(cli, "csv-expiry", 0);
    options->csv.note = grayctl_option_text(cli, "csv-note", 0);
    options->progress = grayctl_bad_lines_progress;
    options->written = grayctl_bad_lines_written;
    options->bad = options->strict ? NULL : grayctl_bad_lines_tell;
}

/* --- what came of it -------------------------------------------------------- */

static int
report(const grayctl_bad_lines_t *bad, const gray_import_t *options,
    const gray_imported_t *imported)
{
    const grayctl_t *cli = bad->cli;
    char members[64], before[32], after[32], left_out[96] = "", number[32];
    uint64_t out = imported->bad + imported->expired;
    json_t *more = gray_json_imported(cli->args[0], imported, bad->list);

    if (out > 0) {
        snprintf(left_out, sizeof(left_out), "; %s line%s left out",
            grayctl_number(number, out), grayctl_s(out));
    }

    grayctl_number(before, imported->before);
    grayctl_number(after, imported->after);

    if (options->replace) {
        return grayctl_done(cli, more, "replaced %s: %s now, %s before%s",
            cli->args[0],
            grayctl_count(members, imported->after, "member", "members"),
            before, left_out);
    }

    return grayctl_done(cli, more, "added %s to %s: it has %s%s",
        grayctl_count(members, imported->added, "member", "members"),
        cli->args[0], after, left_out);
}

/* Options that say nothing without another one. */
static bool
misses_an_option(grayctl_t *cli, const gray_import_t *options)
{
    if (!options->replace
        && (options->has_min || options->has_max || options->has_max_change))
    {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--min, --max and --max-change guard a --replace");
        gray_error_hint(&cli->error, "add --replace, or leave them out");
        return true;
    }

    if (options->csv.identity == NULL
        && (options->csv.expiry != NULL || options->csv.note != NULL))
    {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--csv-expiry and --csv-note are columns of a CSV file");
        gray_error_hint(
            &cli->error, "name the column of the identities too: --csv COLUMN");
        return true;
    }

    return false;
}

int
grayctl_list_import(grayctl_t *cli)
{
    int code;
    FILE *in;
    grayctl_bad_lines_t bad;
    gray_import_t options = { .data = &bad };
    gray_imported_t imported = { 0 };

    read_options(cli, &options);

    if (misses_an_option(cli, &options)) {
        return grayctl_misused(cli, &cli->error);
    }

    in = grayctl_input_open(cli, 1);

    if (in == NULL) {
        return grayctl_failed(cli);
    }

    grayctl_bad_lines_begin(&bad, cli, cli->args[1]);
    on_interrupt(options.replace ? stop_replace : stop_plain);

    code = gray_control_list_import(
        cli->control, cli->args[0], in, &options, &imported, &cli->error);

    on_interrupt(SIG_DFL);
    grayctl_bad_lines_end(&bad);
    grayctl_input_close(in);
    code = code == 0 ? report(&bad, &options, &imported) : grayctl_failed(cli);
    json_decref(bad.list);

    return code;
}
