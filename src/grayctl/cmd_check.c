/* grayctl check: verifies every record of the store. */

#include "control/check.h"
#include "done.h"
#include "output.h"
#include "problems.h"
#include "progress.h"
#include "report.h"

int
grayctl_check(grayctl_t *cli)
{
    int failed;
    gray_checked_t checked;
    grayctl_problems_t problems;
    char members[64], releases[64], lists[64], audits[64];

    grayctl_problems_begin(&problems, cli, "members");
    failed = gray_control_check(cli->store, grayctl_problems_tell, &problems,
        grayctl_problems_progress, &checked, &cli->error);
    grayctl_progress_end(&problems.progress);

    if (failed) {
        json_decref(problems.list);
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(json_pack("{s:b, s:I, s:I, s:I, s:I, s:o}", "ok",
            checked.problems == 0, "releases", (json_int_t) checked.releases,
            "lists", (json_int_t) checked.lists, "members",
            (json_int_t) checked.members, "audits", (json_int_t) checked.audits,
            "problems", problems.list));
    } else {
        json_decref(problems.list);
        grayctl_say(cli, "%s: %s, %s, %s and %s checked", cli->store,
            grayctl_count(releases, checked.releases, "release", "releases"),
            grayctl_count(lists, checked.lists, "list", "lists"),
            grayctl_count(members, checked.members, "member", "members"),
            grayctl_count(
                audits, checked.audits, "audit record", "audit records"));
        grayctl_say(cli, checked.problems ? "%u problem%s" : "all is well",
            checked.problems, grayctl_s(checked.problems));
    }

    return checked.problems ? GRAYCTL_NO : GRAYCTL_OK;
}
