/*
 * Putting a backup in the place of a store that may be in use.
 *
 * The new folder is made complete beside the old one. Then, with the writer
 * locks of the old store and its switches held, the two names are exchanged
 * in one step: nobody ever sees half a store, and who waits for a lock finds
 * that the store was replaced.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "check_internal.h"
#include "control/backup.h"
#include "internal.h"
#include "link_internal.h"

typedef struct {
    char *dir;  /* without a slash at the end                         */
    char *made; /* the new folder, beside it                          */
    const char *from;
    gid_t gid;
    gray_control_t *old; /* NULL: there is no store to replace        */
    gray_txn_t *lock;    /* the old store's writer lock; may be NULL  */
    gray_restored_t *restored;
} gray_restore_t;

/* Those beside LMDB's. */
static const char *const gray_restore_files[]
    = { "switches", GRAY_COUNTERS_FILE };


/* Removes a folder that did not come to anything. */
static void
gray_restore_unmake(const char *made)
{
    char *path;
    unsigned i;

    for (i = 0; i < sizeof(gray_restore_files) / sizeof(char *); i++) {
        path = gray_text("%s/%s", made, gray_restore_files[i]);
        if (path != NULL) {
            (void) unlink(path);
        }
        free(path);
    }
    gray_store_remove(made);
}


static int
gray_restore_group(
    gray_restore_t *restore, const char *group, gray_error_t *error)
{
    struct stat st;
    gray_init_t chosen;

    if (group == NULL && stat(restore->dir, &st) == 0) {
        restore->gid = st.st_gid;
        return 0;
    }

    if (gray_init_choose(group, NULL, &chosen, error) != 0) {
        return -1;
    }
    restore->gid = chosen.gid;

    return 0;
}


static int
gray_restore_check(gray_restore_t *restore, gray_problem_pt tell,
    gray_progress_pt progress, void *data, gray_error_t *error)
{
    gray_checked_t checked;

    if (gray_check_run(
            restore->from, true, tell, data, progress, &checked, error)
        != 0)
    {
        return -1;
    }

    restore->restored->problems = checked.problems;
    if (checked.problems == 0) {
        return 0;
    }

    (void) gray_error_set(error, GRAY_EDAMAGED,
        "the backup %s has %u problems; nothing was changed", restore->from,
        checked.problems);

    return gray_error_hint(error, "restore another one");
}


static int
gray_restore_copy(gray_restore_t *restore, gray_progress_pt progress,
    void *data, gray_error_t *error)
{
    int rc;
    gray_store_t *from;

    rc = gray_store_open(restore->from, false, &from);
    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(restore->from, rc, error);
    }

    rc = gray_store_copy(from, restore->made, restore->gid, progress, data);
    gray_store_close(from);

    return rc == GRAY_STORE_OK
               ? 0
               : gray_verb_store_error(restore->made, rc, error);
}


/* --- the files beside LMDB's ------------------------------------------------ */

/* The switches to carry over: those in force, else the backup's; NULL: all
 * on. */
static gray_switches_t *
gray_restore_switches_from(const gray_restore_t *restore, bool *own)
{
    char *path;
    gray_switches_t *switches;

    *own = false;
    if (restore->old != NULL && restore->old->switches != NULL) {
        return restore->old->switches;
    }

    path = gray_text("%s/switches", restore->from);
    if (path == NULL || gray_switches_open(path, false, &switches) != 0) {
        switches = NULL;
    }
    free(path);
    *own = switches != NULL;

    return switches;
}


static unsigned
gray_restore_count_off(const gray_switches_t *switches)
{
    unsigned i, n;
    gray_switch_t slot;

    for (i = 0, n = 0; gray_switches_get(switches, i, &slot); i++) {
        n += slot.off;
    }

    return n;
}


