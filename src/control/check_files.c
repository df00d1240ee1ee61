/*
 * The folder's files: there, of the right owner and mode, readable.
 */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "check_internal.h"

#define GRAY_CHECK_LOCK_REMEDY                                               \
    "with nginx and every grayctl stopped, make an empty one (touch), with " \
    "mode 0660 and the folder's group"

#define GRAY_CHECK_MISSING_REMEDY "grayctl check --repair makes what is missing"

#define GRAY_CHECK_SEGMENT_REMEDY                                           \
    "stop nginx, remove the file if it is there, and run grayctl init: it " \
    "makes what is missing"


const gray_check_file_t gray_check_file_list[] = {
    { "VERSION", 0640, true, GRAY_CHECK_MISSING_REMEDY },
    { "data.mdb", 0640, true, "restore a backup" },
    { "lock.mdb", 0660, true, GRAY_CHECK_LOCK_REMEDY },
    { "namespace", 0660, true, GRAY_CHECK_MISSING_REMEDY },
    { "switches", 0640, false, GRAY_CHECK_SEGMENT_REMEDY },
    { GRAY_COUNTERS_FILE, 0660, false, GRAY_CHECK_SEGMENT_REMEDY },
    { "index", 0750, false, NULL },
    { NULL, 0, false, NULL },
};


static void
gray_check_mode(gray_checker_t *checker, const gray_check_file_t *file,
    const struct stat *st, const struct stat *folder)
{
    char hint[256];
    struct group *group;

    if ((st->st_mode & 07777) != file->mode) {
        (void) snprintf(hint, sizeof(hint), "chmod %04o %.180s/%s",
            (unsigned) file->mode, checker->dir, file->name);
        gray_check_problem(checker, GRAY_EPERMISSION, file->name, hint,
            "its mode is %04o, not %04o", (unsigned) (st->st_mode & 07777),
            (unsigned) file->mode);
    }

    if (st->st_gid != folder->st_gid) {
        group = getgrgid(folder->st_gid);
        (void) snprintf(hint, sizeof(hint), "chgrp %.40s %.180s/%s",
            group != NULL ? group->gr_name : "GROUP", checker->dir, file->name);
        gray_check_problem(checker, GRAY_EPERMISSION, file->name, hint,
            "its group is not the folder's: workers cannot use it");
    }

    if (st->st_uid != folder->st_uid) {
        (void) snprintf(hint, sizeof(hint),
            "chown --reference=%.100s %.100s/%s", checker->dir, checker->dir,
            file->name);
        gray_check_problem(checker, GRAY_EPERMISSION, file->name, hint,
            "its owner is not the folder's");
    }
}


static bool
gray_check_file(gray_checker_t *checker, const gray_check_file_t *file,
    const struct stat *folder)
{
    char *path;
    struct stat st;
    int rc;

    path = gray_text("%s/%s", checker->dir, file->name);
    rc = path != NULL ? stat(path, &st) : -1;
    free(path);

    if (checker->backup && (rc == 0 || !file->needed)) {
        return true;
    }

    if (rc != 0 && file->remedy == NULL) {
        return true;
    }

    if (rc != 0) {
        gray_check_problem(checker, GRAY_EDAMAGED, file->name, file->remedy,
            "%s", strerror(errno));
        return !file->needed;
    }

    gray_check_mode(checker, file, &st, folder);

    return true;
}


/* Opening checks size, head and slots. */
static void
gray_check_segments(gray_checker_t *checker)
{
    char *path;
    gray_switches_t *switches;
    gray_counters_t *counters;

    path = gray_text("%s/switches", checker->dir);
    if (path != NULL && gray_switches_open(path, false, &switches) == 0) {
        gray_switches_close(switches);
    } else if (errno != ENOENT) {
        gray_check_problem(checker, GRAY_EDAMAGED, "switches",
            GRAY_CHECK_SEGMENT_REMEDY, "%s",
            errno == EBADMSG ? "it is damaged" : strerror(errno));
    }
    free(path);

    path = gray_text("%s/" GRAY_COUNTERS_FILE, checker->dir);
    if (path != NULL && gray_counters_open(path, false, &counters) == 0) {
        gray_counters_close(counters);
    } else if (errno != ENOENT) {
        gray_check_problem(checker, GRAY_EDAMAGED, GRAY_COUNTERS_FILE,
            GRAY_CHECK_SEGMENT_REMEDY, "%s",
            errno == EBADMSG ? "it is damaged" : strerror(errno));
    }
    free(path);
}


bool
gray_check_files(gray_checker_t *checker)
{
    int rc;
    bool open;
    unsigned i;
    struct stat folder;
    gray_error_t problem;

    if (stat(checker->dir, &folder) != 0) {
        gray_check_problem(checker, GRAY_ENOSTORE, checker->dir, "grayctl init",
            "%s", strerror(errno));
        return false;
    }

    open = true;
    for (i = 0; gray_check_file_list[i].name != NULL; i++) {
        open &= gray_check_file(checker, &gray_check_file_list[i], &folder);
    }

    rc = gray_store_version(checker->dir);
    if (rc != GRAY_STORE_SCHEMA) {
        if (rc > 0) {
            rc = GRAY_STORE_ESCHEMA;
        }
        (void) gray_verb_store_error(checker->dir, rc, &problem);
        gray_check_error(checker, "VERSION", &problem);
        open = false;
    }

    gray_check_segments(checker);

    return open;
}
