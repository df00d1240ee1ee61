/* Replaying a log, for replay and for dry runs, and what it found. */

#ifndef GRAYCTL_REPLAY_REPORT_H
#define GRAYCTL_REPLAY_REPORT_H

#include <jansson.h>
#include "command.h"
#include "control/replay.h"

/*
 * Replays a log ("-": standard input) and prints what was found or, with
 * --json, makes *json of it. Sets the question's callbacks. Errors are told;
 * returns the exit code.
 */
int grayctl_replay_file(
    grayctl_t *cli, gray_replay_t *question, const char *file, json_t **json);

#endif
