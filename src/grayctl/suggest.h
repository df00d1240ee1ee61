/* "Did you mean …?" */

#ifndef GRAYCTL_SUGGEST_H
#define GRAYCTL_SUGGEST_H

#include "command.h"

/* The candidate (a NULL-terminated array) nearest to the word: few letters
 * missing, added, changed or swapped. NULL when none is near. */
const char *grayctl_suggest(const char *word, const char *const *candidates);

/* The nearest command among those that start with `group` ("" for the first
 * words), without the group; written to `found`. False when none is near. */
bool grayctl_suggest_command(
    const char *group, const char *word, char *found, size_t size);

/* The nearest option of the command (may be NULL) or of all; or NULL. */
const char *grayctl_suggest_option(
    const grayctl_command_t *command, const char *word);

#endif
