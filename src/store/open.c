/* Opening and closing a store. */

#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *const db_names[GRAY_DB_COUNT] = {
    [GRAY_DB_META] = "meta",
    [GRAY_DB_RELEASES] = "releases",
    [GRAY_DB_LISTS] = "lists",
    [GRAY_DB_NAMES] = "names",
    [GRAY_DB_MEMBERS] = "members",
    [GRAY_DB_EXPIRY] = "expiry",
    [GRAY_DB_GARBAGE] = "garbage",
    [GRAY_DB_AUDIT] = "audit",
};

const char *
gray_store_db_name(gray_db_t db)
{
    return db_names[db];
}

char *
gray_store_path(const char *dir, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", dir, name) == -1 ? NULL : path;
}

int
gray_store_version(const char *dir)
{
    char *path = gray_store_path(dir, "VERSION");
    unsigned schema = 0;
    char end = '\0';
    FILE *file;
    int rc;

    if (path == NULL) {
        return gray_store_error(ENOMEM);
    }

    file = fopen(path, "re");
    if (file == NULL) {
        rc = errno == ENOENT || errno == ENOTDIR
                 ? gray_store_fail(
                     GRAY_STORE_ENOSTORE, "%s: %s", path, strerror(errno))
                 : gray_store_error_at(errno, path);
        free(path);
        return rc;
    }

    if (fscanf(file, "nginx-gray store, schema %9u%c", &schema, &end) == 2
        && end == '\n' && schema > 0)
    {
        rc = (int) schema;
    } else {
        rc = gray_store_fail(
            GRAY_STORE_EDAMAGED, "%s is not a store's VERSION", path);
    }

    fclose(file);
    free(path);

    return rc;
}

static int
check_version(const char *dir)
{
    int schema = gray_store_version(dir);

    if (schema < 0 || schema == GRAY_STORE_SCHEMA) {
        return schema < 0 ? schema : GRAY_STORE_OK;
    }

    return gray_store_fail(GRAY_STORE_ESCHEMA,
        "%s has schema %d, this program reads %d", dir, schema,
        GRAY_STORE_SCHEMA);
}

/* LMDB reads a store whose lock file it may not write without taking reader
 * slots, and writers would then reuse pages under its eyes. */
static int
check_mount(const char *dir)
{
    struct statvfs fs;

    if (statvfs(dir, &fs) == -1) {
        return gray_store_error_at(errno, dir);
    }

    return (fs.f_flag & ST_RDONLY) == 0 ? GRAY_STORE_OK
                                        : gray_store_fail(GRAY_STORE_EREADONLY,
                                            "%s is on a read-only mount", dir);
}

/* The two files that hold no data may be made anew by hand; by nobody else,
 * who would not know whether the old ones are still in use. */
static int
missing(const char *path, const char *name)
{
    const char *remedy = strcmp(name, "data.mdb") == 0
                             ? ""
                             : ": stop whatever uses the store, then put an "
                               "empty file there, of "
                               "mode 0660 and the group of VERSION";

    return gray_store_fail(
        GRAY_STORE_EDAMAGED, "%s is missing%s", path, remedy);
}

static int
check_access(const char *dir, const char *name, int mode)
{
    char *path = gray_store_path(dir, name);
    int rc = GRAY_STORE_OK;

    if (path == NULL) {
        return gray_store_error(ENOMEM);
    }

    if (faccessat(AT_FDCWD, path, mode, AT_EACCESS) == -1) {
        rc = errno == ENOENT ? missing(path, name)
                             : gray_store_error_at(errno, path);
    }

    free(path);

    return rc;
}

static int
check_files(const char *dir, const gray_store_options_t *options)
{
    int rc = options->unversioned ? GRAY_STORE_OK : check_version(dir);

    if (rc != GRAY_STORE_OK || (rc = check_mount(dir)) != GRAY_STORE_OK
        || (rc = check_access(dir, "lock.mdb", R_OK | W_OK)) != GRAY_STORE_OK
        || (rc = check_access(dir, "namespace", R_OK | W_OK)) != GRAY_STORE_OK)
    {
        return rc;
    }

    return check_access(
        dir, "data.mdb", options->writable ? R_OK | W_OK : R_OK);
}

static int
open_databases(MDB_env *env, bool create, MDB_dbi dbi[GRAY_DB_COUNT])
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(env, NULL, create ? 0 : MDB_RDONLY, &txn);

    if (rc != 0) {
        return rc;
    }

    for (int i = 0; rc == 0 && i < GRAY_DB_COUNT; i++) {
        rc = mdb_dbi_open(txn, db_names[i], create ? MDB_CREATE : 0, &dbi[i]);
    }

    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc == MDB_NOTFOUND ? MDB_CORRUPTED : rc;
    }

    return mdb_txn_commit(txn);
}

/* LMDB leaves it open over exec, which it does for no other of its files. */
static int
close_on_exec(MDB_env *env)
{
    int fd;
    int rc = mdb_env_get_fd(env, &fd);

    if (rc != 0) {
        return rc;
    }

    return fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ? errno : 0;
}

