/*
 * From the words typed to a grayctl_t.
 *
 * Options may stand anywhere after the command (those every command has, also
 * before it), as --name value or --name=value; "--" ends them. A lone "-" is
 * an argument. Words are never abbreviated: a script that works today must
 * not become ambiguous tomorrow.
 */

#ifndef GRAYCTL_OPTIONS_H
#define GRAYCTL_OPTIONS_H

#include "command.h"

/*
 * Reads argv into *cli. `args` must hold argc + 1 pointers. On failure -1 and
 * a usage error; *cli then still tells how to print it (json, colour).
 */
int grayctl_options_parse(
    grayctl_t *cli, int argc, char **argv, char **args, gray_error_t *error);

/* Whether a flag or option was given. */
bool grayctl_option_given(const grayctl_t *cli, const char *name);

/* The i-th value of an option as typed, or NULL. */
const char *grayctl_option_text(
    const grayctl_t *cli, const char *name, unsigned i);

/* The last value of a number option (its unit: grayctl_kind_t), or `fallback`
 * when it was not given. */
uint64_t grayctl_option_number(
    const grayctl_t *cli, const char *name, uint64_t fallback);

/* A duration in whole seconds, rounded up; 0 when not given. */
uint64_t grayctl_option_seconds(const grayctl_t *cli, const char *name);

#endif
