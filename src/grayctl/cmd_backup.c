/* grayctl backup, grayctl restore. */

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "control/backup.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "problems.h"

int
grayctl_backup(grayctl_t *cli)
{
    int failed;
    grayctl_progress_t progress;

    grayctl_progress_begin(&progress, cli, "members");
    failed = gray_control_backup(cli->control, cli->args[0],
        grayctl_progress_tell, &progress, &cli->error);
    grayctl_progress_end(&progress);

    if (failed) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(
            json_pack("{s:o, s:I}", "backup", gray_json_text(cli->args[0]),
                "revision", (json_int_t) gray_control_revision(cli->control)));
    }

    grayctl_say(cli,
        "copied the store to %s (revision %llu); put it back "
        "with: grayctl restore %s",
        cli->args[0], (unsigned long long) gray_control_revision(cli->control),
        cli->args[0]);

    return GRAYCTL_OK;
}

int
grayctl_restore(grayctl_t *cli)
{
    int failed;
    gray_restored_t restored = { 0 };
    grayctl_problems_t problems;

    grayctl_problems_begin(&problems, cli, "members");
    failed = gray_control_restore(cli->store, cli->args[0],
        grayctl_option_text(cli, "group", 0), grayctl_problems_tell,
        grayctl_problems_progress, &problems, &restored, &cli->error);
    grayctl_progress_end(&problems.progress);
    failed = failed ? grayctl_problems_fail(&problems, &cli->error) : 0;
    json_decref(problems.list);

    if (failed) {
        return failed;
    }

    if (cli->json) {
        return grayctl_json_print(json_pack("{s:o, s:I, s:o, s:i}", "store",
            gray_json_text(cli->store), "revision",
            (json_int_t) restored.revision, "kept",
            gray_json_text(*restored.kept ? restored.kept : NULL),
            "switches_carried", (int) restored.carried));
    }

    grayctl_say(cli, "restored %s from %s (revision %llu)", cli->store,
        cli->args[0], (unsigned long long) restored.revision);

    if (restored.carried > 0) {
        grayctl_say(cli, "%u kill switch%s in force stayed", restored.carried,
            restored.carried == 1 ? "" : "es");
    }

    if (*restored.kept != '\0') {
        grayctl_say(cli, "the store before is kept in %s", restored.kept);
    }

    return GRAYCTL_OK;
}
