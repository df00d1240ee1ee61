/* Running another program and reading what it prints. */

#ifndef GRAYCTL_PROGRAM_H
#define GRAYCTL_PROGRAM_H

#include <stddef.h>

/*
 * Runs argv[0] (looked for in PATH, then in the sbin folders) without input,
 * for at most `seconds`. Returns its exit code, or -1 when it could not be
 * run or did not end. *out and *err (stdout and stderr, cut at some MB) are
 * malloc'ed and the caller's, NULL when -1.
 */
int program_run(char *const argv[], unsigned seconds, char **out, char **err);

#endif
