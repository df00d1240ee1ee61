/* What explain prints. */

#ifndef GRAYCTL_EXPLAIN_REPORT_H
#define GRAYCTL_EXPLAIN_REPORT_H

#include "command.h"
#include "control/explain.h"
#include "control/log_line.h"

/* `line` is the log's that is compared with the decision; NULL: none. Returns
 * GRAYCTL_OK. */
int grayctl_explanation_print(const grayctl_t *cli,
    const gray_explanation_t *explanation, const gray_log_line_t *line);

#endif
