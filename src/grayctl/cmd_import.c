/* grayctl list import: members from a file or a pipe. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad_lines.h"
#include "control/import.h"
#include "done.h"
#include "fields.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "remote.h"
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

/* A server that has got all of it goes on. */
static void
stop_sent(int signal_number)
{
    stop(signal_number,
        "\ngrayctl: stopped; the server has all of it, and goes on\n");
}

static void
on_interrupt(void (*handler)(int))
{
    signal(SIGINT, handler);
    signal(SIGTERM, handler);
    signal(SIGHUP, handler);
}

/* grayctl_request_t.sent */
static void
all_is_sent(void)
{
    on_interrupt(stop_sent);
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
report(grayctl_t *cli, json_t *did)
{
    char members[64], after[32], before[32], left_out[96] = "", number[32];
    uint64_t out = field_number(did, "bad") + field_number(did, "expired");
    bool replace = grayctl_option_given(cli, "replace");

    if (out > 0) {
        snprintf(left_out, sizeof(left_out), "; %s line%s left out",
            grayctl_number(number, out), grayctl_s(out));
    }

    grayctl_number(before, field_number(did, "before"));
    grayctl_number(after, field_number(did, "after"));
    grayctl_count(members, field_number(did, replace ? "after" : "added"),
        "member", "members");

    if (replace) {
        return grayctl_done(cli, did, "replaced %s: %s now, %s before%s",
            cli->args[0], members, before, left_out);
    }

    return grayctl_done(cli, did, "added %s to %s: it has %s%s", members,
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

/* --- importing --------------------------------------------------------------- */

/* The server's bad lines are told as if they had been met here. */
static json_t *
import_there(grayctl_t *cli, FILE *in, grayctl_bad_lines_t *bad)
{
    json_t *did = NULL;
    grayctl_reply_t reply;
    grayctl_upload_t upload = { .file = NULL };
    grayctl_request_t request = { .upload = &upload,
        .progress = &bad->progress,
        .sent = all_is_sent,
        .lasting = true };

    on_interrupt(stop_replace); /* nothing is done until all is there */
    upload.file = grayctl_upload_open(cli, in, &bad->progress);

    if (upload.file == NULL) {
        return NULL;
    }

    bad->progress.what = "KiB sent";

    if (grayctl_send(cli, &request, &reply) == 0) {
        did = json_incref(reply.json);
        grayctl_reply_free(&reply);
        grayctl_bad_lines_tell_all(bad, did);
    }

    if (upload.file != in) {
        fclose(upload.file);
    }

    return did;
}

static json_t *
import_here(grayctl_t *cli, FILE *in, gray_import_t *options,
    const grayctl_bad_lines_t *bad)
{
    int failed;
    gray_imported_t imported = { 0 };

    on_interrupt(options->replace ? stop_replace : stop_plain);
    failed = gray_control_list_import(
        cli->control, cli->args[0], in, options, &imported, &cli->error);

    return grayctl_did(
        cli, failed, gray_json_imported(cli->args[0], &imported, bad->list));
}

int
grayctl_list_import(grayctl_t *cli)
{
    FILE *in;
    json_t *did;
    grayctl_bad_lines_t bad;
    gray_import_t options = { .data = &bad };

    read_options(cli, &options);

    if (misses_an_option(cli, &options)) {
        return grayctl_misused(cli, &cli->error);
    }

    in = grayctl_input_open(cli, 1);

    if (in == NULL) {
        return grayctl_failed(cli);
    }

    grayctl_bad_lines_begin(&bad, cli, cli->args[1]);
    did = cli->server != NULL ? import_there(cli, in, &bad)
                              : import_here(cli, in, &options, &bad);
    on_interrupt(SIG_DFL);
    grayctl_bad_lines_end(&bad);
    grayctl_input_close(in);
    json_decref(bad.list);

    return report(cli, did);
}
