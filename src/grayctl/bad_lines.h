/* Lines of an input that cannot be read: the first of them are told one by
 * one, the others counted. */

#ifndef GRAYCTL_BAD_LINES_H
#define GRAYCTL_BAD_LINES_H

#include <jansson.h>
#include "progress.h"

typedef struct {
    const grayctl_t *cli;
    const char *name; /* of the input                                */
    grayctl_progress_t progress;
    uint64_t n;
    json_t *list; /* the first ones                              */
} grayctl_bad_lines_t;

/* `file` is the input as it was named; "-" or NULL: standard input. Begins
 * the progress too, of lines. */
void grayctl_bad_lines_begin(
    grayctl_bad_lines_t *bad, const grayctl_t *cli, const char *file);

/* These are callbacks whose data is a grayctl_bad_lines_t. */
void grayctl_bad_lines_tell(
    void *bad, uint64_t line, const gray_error_t *error);
int grayctl_bad_lines_progress(void *bad, uint64_t done);
int grayctl_bad_lines_written(void *bad, uint64_t members);

/* Those that a server tells, in "bad" and "bad_lines" of what it did: as many
 * of them are told, and left in it, as if they had been met here. */
void grayctl_bad_lines_tell_all(grayctl_bad_lines_t *bad, json_t *did);

/* Clears the progress, and says how many more there were. */
void grayctl_bad_lines_end(grayctl_bad_lines_t *bad);

#endif
