/*
 * --dry-run [--log FILE] of a command that changes one release: validates,
 * says what would change, and, with a log, who; writes nothing.
 */

#ifndef GRAYCTL_DRY_RUN_H
#define GRAYCTL_DRY_RUN_H

#include <jansson.h>
#include "command.h"

/* The two options, for a command's table; their command's first argument is
 * the release, and its function calls grayctl_dry_run_begin and ends with
 * grayctl_done. */
#define GRAYCTL_DRY_RUN_OPTIONS                                             \
    { "dry-run", GRAYCTL_FLAG, NULL, "only say what would change", 0 },     \
    {                                                                       \
        "log", GRAYCTL_TEXT, "FILE",                                        \
            "with --dry-run: who would change, of these recorded requests", \
            'f'                                                             \
    }

/* Before the verb is called. -1 with a usage error in cli->error. */
int grayctl_dry_run_begin(grayctl_t *cli);

/* Tells what a dry run did (done.h). Returns the exit code. */
int grayctl_dry_run_done(grayctl_t *cli, json_t *did);

void grayctl_dry_run_free(grayctl_t *cli);

#endif
