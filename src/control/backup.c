/*
 * A copy of a store that is in use.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "control/backup.h"
#include "internal.h"


/* The kill switches as they are. A backup without them is a backup all the
 * same: restoring carries over those in force. */
static int
gray_backup_switches(
    gray_control_t *control, const char *to, gray_error_t *error)
{
    int rc;
    char *path;
    gray_switches_t *copy;

    if (control->switches == NULL) {
        return 0;
    }

    path = gray_text("%s/switches", to);
    if (path == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_switches_create(path, (gid_t) -1);
    if (rc == 0) {
        rc = gray_switches_open(path, true, &copy);
    }
    if (rc == 0) {
        rc = gray_switches_carry(copy, control->switches);
        gray_switches_close(copy);
    }
    if (rc != 0) {
        rc = gray_file_error(to, "switches", errno, error);
        (void) unlink(path);
    }
    free(path);

    return rc;
}


/* The copy's own revision: the store may be further on already. */
static int
gray_backup_revision(
    gray_control_t *control, const char *to, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;
    gray_store_t *copy;

    rc = gray_store_open(to, false, &copy);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(to, rc, error);
    }

    rc = gray_store_read(copy, &txn);
    if (rc == GRAY_STORE_OK) {
        control->revision = gray_txn_revision(txn);
        gray_store_read_end(txn);
    }
    gray_store_close(copy);

    return rc == GRAY_STORE_OK ? 0 : gray_verb_store_error(to, rc, error);
}


int
gray_control_backup(gray_control_t *control, const char *to,
    gray_progress_pt progress, void *data, gray_error_t *error)
{
    int rc;
    struct stat st;

    if (control->store == NULL) {
        *error = control->store_error;
        return -1;
    }

    if (lstat(to, &st) == 0) {
        (void) gray_error_set(error, GRAY_EEXISTS, "%s is there already", to);
        return gray_error_hint(error, "name a folder that is not there yet");
    }

    rc = gray_store_copy(control->store, to, (gid_t) -1, progress, data);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(to, rc, error);
    }

    if (gray_backup_switches(control, to, error) != 0) {
        gray_store_remove(to);
        return -1;
    }

    return gray_backup_revision(control, to, error);
}
