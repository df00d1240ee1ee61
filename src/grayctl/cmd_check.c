/* grayctl check: verifies every record of the store, and repairs it. */

#include "control/repair.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "problems.h"
#include "progress.h"
#include "report.h"

typedef struct {
    grayctl_problems_t problems; /* the first: told as one              */
    json_t *repaired;
} repairs_t;

/* A gray_repaired_pt. */
static void
tell_repaired(void *data, const char *place, const char *what)
{
    repairs_t *repairs = data;
    const grayctl_t *cli = repairs->problems.cli;

    if (cli->json) {
        json_array_append_new(repairs->repaired,
            json_pack("{s:s, s:s}", "place", place, "done", what));
        return;
    }

    grayctl_progress_end(&repairs->problems.progress);
    grayctl_say(cli, "repaired %s: %s", place, what);
}

static void
print_json(const repairs_t *repairs, const gray_checked_t *checked, bool repair)
{
    json_t *top = json_pack("{s:b, s:I, s:I, s:I, s:I, s:O}", "ok",
        checked->problems == 0, "releases", (json_int_t) checked->releases,
        "lists", (json_int_t) checked->lists, "members",
        (json_int_t) checked->members, "audits", (json_int_t) checked->audits,
        "problems", repairs->problems.list);

    if (repair) {
        json_object_set(top, "repaired", repairs->repaired);
    }
    grayctl_json_print(top);
}

static void
print_text(const grayctl_t *cli, const gray_checked_t *checked)
{
    char members[64], releases[64], lists[64], audits[64];

    grayctl_say(cli, "%s: %s, %s, %s and %s checked", cli->store,
        grayctl_count(releases, checked->releases, "release", "releases"),
        grayctl_count(lists, checked->lists, "list", "lists"),
        grayctl_count(members, checked->members, "member", "members"),
        grayctl_count(
            audits, checked->audits, "audit record", "audit records"));
    grayctl_say(cli, checked->problems ? "%u problem%s" : "all is well",
        checked->problems, grayctl_s(checked->problems));
}

int
grayctl_check(grayctl_t *cli)
{
    bool repair = grayctl_option_given(cli, "repair");
    repairs_t repairs = { .repaired = json_array() };
    gray_checked_t checked;
    int failed;

    grayctl_problems_begin(&repairs.problems, cli, "members");
    failed = repair ? gray_control_repair(cli->store, tell_repaired,
                 grayctl_problems_tell, &repairs, grayctl_problems_progress,
                 &checked, &cli->error)
                    : gray_control_check(cli->store, grayctl_problems_tell,
                        &repairs, grayctl_problems_progress, &checked,
                        &cli->error);
    grayctl_progress_end(&repairs.problems.progress);

    if (failed) {
        failed = grayctl_problems_fail(&repairs.problems, &cli->error);
    } else if (cli->json) {
        print_json(&repairs, &checked, repair);
    } else {
        print_text(cli, &checked);
    }
    json_decref(repairs.problems.list);
    json_decref(repairs.repaired);

    if (failed) {
        return failed;
    }

    return checked.problems ? GRAYCTL_NO : GRAYCTL_OK;
}