static int
gray_restore_switches(gray_restore_t *restore, gray_error_t *error)
{
    int rc;
    bool own;
    char *path;
    gray_switches_t *from, *made;

    path = gray_text("%s/switches", restore->made);
    if (path == NULL) {
        return gray_no_memory(error);
    }

    rc = gray_switches_open(path, true, &made);
    free(path);
    if (rc != 0) {
        return gray_file_error(restore->made, "switches", errno, error);
    }

    from = gray_restore_switches_from(restore, &own);
    if (from != NULL) {
        rc = gray_switches_carry(made, from);
        if (rc != 0) {
            (void) gray_file_error(restore->made, "switches", errno, error);
        }
        restore->restored->carried = gray_restore_count_off(made);
    }
    if (own) {
        gray_switches_close(from);
    }
    gray_switches_close(made);

    return rc;
}


/* The same file goes on under the new folder: workers that have it open count
 * where grayctl looks. */
static void
gray_restore_counters(const gray_restore_t *restore)
{
    char *old, *made;

    old = gray_text("%s/" GRAY_COUNTERS_FILE, restore->dir);
    made = gray_text("%s/" GRAY_COUNTERS_FILE, restore->made);
    if (old != NULL && made != NULL) {
        (void) !link(old, made);
    }
    free(old);
    free(made);
}


/* --- the exchange ----------------------------------------------------------- */

/* With the old store locked: its revision is final. */
static int
gray_restore_audit(gray_restore_t *restore, gray_error_t *error)
{
    int rc;
    uint64_t old;
    gray_txn_t *txn;
    gray_record_t record;
    gray_control_t *made;

    old = restore->lock != NULL ? gray_txn_revision(restore->lock) : 0;

    if (gray_control_open(restore->made, true, &made, error) != 0) {
        return -1;
    }

    rc = gray_verb_write(made, &txn, error);
    if (rc == 0) {
        rc = gray_txn_raise(txn, old, &restore->restored->revision);
        if (rc == GRAY_STORE_OK && restore->lock != NULL) {
            rc = gray_link_carry(restore->lock, txn);
        }
        if (rc != GRAY_STORE_OK) {
            gray_verb_abort(made, txn);
            rc = gray_verb_store_error(restore->made, rc, error);
        } else {
            memset(&record, 0, sizeof(record));
            record.verb = "restore";
            record.before = json_pack("{s: I}", "revision", (json_int_t) old);
            record.after = json_pack("{s: s}", "from", restore->from);
            rc = gray_verb_commit(made, txn, &record, error);
        }
    }
    gray_control_close(made);

    return rc;
}


static void
gray_restore_sync_parent(const char *dir)
{
    int fd;
    char *parent, *slash;

    parent = strdup(dir);
    if (parent == NULL) {
        return;
    }
    slash = strrchr(parent, '/');
    if (slash == NULL) {
        (void) strcpy(parent, ".");
    } else {
        slash[slash == parent ? 1 : 0] = '\0';
    }

    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd != -1) {
        (void) fsync(fd);
        (void) close(fd);
    }
    free(parent);
}


/* The old store keeps its files under another name. */
static void
gray_restore_keep(gray_restore_t *restore)
{
    struct tm tm;
    time_t now;
    char stamp[32];

    now = time(NULL);
    (void) gmtime_r(&now, &tm);
    (void) strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    (void) snprintf(restore->restored->kept, sizeof(restore->restored->kept),
        "%s.before-%s", restore->dir, stamp);

    if (renameat2(AT_FDCWD, restore->made, AT_FDCWD, restore->restored->kept,
            RENAME_NOREPLACE)
        != 0)
    {
        (void) snprintf(restore->restored->kept,
            sizeof(restore->restored->kept), "%s", restore->made);
    }
}


