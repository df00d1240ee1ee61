/*
 * What in a status is not as it should be.
 */

#ifndef GRAY_CONTROL_STATUS_REMARKS_H
#define GRAY_CONTROL_STATUS_REMARKS_H

#include "control/status.h"

/* Fills status->remarks from the rest of it. -1: no memory. */
int gray_status_remark(gray_control_t *control, gray_status_t *status);

#endif
