/* grayctl apply: makes the store equal to a folder. */

#include <stdlib.h>

#include "control/apply.h"
#include "done.h"
#include "fields.h"
#include "folder.h"
#include "options.h"
#include "output.h"
#include "problems.h"
#include "remote.h"
#include "report.h"

typedef struct {
    grayctl_problems_t problems;
    json_t *changes;
    json_t *warnings;
} apply_t;

/* --- here -------------------------------------------------------------------- */

static void
tell_change(void *data, const gray_apply_change_t *change)
{
    apply_t *apply = data;

    json_array_append_new(apply->changes, gray_json_apply_change(change));
    grayctl_say(apply->problems.cli, "%s", change->text);
}

static void
tell_problem(void *data, const gray_error_t *problem)
{
    apply_t *apply = data;

    grayctl_problems_tell(&apply->problems, problem);
}

static void
tell_warning(void *data, const gray_error_t *warning)
{
    apply_t *apply = data;

    json_array_append_new(apply->warnings, gray_json_error(warning));
    grayctl_warn(apply->problems.cli, warning);
}

static json_t *
apply_here(grayctl_t *cli, apply_t *apply, bool dry_run)
{
    json_t *did;
    gray_applied_t applied = { 0 };
    gray_apply_t options = {
        .dry_run = dry_run,
        .force = grayctl_option_given(cli, "force"),
        .change = tell_change,
        .problem = tell_problem,
        .warning = tell_warning,
        .data = apply,
    };

    if (gray_control_apply(
            cli->control, cli->args[0], &options, &applied, &cli->error)
        != 0)
    {
        return NULL;
    }

    did = json_pack("{s:b, s:b, s:I, s:O}", "changed",
        applied.changes > 0 && !dry_run, "dry_run", dry_run, "revision",
        (json_int_t) gray_control_revision(cli->control), "changes",
        apply->changes);

    if (json_array_size(apply->warnings) > 0) {
        json_object_set(did, "warnings", apply->warnings);
    }

    return did;
}

/* --- on a server ------------------------------------------------------------- */

/* What came is told as if it had happened here. */
static void
tell_reply(apply_t *apply, const json_t *did)
{
    size_t i;
    const json_t *one;
    gray_error_t error;

    json_array_foreach(json_object_get(did, "changes"), i, one)
    {
        grayctl_say(apply->problems.cli, "%s", field_text(one, "text"));
    }

    json_array_foreach(json_object_get(did, "warnings"), i, one)
    {
        gray_json_read_error(one, &error);
        grayctl_warn(apply->problems.cli, &error);
    }

    json_array_foreach(json_object_get(did, "errors"), i, one)
    {
        gray_json_read_error(one, &error);
        grayctl_problems_tell(&apply->problems, &error);
    }
}

static json_t *
apply_there(grayctl_t *cli, apply_t *apply)
{
    json_t *did = NULL;
    char *query = grayctl_folder_query(cli->args[0]);
    grayctl_reply_t reply;
    grayctl_upload_t upload = { .file = grayctl_folder_pack(cli) };
    grayctl_request_t request
        = { .query = query, .upload = &upload, .lasting = true };

    if (upload.file == NULL || query == NULL) {
        free(query);
        return NULL;
    }

    if (grayctl_send(cli, &request, &reply) == 0) {
        did = json_incref(reply.json);
        grayctl_reply_free(&reply);
        tell_reply(apply, did);
    } else {
        tell_reply(apply, grayctl_problem(cli));
    }

    fclose(upload.file);
    free(query);

    return did;
}

/* --- what came of it --------------------------------------------------------- */

static int
report(const grayctl_t *cli, json_t *did, bool dry_run)
{
    char count[64];
    size_t n = json_array_size(json_object_get(did, "changes"));

    if (cli->json) {
        return grayctl_json_print(did);
    }

    grayctl_count(count, n, "change", "changes");

    if (n == 0) {
        grayctl_say(cli, "nothing to change");
    } else if (dry_run) {
        grayctl_say(cli, "%s; nothing was written", count);
    } else {
        grayctl_say(cli, "%s made", count);
    }

    json_decref(did);

    return GRAYCTL_OK;
}

int
grayctl_apply(grayctl_t *cli)
{
    int code;
    json_t *did;
    apply_t apply = { .changes = json_array(), .warnings = json_array() };
    bool dry_run = grayctl_option_given(cli, "dry-run");

    grayctl_problems_begin(&apply.problems, cli, "members");
    did = cli->server != NULL ? apply_there(cli, &apply)
                              : apply_here(cli, &apply, dry_run);
    code = did != NULL ? report(cli, did, dry_run)
                       : grayctl_problems_fail(&apply.problems, &cli->error);

    json_decref(apply.changes);
    json_decref(apply.warnings);
    json_decref(apply.problems.list);

    return code;
}
