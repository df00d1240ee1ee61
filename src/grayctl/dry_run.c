#include "dry_run.h"

#include <stdlib.h>
#include <string.h>

#include "done.h"
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

    if (cli->server != NULL) {
        return 0;
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
print_changes(const grayctl_t *cli, const json_t *changes)
{
    size_t i;
    const json_t *change;
    char line[4096];

    json_array_foreach(changes, i, change)
    {
        grayctl_say(cli, "%s",
            gray_escape(line, sizeof(line), json_string_value(change),
                json_string_length(change)));
    }

    grayctl_say(
        cli, "%s", i > 0 ? "nothing was written" : "nothing would change");
}

/* What the log says of the change; *json is set with --json. */
static int
replay_log(grayctl_t *cli, const json_t *did, json_t **json)
{
    int code;
    char *document;
    const char *file = grayctl_option_text(cli, "log", 0);
    gray_replay_t question = { .release = cli->args[0] };

    if (file == NULL) {
        return GRAYCTL_OK;
    }

    if (json_is_true(json_object_get(did, "made"))) {
        grayctl_note(cli,
            "grayctl: there is no release '%s' yet, so the log "
            "has none of its requests",
            cli->args[0]);
        return GRAYCTL_OK;
    }

    document = json_dumps(json_object_get(did, "document"), JSON_COMPACT);

    if (document == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
        return grayctl_failed(cli);
    }

    if (!cli->json) {
        putchar('\n');
    }

    question.document = document;
    question.len = strlen(document);
    code = grayctl_replay_file(cli, &question, file, json);
    free(document);

    return code;
}

int
grayctl_dry_run_done(grayctl_t *cli, json_t *did)
{
    int code;
    json_t *replay = NULL;

    if (!cli->json) {
        print_changes(cli, json_object_get(did, "changes"));
        return replay_log(cli, did, NULL);
    }

    code = replay_log(cli, did, &replay);

    if (code != GRAYCTL_OK) {
        return code;
    }

    if (replay != NULL) {
        json_object_set_new(did, "replay", replay);
    }

    return grayctl_json_print(json_incref(did));
}
