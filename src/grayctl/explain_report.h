/* What explain prints. */

#ifndef GRAYCTL_EXPLAIN_REPORT_H
#define GRAYCTL_EXPLAIN_REPORT_H

#include <jansson.h>
#include "command.h"
#include "control/log_line.h"

/* `explained` is what gray_json_explanation makes, and taken over; `line` the
 * log's that is compared with the decision; NULL: none. Returns GRAYCTL_OK. */
int grayctl_explanation_print(
    const grayctl_t *cli, json_t *explained, const gray_log_line_t *line);

#endif
