/*
 * How far a long command is, on stderr: only on a terminal, only when it
 * takes longer than two seconds, and gone from the screen at the end.
 */

#ifndef GRAYCTL_PROGRESS_H
#define GRAYCTL_PROGRESS_H

#include "command.h"

typedef struct {
    const char *what; /* "lines", "members"                          */
    bool shown;       /* stderr is a terminal, and not --quiet       */
    bool output;      /* stop when nobody reads stdout any more      */
    uint64_t started; /* milliseconds of the monotonic clock         */
    uint64_t drawn;
} grayctl_progress_t;

void grayctl_progress_begin(
    grayctl_progress_t *progress, const grayctl_t *cli, const char *what);

/* A gray_progress_pt whose data is a grayctl_progress_t. */
int grayctl_progress_tell(void *progress, uint64_t done);

/* Clears the line. */
void grayctl_progress_end(grayctl_progress_t *progress);

#endif
