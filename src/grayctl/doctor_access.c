/* Can the worker's user read the store? Judged by owner, group and mode, so
 * that root need not become that user. */

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

#define GROUPS_MAX 128

typedef struct {
    uid_t uid;
    int ngroups;
    gid_t groups[GROUPS_MAX];
} worker_t;

/* What each file must give to workers. */
static const struct {
    const char *name;
    unsigned bits; /* 4 read, 2 write, 1 search                     */
} files[] = {
    { "VERSION", 4 },
    { "data.mdb", 4 },
    { "lock.mdb", 6 },
    { "namespace", 6 },
    { "switches", 4 },
    { "counters.2", 6 },
};

static bool
in_groups(const worker_t *worker, gid_t gid)
{
    int i;

    for (i = 0; i < worker->ngroups; i++) {
        if (worker->groups[i] == gid) {
            return true;
        }
    }

    return false;
}

static bool
allowed(const worker_t *worker, const struct stat *status, unsigned bits)
{
    unsigned mode = status->st_mode & 7;

    if (worker->uid == 0) {
        return true;
    }

    if (status->st_uid == worker->uid) {
        mode = (status->st_mode >> 6) & 7;

    } else if (in_groups(worker, status->st_gid)) {
        mode = (status->st_mode >> 3) & 7;
    }

    return (mode & bits) == bits;
}

/* Each folder on the way must be searchable. False: `folder` is not. */
static bool
way_open(const worker_t *worker, const char *path, char folder[PATH_MAX])
{
    char *slash;
    struct stat status;

    if (realpath(path, folder) == NULL) {
        return true;
    }

    do {
        if (stat(folder, &status) == 0 && !allowed(worker, &status, 1)) {
            return false;
        }

        slash = strrchr(folder, '/');

        if (slash != NULL) {
            *slash = '\0';
        }
    } while (slash != NULL && *folder != '\0');

    return true;
}

static bool
find_worker(const doctor_t *doctor, worker_t *worker)
{
    struct passwd *user = getpwnam(doctor->user);

    if (user == NULL) {
        return false;
    }

    worker->uid = user->pw_uid;
    worker->ngroups = GROUPS_MAX;

    if (getgrouplist(
            doctor->user, user->pw_gid, worker->groups, &worker->ngroups)
        < 0)
    {
        worker->ngroups = GROUPS_MAX;
    }

    return true;
}

/* The files of these bits, each after a space. */
static void
name_files(char *text, size_t size, unsigned bits)
{
    size_t i, len = 0;

    for (i = 0; i < sizeof(files) / sizeof(files[0]) && len < size; i++) {
        if (files[i].bits == bits) {
            len += snprintf(text + len, size - len, " %s", files[i].name);
        }
    }
}

/* What to type; the group by its name where it has one. */
static void
remedy(const worker_t *worker, const char *store, char *hint, size_t size)
{
    struct group *group = getgrgid(worker->groups[0]);
    char number[16], readable[256], writable[256];

    name_files(readable, sizeof(readable), 4);
    name_files(writable, sizeof(writable), 6);
    snprintf(number, sizeof(number), "%u", (unsigned) worker->groups[0]);
    snprintf(hint, size,
        "cd %s && chgrp -R %s . && chmod 0750 . && chmod 0640%s && "
        "chmod 0660%s",
        store, group ? group->gr_name : number, readable, writable);
}

/* A worker that may not enter the store: nginx.conf has no `user`, as a rule,
 * and the store is of the group of the user that was meant. */
static void
enter_remedy(const worker_t *worker, const char *store, const char *path,
    const char *user, char *hint, size_t size)
{
    struct stat status, stopped;
    struct group *group;

    if (stat(store, &status) != 0 || stat(path, &stopped) != 0
        || status.st_ino != stopped.st_ino || status.st_dev != stopped.st_dev)
    {
        snprintf(hint, size, "chmod o+x %s, or give it to a group of %s", path,
            user);
        return;
    }

    group = status.st_gid != 0 ? getgrgid(status.st_gid) : NULL;

    if (group != NULL && strcmp(group->gr_name, user) != 0
        && getpwnam(group->gr_name) != NULL)
    {
        snprintf(hint, size, "nginx.conf: user %s; then restart nginx",
            group->gr_name);
    } else {
        remedy(worker, store, hint, size);
    }
}

void
doctor_access(doctor_t *doctor)
{
    size_t i;
    char path[PATH_MAX], hint[PATH_MAX + 1024];
    worker_t worker;
    struct stat status;
    const char *store = doctor->cli->store;

    if (*doctor->user == '\0') {
        doctor_tell(doctor, DOCTOR_SKIP, "access", NULL,
            "the worker's user is not known");
        return;
    }

    if (!find_worker(doctor, &worker)) {
        doctor_tell(doctor, DOCTOR_FIX, "access", "nginx.conf: user www-data;",
            "the worker's user '%s' does not "
            "exist here",
            doctor->user);
        return;
    }

    if (!way_open(&worker, store, path)) {
        enter_remedy(&worker, store, path, doctor->user, hint, sizeof(hint));
        doctor_tell(doctor, DOCTOR_FIX, "access", hint,
            "the worker's user %s may not enter %s", doctor->user, path);
        return;
    }

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", store, files[i].name);

        if (stat(path, &status) == 0
            && !allowed(&worker, &status, files[i].bits)) {
            remedy(&worker, store, hint, sizeof(hint));
            doctor_tell(doctor, DOCTOR_FIX, "access", hint,
                "the worker's user %s may not %s %s", doctor->user,
                files[i].bits == 6 ? "write" : "read", path);
            return;
        }
    }

    doctor_tell(doctor, DOCTOR_OK, "access", NULL,
        "the worker's user %s can read the store", doctor->user);
}