int
gray_store_open_env(const char *dir, const gray_store_options_t *options,
    bool create, MDB_env **env, MDB_dbi dbi[GRAY_DB_COUNT])
{
    size_t size
        = options->map_size != 0 ? options->map_size : GRAY_STORE_MAP_SIZE;
    unsigned flags = options->flags | MDB_NOTLS;
    int rc = gray_store_lock_file_allocate(dir, create);

    *env = NULL;
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = mdb_env_create(env);
    if (rc != 0) {
        return gray_store_error(rc);
    }

    /* With MDB_NOTLS a reader slot belongs to the transaction, not to the
     * thread: renewing it asks nobody. */
    flags |= options->writable ? 0 : MDB_RDONLY;

    if ((rc = mdb_env_set_mapsize(*env, size)) != 0
        || (rc = mdb_env_set_maxreaders(*env, GRAY_STORE_READERS)) != 0
        || (rc = mdb_env_set_maxdbs(*env, GRAY_DB_COUNT)) != 0
        || (rc = mdb_env_open(*env, dir, flags, 0640)) != 0
        || (rc = close_on_exec(*env)) != 0
        || (rc = open_databases(*env, create, dbi)) != 0)
    {
        mdb_env_close(*env);
        *env = NULL;
        return gray_store_error_at(rc, dir);
    }

    return GRAY_STORE_OK;
}

static gray_store_t *
new_store(const char *dir, bool writable)
{
    size_t len = strlen(dir) + sizeof("/data.mdb");
    gray_store_t *store = calloc(1, sizeof(*store) + len);

    if (store == NULL) {
        return NULL;
    }

    snprintf(store->data_path, len, "%s/data.mdb", dir);
    store->writable = writable;
    store->place_fd = -1;
    store->dir_fd = -1;
    store->reader.store = store;
    store->writer.store = store;
    atomic_flag_clear(&store->reading);

    return store;
}

/* A restore may have exchanged the folder while its files were opened. */
static int
identify(gray_store_t *store, const char *dir)
{
    struct stat file, place, now, here;
    char *path = gray_store_path(dir, "namespace");
    int fd;
    bool same;

    if (path == NULL) {
        return gray_store_error(ENOMEM);
    }

    same = mdb_env_get_fd(store->env, &fd) == 0 && fstat(fd, &file) == 0
           && fstat(store->place_fd, &place) == 0 && stat(path, &now) == 0
           && place.st_ino == now.st_ino && place.st_dev == now.st_dev
           && fstatat(store->dir_fd, "data.mdb", &here, 0) == 0
           && here.st_ino == file.st_ino && here.st_dev == file.st_dev;
    free(path);

    if (same) {
        store->dev = file.st_dev;
        store->ino = file.st_ino;
        same = gray_store_current(store);
    }

    return same ? GRAY_STORE_OK
                : gray_store_fail(GRAY_STORE_EREPLACED,
                    "%s was replaced while it was opened: try again", dir);
}

int
gray_store_open_with(
    const char *dir, const gray_store_options_t *options, gray_store_t **storep)
{
    int rc = check_files(dir, options);
    gray_store_t *store;

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    store = new_store(dir, options->writable);
    if (store == NULL) {
        return gray_store_error(ENOMEM);
    }

    store->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (store->dir_fd == -1) {
        rc = gray_store_error_at(errno, dir);
        gray_store_close(store);
        return rc;
    }

    if ((rc = gray_store_place_enter(dir, &store->place_fd, &store->place))
            != GRAY_STORE_OK
        || (rc = gray_store_check_pages(store->data_path)) != GRAY_STORE_OK
        || (rc = gray_store_open_env(
                dir, options, false, &store->env, store->dbi))
               != GRAY_STORE_OK
        || (rc = identify(store, dir)) != GRAY_STORE_OK
        || (rc = gray_index_identify(store)) != GRAY_STORE_OK)
    {
        gray_store_close(store);
        return rc;
    }

    store->indexed = store->indexed && !options->unindexed;
    *storep = store;

    return GRAY_STORE_OK;
}

int
gray_store_open(const char *dir, bool writable, gray_store_t **store)
{
    gray_store_options_t options = { .writable = writable };

    return gray_store_open_with(dir, &options, store);
}

void
gray_store_close(gray_store_t *store)
{
    if (store == NULL) {
        return;
    }

    gray_index_close(store->index);
    free(store->pending.notes);

    if (store->reader.txn != NULL) {
        mdb_txn_abort(store->reader.txn);
    }

    if (store->env != NULL) {
        mdb_env_close(store->env);
    }

    if (store->place_fd != -1) {
        close(store->place_fd);
    }

    if (store->dir_fd != -1) {
        close(store->dir_fd);
    }

    free(store);
}

bool
gray_store_current(const gray_store_t *store)
{
    struct stat now;

    return stat(store->data_path, &now) == 0 && now.st_dev == store->dev
           && now.st_ino == store->ino;
}

uint64_t
gray_store_last_txn(gray_store_t *store)
{
    MDB_envinfo info;

    return mdb_env_info(store->env, &info) == 0 ? info.me_last_txnid : 0;
}
