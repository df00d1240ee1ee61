/* What a verb prints when it has done its work. */

#ifndef GRAYCTL_DONE_H
#define GRAYCTL_DONE_H

#include <jansson.h>
#include "command.h"

/*
 * A line for a person, or, with --json, {"changed", "revision"} and the
 * members of `more` (given up; may be NULL). Then the verb's warnings. Returns
 * GRAYCTL_OK, or the code of a dry run.
 */
int grayctl_done(const grayctl_t *cli, json_t *more, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error of the verb that was just called, printed; its exit code. */
int grayctl_failed(grayctl_t *cli);

#endif
