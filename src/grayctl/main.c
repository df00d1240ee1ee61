/* grayctl: reads what was typed, opens the store or the way to a server, calls
 * the command. */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/version.h"
#include "dry_run.h"
#include "help.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"

static int
print_version(const grayctl_t *cli)
{
    if (cli->json) {
        return grayctl_json_print(json_pack("{s:s}", "version", GRAY_VERSION));
    }

    puts("grayctl (nginx-gray) " GRAY_VERSION);

    return GRAYCTL_OK;
}

static int
open_place(grayctl_t *cli)
{
    grayctl_access_t access = cli->command->access;
    bool partly = access >= GRAYCTL_READ_PARTLY;
    bool writable = access == GRAYCTL_WRITE || access == GRAYCTL_WRITE_PARTLY;

    if (access == GRAYCTL_CLOSED) {
        return 0;
    }

    if (cli->server != NULL) {
        return grayctl_remote_open(cli);
    }

    if (partly) {
        return gray_control_open_partly(
            cli->store, writable, &cli->control, &cli->error);
    }

    return gray_control_open(cli->store, writable, &cli->control, &cli->error);
}

static int
run_command(grayctl_t *cli)
{
    int code;

    if (open_place(cli) != 0) {
        code = cli->server != NULL && cli->error.code == GRAY_EINVALID
                   ? grayctl_misused(cli, &cli->error)
                   : grayctl_fail(cli, &cli->error);
        grayctl_remote_close(cli);
        return code;
    }

    if (cli->has_revision && cli->control != NULL) {
        gray_control_expect(cli->control, cli->if_revision);
    }

    code = cli->command->run(cli);
    gray_control_close(cli->control);
    grayctl_remote_close(cli);
    grayctl_dry_run_free(cli);

    return code;
}

static int
run(grayctl_t *cli)
{
    if (cli->version) {
        return print_version(cli);
    }

    if (cli->help) {
        return grayctl_help_print(cli, stdout);
    }

    if (cli->command == NULL) {
        grayctl_help_print(cli, stderr);
        return GRAYCTL_USAGE;
    }

    return run_command(cli);
}

int
main(int argc, char **argv)
{
    int code;
    grayctl_t cli;
    char **args = calloc(argc + 1, sizeof(*args));

    if (args == NULL) {
        return GRAYCTL_FAILED;
    }

    /* A reader who leaves (`| head`) is seen as EPIPE, so that every command
     * ends in its own way and closes the store. */
    signal(SIGPIPE, SIG_IGN);

    if (grayctl_options_parse(&cli, argc, argv, args, &cli.error) != 0) {
        code = grayctl_misused(&cli, &cli.error);
    } else {
        code = run(&cli);
    }

    code = grayctl_output_finish(&cli, code);
    free(args);

    return code;
}
