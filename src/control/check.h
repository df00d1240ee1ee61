/*
 * Verifying a store.
 */

#ifndef GRAY_CONTROL_CHECK_H
#define GRAY_CONTROL_CHECK_H

#include "control/control.h"

/* Told of each problem: place names the file, release or list; hint the
 * remedy. */
typedef void (*gray_problem_pt)(void *data, const gray_error_t *problem);

/* What was looked at. */
typedef struct {
    uint64_t releases;
    uint64_t lists;
    uint64_t members;
    uint64_t audits;
    unsigned problems;
} gray_checked_t;

/*
 * Checks the folder: VERSION, sizes, owner, group and modes, every release
 * (checksum, compiled form, equal to what its document compiles to), every
 * list (header against its members, counted anew in slices), the lists that
 * rules name, the audit, the keys of links, switches and counters. Opens and closes the store
 * itself: no handle of this process may be open on it. Returns 0 when the
 * check could be made, whatever it found; *checked counts.
 */
int gray_control_check(const char *dir, gray_problem_pt tell, void *data,
    gray_progress_pt progress, gray_checked_t *checked, gray_error_t *error);

#endif
