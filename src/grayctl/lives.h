/* --live LIST=ANSWER: what live lists are to answer. */

#ifndef GRAYCTL_LIVES_H
#define GRAYCTL_LIVES_H

#include <jansson.h>
#include "command.h"
#include "control/explain.h"
#include "core/name.h"

typedef struct {
    unsigned n;
    gray_explain_live_t lives[GRAYCTL_OPTIONS_MAX];
    char names[GRAYCTL_OPTIONS_MAX][GRAY_NAME_MAX + 1];
} grayctl_lives_t;

/* Reads all --live options. -1 with a usage error in cli->error. The lives
 * point into *lives, which is not to be copied. */
int grayctl_lives_read(grayctl_t *cli, grayctl_lives_t *lives);

/* {"legacy": "yes"}: what a server is asked with. */
json_t *grayctl_lives_json(const gray_explain_live_t *lives, unsigned n);

#endif
