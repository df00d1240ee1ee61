#include "dry_run.h"

#include <stdlib.h>
#include <string.h>

#include "lives.h"
#include "options.h"
#include "output.h"
#include "replay_report.h"
#include "report.h"

int
grayctl_dry_run_begin(grayctl_t *cli)
{
    if (!grayctl_option_given(cli, "dry-run")) {
        if (grayctl_option_text(cli, "log", 0) == NULL) {
            return 0;
        }

        gray_error_set(&cli->error, GRAY_EINVALID, "--log goes with --dry-run");
        return gray_error_hint(&cli->error,
            "add --dry-run, or compare afterwards: grayctl replay %s FILE",
            cli->args[0]);
    }

    cli->dry_run = calloc(1, sizeof(*cli->dry_run));

    if (cli->dry_run == NULL) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    gray_control_dry_run(cli->control, cli->dry_run);

    return 0;
}

void
grayctl_dry_run_free(grayctl_t *cli)
{
    if (cli->dry_run != NULL) {
        gray_dry_run_free(cli->dry_run);
        free(cli->dry_run);
        cli->dry_run = NULL;
    }
}

static void
print_changes(const grayctl_t *cli)
{
    unsigned i;
    const gray_dry_run_t *dry_run = cli->dry_run;
    char line[4096];

    for (i = 0; i < dry_run->nchanges; i++) {
        grayctl_say(cli, "%s",
            gray_escape(line, sizeof(line), dry_run->changes[i],
                strlen(dry_run->changes[i])));
    }

    grayctl_say(cli, "%s",
        dry_run->changed ? "nothing was written" : "nothing would change");
}

/* What the log says of the change; *json is set with --json. */
static int
replay_log(const grayctl_t *cli, json_t **json)
{
    const char *file = grayctl_option_text(cli, "log", 0);
    gray_replay_t question = {
        .release = cli->args[0],
        .document = cli->dry_run->document,
        .len = strlen(cli->dry_run->document),
    };

    if (file == NULL) {
        return GRAYCTL_OK;
    }

    if (cli->dry_run->made) {
        grayctl_note(cli,
            "grayctl: there is no release '%s' yet, so the log "
            "has none of its requests",
            cli->args[0]);
        return GRAYCTL_OK;
    }

    if (!cli->json) {
        putchar('\n');
    }

    return grayctl_replay_file(cli, &question, file, json);
}

int
grayctl_dry_run_done(const grayctl_t *cli, json_t *more)
{
    int code;
    json_t *object, *replay = NULL;

    if (!cli->json) {
        json_decref(more);
        print_changes(cli);
        return replay_log(cli, NULL);
    }

    code = replay_log(cli, &replay);

    if (code != GRAYCTL_OK) {
        json_decref(more);
        return code;
    }

    object = gray_json_dry_run(cli->control, cli->dry_run);

    if (replay != NULL) {
        json_object_set_new(object, "replay", replay);
    }

    if (more != NULL) {
        json_object_update_missing(object, more);
        json_decref(more);
    }

    return grayctl_json_print(object);
}
