/*
 * Store and file errors in words that say what to do.
 */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "internal.h"


typedef struct {
    int store;
    gray_error_code_t code;
    const char *hint; /* %s: the folder                               */
} gray_remedy_t;

static const gray_remedy_t gray_remedies[] = {
    { GRAY_STORE_ENOTFOUND, GRAY_ENOTFOUND, "" },
    { GRAY_STORE_ENOSTORE, GRAY_ENOSTORE, "run: grayctl --store %s init" },
    { GRAY_STORE_EPERMISSION, GRAY_EPERMISSION, "" },
    { GRAY_STORE_EFULL, GRAY_EFULL,
        "make room on the disk of %s; reading and the kill switches go on "
        "working" },
    { GRAY_STORE_EMAPFULL, GRAY_EFULL,
        "remove lists that are not needed and run: grayctl --store %s list "
        "purge" },
    { GRAY_STORE_EREPLACED, GRAY_EREPLACED, "run the command again" },
    { GRAY_STORE_ESCHEMA, GRAY_ESCHEMA,
        "a newer store needs a newer grayctl; for an older one run: grayctl "
        "--store %s migrate" },
    { GRAY_STORE_EDAMAGED, GRAY_EDAMAGED,
        "run: grayctl --store %s check; then restore a backup" },
    { GRAY_STORE_EREADONLY, GRAY_EPERMISSION,
        "mount the file system of %s read-write: LMDB's readers write their "
        "slots into lock.mdb" },
    { GRAY_STORE_ENAMESPACE, GRAY_ESYSTEM,
        "use the store from one PID namespace and one libc only: run grayctl "
        "where nginx runs" },
    { GRAY_STORE_EMEMORY, GRAY_ESYSTEM,
        "allow 64 GiB of address space (ulimit -v, RLIMIT_AS)" },
    { GRAY_STORE_EREADERS, GRAY_ESYSTEM,
        "run: grayctl --store %s check; it clears the slots of dead readers" },
    { GRAY_STORE_EINVALID, GRAY_EINVALID, "" },
    { GRAY_STORE_EEXISTS, GRAY_EEXISTS,
        "it is ready to be used: grayctl --store %s status" },
    { GRAY_STORE_ESYSTEM, GRAY_ESYSTEM, "" },
};


/* Who may open the folder: its group's name, for the hint. */
static void
gray_permission_hint(const char *dir, gray_error_t *error)
{
    struct stat st;
    struct group *group;

    group = NULL;
    if (stat(dir, &st) == 0) {
        group = getgrgid(st.st_gid);
    }

    if (group != NULL && st.st_gid != 0) {
        (void) gray_error_hint(error,
            "run as root, or to read only, join group %s", group->gr_name);
    } else {
        (void) gray_error_hint(error, "run as root");
    }
}


int
gray_verb_store_error(const char *dir, int code, gray_error_t *error)
{
    unsigned i;
    const char *detail;
    const gray_remedy_t *remedy;

    remedy = &gray_remedies[sizeof(gray_remedies) / sizeof(*gray_remedies) - 1];
    for (i = 0; i < sizeof(gray_remedies) / sizeof(*gray_remedies); i++) {
        if (gray_remedies[i].store == code) {
            remedy = &gray_remedies[i];
            break;
        }
    }

    detail = "";
    if (code == GRAY_STORE_ESYSTEM || code == GRAY_STORE_EDAMAGED
        || code == GRAY_STORE_EFULL)
    {
        detail = gray_store_detail();
    }

    (void) gray_error_set(error, remedy->code, "%s: %s%s%s%s", dir,
        gray_store_strerror(code), *detail ? " (" : "", detail,
        *detail ? ")" : "");

    if (code == GRAY_STORE_EPERMISSION) {
        gray_permission_hint(dir, error);
    } else if (remedy->hint[0] != '\0') {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
        (void) gray_error_hint(error, remedy->hint, dir);
#pragma GCC diagnostic pop
    }

    return -1;
}


int
gray_file_error(
    const char *dir, const char *file, int code, gray_error_t *error)
{
    switch (code) {
    case EACCES:
    case EPERM:
    case EROFS:
        (void) gray_error_set(error, GRAY_EPERMISSION, "cannot open %s/%s: %s",
            dir, file, strerror(code));
        gray_permission_hint(dir, error);
        return -1;

    case ENOENT:
    case ENOTDIR:
        (void) gray_error_set(
            error, GRAY_ENOSTORE, "%s has no file '%s'", dir, file);
        return gray_error_hint(error, "run: grayctl --store %s init", dir);

    case ESTALE:
        (void) gray_error_set(
            error, GRAY_EREPLACED, "the store in %s was replaced", dir);
        return gray_error_hint(error, "run the command again");

    case ENOSPC:
    case EDQUOT:
        (void) gray_error_set(
            error, GRAY_EFULL, "%s/%s: the disk is full", dir, file);
        return gray_error_hint(error, "make room on the disk of %s", dir);

    case EBADMSG:
        (void) gray_error_set(
            error, GRAY_EDAMAGED, "%s/%s is damaged", dir, file);
        return gray_error_hint(error, "run: grayctl --store %s check", dir);

    default:
        return gray_error_set(
            error, GRAY_ESYSTEM, "%s/%s: %s", dir, file, strerror(code));
    }
}


int
gray_no_memory(gray_error_t *error)
{
    return gray_error_set(error, GRAY_ESYSTEM, "no memory");
}
