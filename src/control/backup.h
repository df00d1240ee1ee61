/*
 * Copying a store away and back.
 */

#ifndef GRAY_CONTROL_BACKUP_H
#define GRAY_CONTROL_BACKUP_H

#include "control/check.h"
#include "control/control.h"

/* Copies the store, while it is in use, into the new folder `to` (its parent
 * must be there), with the switches. The copy is one committed state.
 * GRAY_EEXISTS when `to` is there. gray_control_revision() is the copy's. */
int gray_control_backup(gray_control_t *control, const char *to,
    gray_progress_pt progress, void *data, gray_error_t *error);

/* What restore did. */
typedef struct {
    uint64_t revision; /* of the store now                             */
    char kept[512];    /* where the old store went: DIR.before-TIME;
                           "" when there was none                       */
    unsigned carried;  /* kill switches in force that were carried over */
    unsigned problems; /* that check found in the backup: refused      */
} gray_restored_t;

/*
 * Puts the backup `from` in the place of the store in `dir`: checks it
 * (problems are told), copies it to a sibling folder with the group and modes
 * of the store, carries the kill switches in force over, takes the writer
 * lock and exchanges the folders. The old store is kept. Running nginx see
 * the new one within a second; writers into the old one fail with
 * GRAY_EREPLACED. The new revision is higher than both old ones. `group`
 * NULL: as the store that is replaced, or as init chooses. No handle of this
 * process may be open on either folder.
 */
int gray_control_restore(const char *dir, const char *from, const char *group,
    gray_problem_pt tell, gray_progress_pt progress, void *data,
    gray_restored_t *restored, gray_error_t *error);

#endif
