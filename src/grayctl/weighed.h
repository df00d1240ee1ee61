/* What a change of weights came to, told. */

#ifndef GRAYCTL_WEIGHED_H
#define GRAYCTL_WEIGHED_H

#include <jansson.h>
#include "command.h"

/* As grayctl_done, of what a verb did that has the members of
 * gray_json_weighed. */
int grayctl_weighed(grayctl_t *cli, json_t *did);

#endif