static int
gray_restore_exchange(gray_restore_t *restore, gray_error_t *error)
{
    unsigned flags;
    struct stat st;

    flags = lstat(restore->dir, &st) == 0 ? RENAME_EXCHANGE : RENAME_NOREPLACE;

    if (renameat2(AT_FDCWD, restore->made, AT_FDCWD, restore->dir, flags) != 0)
    {
        (void) gray_error_set(error,
            errno == EACCES || errno == EPERM ? GRAY_EPERMISSION : GRAY_ESYSTEM,
            "cannot exchange %s and %s: %s", restore->made, restore->dir,
            strerror(errno));
        return gray_error_hint(error,
            "the store is a folder that can be renamed: no mount point, no "
            "symbolic link");
    }

    if (flags == RENAME_EXCHANGE) {
        gray_restore_keep(restore);
    }
    gray_restore_sync_parent(restore->dir);

    return 0;
}


/* Waits for writers, and keeps them out until the exchange is done. A damaged
 * store has none. */
static int
gray_restore_lock(gray_restore_t *restore, gray_error_t *error)
{
    int rc;
    struct stat st;
    gray_error_t ignored;

    if (stat(restore->dir, &st) != 0) {
        return 0;
    }

    if (gray_control_open_partly(restore->dir, true, &restore->old, &ignored)
        != 0) {
        restore->old = NULL;
        return 0;
    }

    if (restore->old->switches != NULL
        && gray_switches_lock(restore->old->switches) != 0)
    {
        return gray_file_error(restore->dir, "switches", errno, error);
    }

    if (restore->old->store == NULL) {
        return 0;
    }

    rc = gray_store_write(restore->old->store, &restore->lock);
    if (rc != GRAY_STORE_OK) {
        restore->lock = NULL;
        return rc == GRAY_STORE_EDAMAGED
                   ? 0
                   : gray_verb_store_error(restore->dir, rc, error);
    }

    return 0;
}


static void
gray_restore_unlock(gray_restore_t *restore)
{
    if (restore->lock != NULL) {
        gray_store_abort(restore->lock);
    }
    if (restore->old != NULL && restore->old->switches != NULL) {
        gray_switches_unlock(restore->old->switches);
    }
    gray_control_close(restore->old);
}


static int
gray_restore_run(gray_restore_t *restore, gray_progress_pt progress, void *data,
    gray_error_t *error)
{
    int rc;

    if (gray_restore_copy(restore, progress, data, error) != 0) {
        return -1;
    }

    gray_restore_counters(restore);

    if (gray_init_files(restore->made, restore->gid, true, true, error) != 0
        || gray_restore_lock(restore, error) != 0)
    {
        rc = -1;
    } else {
        rc = gray_restore_switches(restore, error);
        if (rc == 0) {
            rc = gray_restore_audit(restore, error);
        }
        if (rc == 0) {
            rc = gray_restore_exchange(restore, error);
        }
    }

    gray_restore_unlock(restore);
    if (rc != 0) {
        gray_restore_unmake(restore->made);
    }

    return rc;
}


/* A slash at the end would make the sibling a child. */
static char *
gray_restore_dir(const char *dir)
{
    char *copy;
    size_t len;

    copy = strdup(dir);
    if (copy != NULL) {
        len = strlen(copy);
        while (len > 1 && copy[len - 1] == '/') {
            copy[--len] = '\0';
        }
    }

    return copy;
}


int
gray_control_restore(const char *dir, const char *from, const char *group,
    gray_problem_pt tell, gray_progress_pt progress, void *data,
    gray_restored_t *restored, gray_error_t *error)
{
    int rc;
    gray_restore_t restore;

    memset(restored, 0, sizeof(*restored));
    memset(&restore, 0, sizeof(restore));
    restore.from = from;
    restore.restored = restored;
    restore.dir = gray_restore_dir(dir);
    restore.made = restore.dir != NULL
                       ? gray_text("%s.restore-%d", restore.dir, (int) getpid())
                       : NULL;

    if (restore.made == NULL) {
        rc = gray_no_memory(error);
    } else if (gray_restore_check(&restore, tell, progress, data, error) != 0
               || gray_restore_group(&restore, group, error) != 0)
    {
        rc = -1;
    } else {
        rc = gray_restore_run(&restore, progress, data, error);
    }

    free(restore.dir);
    free(restore.made);

    return rc;
}
