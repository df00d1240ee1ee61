/* Problems that a check, a restore or an apply tells one by one. */

#ifndef GRAYCTL_PROBLEMS_H
#define GRAYCTL_PROBLEMS_H

#include <jansson.h>
#include "progress.h"

typedef struct {
    const grayctl_t *cli;
    grayctl_progress_t progress;
    json_t *list; /* of problems, the caller's                   */
} grayctl_problems_t;

/* `what` is counted by the progress line. */
void grayctl_problems_begin(
    grayctl_problems_t *problems, const grayctl_t *cli, const char *what);

/* A gray_problem_pt: prints the problem on stderr, or keeps it for JSON. */
void grayctl_problems_tell(void *problems, const gray_error_t *problem);

/* A gray_progress_pt with the same data. */
int grayctl_problems_progress(void *problems, uint64_t done);

/* The error that ended the command, printed with the problems told; its exit
 * code. */
int grayctl_problems_fail(
    const grayctl_problems_t *problems, const gray_error_t *error);

#endif
