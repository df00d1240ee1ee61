/* grayctl apply: makes the store equal to a folder. */

#include "control/apply.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "problems.h"
#include "report.h"

typedef struct {
    grayctl_problems_t problems;
    json_t *changes;
    json_t *warnings;
} apply_t;

static void
tell_change(void *data, const gray_apply_change_t *change)
{
    apply_t *apply = data;
    static const char *actions[] = { [GRAY_APPLY_CREATE] = "create",
        [GRAY_APPLY_CHANGE] = "change",
        [GRAY_APPLY_REMOVE] = "remove" };

    json_array_append_new(apply->changes,
        json_pack("{s:s, s:s, s:s, s:o}", "action", actions[change->action],
            "what", change->what, "name", change->name, "text",
            gray_json_text(change->text)));
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

static int
report_json(grayctl_t *cli, const apply_t *apply, bool changed, bool dry_run)
{
    json_t *object = json_pack("{s:b, s:b, s:I, s:O}", "changed", changed,
        "dry_run", dry_run, "revision",
        (json_int_t) gray_control_revision(cli->control), "changes",
        apply->changes);

    if (json_array_size(apply->warnings) > 0) {
        json_object_set(object, "warnings", apply->warnings);
    }

    return grayctl_json_print(object);
}

static int
report(grayctl_t *cli, const apply_t *apply, const gray_applied_t *applied,
    bool dry_run)
{
    char count[64];

    if (cli->json) {
        return report_json(
            cli, apply, applied->changes > 0 && !dry_run, dry_run);
    }

    grayctl_count(count, applied->changes, "change", "changes");

    if (applied->changes == 0) {
        grayctl_say(cli, "nothing to change");
    } else if (dry_run) {
        grayctl_say(cli, "%s; nothing was written", count);
    } else {
        grayctl_say(cli, "%s made", count);
    }

    return GRAYCTL_OK;
}

int
grayctl_apply(grayctl_t *cli)
{
    int code;
    apply_t apply;
    gray_applied_t applied = { 0 };
    gray_apply_t options = {
        .dry_run = grayctl_option_given(cli, "dry-run"),
        .force = grayctl_option_given(cli, "force"),
        .change = tell_change,
        .problem = tell_problem,
        .warning = tell_warning,
        .data = &apply,
    };

    apply.changes = json_array();
    apply.warnings = json_array();
    grayctl_problems_begin(&apply.problems, cli, "members");
    code = gray_control_apply(
        cli->control, cli->args[0], &options, &applied, &cli->error);

    if (code != 0) {
        code = grayctl_problems_fail(&apply.problems, &cli->error);
    } else {
        code = report(cli, &apply, &applied, options.dry_run);
    }

    json_decref(apply.changes);
    json_decref(apply.warnings);
    json_decref(apply.problems.list);

    return code;
}
