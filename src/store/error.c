/* Words for errors, and LMDB's and the system's codes turned into ours. */

#include "store_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/statvfs.h>

/* As errno: belongs to the thread, valid until its next error. */
static _Thread_local char detail[512];

static const char *const words[] = {
    [-GRAY_STORE_OK] = "ok",
    [-GRAY_STORE_ENOTFOUND] = "not found",
    [-GRAY_STORE_ENOSTORE] = "no store in this folder",
    [-GRAY_STORE_EPERMISSION] = "permission denied",
    [-GRAY_STORE_EFULL] = "the disk is full",
    [-GRAY_STORE_EMAPFULL] = "the store's map is full",
    [-GRAY_STORE_EREPLACED] = "the store was replaced",
    [-GRAY_STORE_ESCHEMA] = "the store has another schema than this program",
    [-GRAY_STORE_EDAMAGED] = "the store is damaged",
    [-GRAY_STORE_EREADONLY] = "the store is on a read-only mount",
    [-GRAY_STORE_ENAMESPACE]
    = "the store is in use from another PID namespace, kernel or libc",
    [-GRAY_STORE_EMEMORY] = "no memory or address space",
    [-GRAY_STORE_EREADERS] = "the store's reader table is full",
    [-GRAY_STORE_EINVALID] = "invalid key",
    [-GRAY_STORE_EEXISTS] = "it exists already",
    [-GRAY_STORE_ESYSTEM] = "system error",
};

static const struct {
    int code;
    int error;
} codes[] = {
    { 0, GRAY_STORE_OK },
    { MDB_NOTFOUND, GRAY_STORE_ENOTFOUND },
    { MDB_KEYEXIST, GRAY_STORE_EEXISTS },
    { MDB_MAP_FULL, GRAY_STORE_EMAPFULL },
    { MDB_READERS_FULL, GRAY_STORE_EREADERS },
    { MDB_BAD_VALSIZE, GRAY_STORE_EINVALID },
    { MDB_INVALID, GRAY_STORE_EDAMAGED },
    { MDB_VERSION_MISMATCH, GRAY_STORE_EDAMAGED },
    { MDB_CORRUPTED, GRAY_STORE_EDAMAGED },
    { MDB_PAGE_NOTFOUND, GRAY_STORE_EDAMAGED },
    { MDB_INCOMPATIBLE, GRAY_STORE_EDAMAGED },
    { EACCES, GRAY_STORE_EPERMISSION },
    { EPERM, GRAY_STORE_EPERMISSION },
    { ENOSPC, GRAY_STORE_EFULL },
    { EDQUOT, GRAY_STORE_EFULL },
    { EROFS, GRAY_STORE_EREADONLY },
    { ENOMEM, GRAY_STORE_EMEMORY },
};

const char *
gray_store_strerror(int error)
{
    size_t i = (size_t) - (long) error;

    return i < sizeof(words) / sizeof(words[0]) ? words[i] : "unknown error";
}

const char *
gray_store_detail(void)
{
    return detail;
}

static int
error_of(int code)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].code == code) {
            return codes[i].error;
        }
    }

    return GRAY_STORE_ESYSTEM;
}

int
gray_store_error(int code)
{
    int error = error_of(code);

    /* No words for the common answers of a lookup: it is on nginx's path. */
    if (error != GRAY_STORE_OK && error != GRAY_STORE_ENOTFOUND) {
        snprintf(detail, sizeof(detail), "%s", mdb_strerror(code));
    }

    return error;
}

int
gray_store_error_at(int code, const char *path)
{
    return gray_store_fail(error_of(code), "%s: %s", path, mdb_strerror(code));
}

/* LMDB says EIO when a write was cut short, as on a full disk. */
static bool
disk_full(const char *path)
{
    struct statvfs fs;

    return statvfs(path, &fs) == 0 && fs.f_bavail < 16;
}

int
gray_store_error_disk(int code, const gray_store_t *store)
{
    int error = gray_store_error(code);

    if (code == EIO && disk_full(store->data_path)) {
        return GRAY_STORE_EFULL;
    }

    return error;
}

int
gray_store_fail(int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);

    return error;
}
