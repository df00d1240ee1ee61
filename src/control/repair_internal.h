/*
 * The parts of a repair.
 */

#ifndef GRAY_CONTROL_REPAIR_INTERNAL_H
#define GRAY_CONTROL_REPAIR_INTERNAL_H

#include "check_internal.h"
#include "control/repair.h"

typedef struct {
    const char *dir;
    gray_control_t *control;
    gray_repaired_pt did;
    gray_progress_pt progress;
    void *data;
    bool unreadable; /* a list's header stays so: its members may seem
                        nobody's                                        */
} gray_repairer_t;

/* Tells what was repaired. */
void gray_repair_did(gray_repairer_t *repairer, const char *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Commits with an audit record about the list or release (or NULL, NULL);
 * `rc`, what writing gave, is not OK: aborts. Returns 0 or -1. */
int gray_repair_commit(gray_repairer_t *repairer, gray_txn_t *txn, int rc,
    const char *list, const char *release, const char *what,
    gray_error_t *error);

/* gray_progress_pt with a repairer. */
int gray_repair_progress(void *repairer, uint64_t done);

/* repair_files.c. `before` LMDB is opened, and after its pages were verified.
 * Errors are left to the check that follows. */
void gray_repair_files_before(gray_repairer_t *repairer);
void gray_repair_files_after(gray_repairer_t *repairer);

/* repair_lists.c */
int gray_repair_headers(gray_repairer_t *repairer, gray_error_t *error);
int gray_repair_indexes(gray_repairer_t *repairer, gray_error_t *error);

/* repair_releases.c */
int gray_repair_releases(gray_repairer_t *repairer, gray_error_t *error);

#endif
