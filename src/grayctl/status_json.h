/* `grayctl status --json`. */

#ifndef GRAYCTL_STATUS_JSON_H
#define GRAYCTL_STATUS_JSON_H

#include <jansson.h>
#include "control/status.h"

/* The caller owns it. */
json_t *grayctl_status_json(const gray_status_t *status);

#endif
