/* What a change of weights came to, told. */

#ifndef GRAYCTL_WEIGHED_H
#define GRAYCTL_WEIGHED_H

#include "command.h"
#include "control/weight.h"

/* As grayctl_done. `rule` is whose split it was; NULL: the release's own. */
int grayctl_weighed(
    const grayctl_t *cli, const char *rule, const gray_weighed_t *weighed);

#endif
