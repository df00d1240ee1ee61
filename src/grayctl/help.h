/* Help at every level, from the table of commands. */

#ifndef GRAYCTL_HELP_H
#define GRAYCTL_HELP_H

#include "command.h"

/* The help for what was typed so far: the program, a group, or a command. */
int grayctl_help_print(const grayctl_t *cli, FILE *out);

#endif
