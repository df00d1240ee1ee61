/*
 * Repairing a store: rebuilding what follows from something else.
 */

#ifndef GRAY_CONTROL_REPAIR_H
#define GRAY_CONTROL_REPAIR_H

#include "control/check.h"

/* Told of each thing that was repaired: its place as a problem has it, and what
 * was done. */
typedef void (*gray_repaired_pt)(
    void *data, const char *place, const char *what);

/*
 * Repairs the store in `dir` while it is in use, and then checks it as
 * gray_control_check does, which tells what is left. Nothing is touched when
 * pages of data.mdb are damaged. Rebuilt are: VERSION, namespace, switches,
 * counters that are missing; group, owner and modes; `names` from `lists`,
 * headers and expiries from members, garbage from members of nobody, compiled
 * forms from documents that can be trusted, indexes. No transaction lasts over
 * 100 ms; each that changes a record has an audit record.
 */
int gray_control_repair(const char *dir, gray_repaired_pt did,
    gray_problem_pt tell, void *data, gray_progress_pt progress,
    gray_checked_t *checked, gray_error_t *error);

#endif
