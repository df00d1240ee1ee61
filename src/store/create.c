/*
 * Making a store: in a folder of its own inside DIR, whose files are then
 * moved to DIR, VERSION last. A folder without VERSION is no store.
 */

#include "repair.h"
#include "store_internal.h"
#include "upkeep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the order in which they are moved: the first must be new, and so keeps
 * a second creator out. */
static const struct {
    const char *name;
    mode_t mode;
} files[] = {
    { "data.mdb", 0640 },
    { "lock.mdb", 0660 },
    { "namespace", 0660 },
    { "VERSION", 0640 },
};

#define VERSION_WORDS "nginx-gray store, schema %d\n"

#define FILES (sizeof(files) / sizeof(files[0]))

static int
write_text(const char *dir, const char *name, const char *text)
{
    char *path = gray_store_path(dir, name);
    int fd = path != NULL
                 ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
                 : -1;
    int rc = GRAY_STORE_OK;

    if (fd == -1 || write(fd, text, strlen(text)) != (ssize_t) strlen(text)) {
        rc = gray_store_error_at(errno, name);
    }

    if (fd != -1) {
        close(fd);
    }
    free(path);

    return rc;
}

int
gray_meta_put_random(gray_txn_t *txn, const char *key)
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
        return gray_store_error(errno);
    }

    return gray_meta_put_any(
        txn, gray_bytes(key, strlen(key)), gray_bytes(bytes, sizeof(bytes)));
}

static int
put_meta(gray_txn_t *txn)
{
    int rc;

    if ((rc = gray_meta_put_random(txn, GRAY_META_ID)) != GRAY_STORE_OK
        || (rc = gray_meta_put_random(txn, GRAY_META_INDEX_KEY))
               != GRAY_STORE_OK
        || (rc = gray_meta_put_number(txn, GRAY_META_SCHEMA, GRAY_STORE_SCHEMA))
               != GRAY_STORE_OK
        || (rc = gray_meta_put_number(txn, GRAY_META_REVISION, 0))
               != GRAY_STORE_OK)
    {
        return rc;
    }

    return gray_meta_put_number(txn, GRAY_META_NEXT_LIST, 1);
}

static int
fill_meta(gray_store_t *store)
{
    gray_txn_t txn = { .store = store };
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn.txn);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    rc = put_meta(&txn);
    if (rc != GRAY_STORE_OK) {
        mdb_txn_abort(txn.txn);
        return rc;
    }

    return gray_store_error(mdb_txn_commit(txn.txn));
}

static int
make_database(const char *dir)
{
    gray_store_options_t options = { .writable = true };
    gray_store_t *store = calloc(1, sizeof(*store) + 1);
    int rc;

    if (store == NULL) {
        return gray_store_error(ENOMEM);
    }

    rc = gray_store_open_env(dir, &options, true, &store->env, store->dbi);
    if (rc == GRAY_STORE_OK) {
        rc = fill_meta(store);
        mdb_env_close(store->env);
    }

    free(store);

    return rc;
}

/* Owner, mode and durability, whatever the umask says. */
static int
settle(const char *dir, const char *name, mode_t mode, gid_t group)
{
    char *path = gray_store_path(dir, name);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int rc = GRAY_STORE_OK;

    if (fd == -1 || fchown(fd, (uid_t) -1, group) == -1
        || fchmod(fd, mode) == -1 || fsync(fd) == -1)
    {
        rc = gray_store_error_at(errno, path != NULL ? path : name);
    }

    if (fd != -1) {
        close(fd);
    }
    free(path);

    return rc;
}

static int
make_files(const char *dir, gid_t group)
{
    char version[64];
    int rc;

    snprintf(version, sizeof(version), VERSION_WORDS, GRAY_STORE_SCHEMA);

    if ((rc = make_database(dir)) != GRAY_STORE_OK
        || (rc = write_text(dir, "namespace", "")) != GRAY_STORE_OK
        || (rc = write_text(dir, "VERSION", version)) != GRAY_STORE_OK)
    {
        return rc;
    }

    for (size_t i = 0; rc == GRAY_STORE_OK && i < FILES; i++) {
        rc = settle(dir, files[i].name, files[i].mode, group);
    }

    return rc;
}

static int
move(const char *from, const char *to, const char *name, bool must_be_new)
{
    char *old = gray_store_path(from, name);
    char *new = gray_store_path(to, name);
    int rc = ENOMEM;

    if (old != NULL && new != NULL) {
        rc = (must_be_new ? link(old, new) : rename(old, new)) == 0 ? 0 : errno;
    }

    if (rc != 0) {
        rc = rc == EEXIST ? gray_store_fail(GRAY_STORE_EEXISTS,
                 "%s is there already: remove it when it is of no use", new)
                          : gray_store_error_at(rc, to);
    }

    free(old);
    free(new);

    return rc;
}

static int
move_files(const char *from, const char *to)
{
    int rc = GRAY_STORE_OK;

    for (size_t i = 0; rc == GRAY_STORE_OK && i < FILES; i++) {
        rc = move(from, to, files[i].name, i == 0);
    }

    return rc;
}

/* They are the store's alone, whatever their names are. */
static void
remove_indexes(const char *dir)
{
    char *path = gray_store_path(dir, "index");
    DIR *folder = path != NULL ? opendir(path) : NULL;
    struct dirent *entry;

    if (folder != NULL) {
        while ((entry = readdir(folder)) != NULL) {
            (void) unlinkat(dirfd(folder), entry->d_name, 0);
        }
        closedir(folder);
        rmdir(path);
    }
    free(path);
}

void
gray_store_remove(const char *dir)
{
    for (size_t i = 0; i < FILES; i++) {
        char *path = gray_store_path(dir, files[i].name);

        if (path != NULL) {
            unlink(path);
            free(path);
        }
    }

    remove_indexes(dir);
    rmdir(dir);
}

/* Indexes that lie there are of a store that is no more, and say so. */
static int
make_index_folder(const char *dir, gid_t group)
{
    char *path = gray_store_path(dir, "index");
    int rc = path == NULL || (mkdir(path, 0750) == -1 && errno != EEXIST)
                 ? gray_store_error_at(errno, dir)
                 : GRAY_STORE_OK;

    free(path);

    return rc != GRAY_STORE_OK ? rc : settle(dir, "index", 0750, group);
}

static int
fill_folder(const char *dir, gid_t group)
{
    char *making = gray_store_path(dir, ".new-XXXXXX");
    int rc;

    if (making == NULL) {
        return gray_store_error(ENOMEM);
    }

    if (mkdtemp(making) == NULL) {
        rc = gray_store_error_at(errno, dir);
        free(making);
        return rc;
    }

    rc = make_files(making, group);
    if (rc == GRAY_STORE_OK) {
        rc = make_index_folder(dir, group);
    }
    if (rc == GRAY_STORE_OK) {
        rc = move_files(making, dir);
    }

    gray_store_remove(making);
    free(making);

    return rc != GRAY_STORE_OK ? rc : settle(dir, ".", 0750, group);
}

/* --- a store that has lost some ---------------------------------------------- */

static int
sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd != -1 && fsync(fd) == 0 ? GRAY_STORE_OK
                                        : gray_store_error_at(errno, dir);

    if (fd != -1) {
        close(fd);
    }

    return rc;
}

/* Whether data.mdb is sound, and of the schema that is known. */
static int
check_schema(const char *dir)
{
    gray_store_options_t options = { .unversioned = true };
    gray_store_t *store;
    uint64_t schema;
    gray_txn_t *txn;
    int rc = gray_store_open_with(dir, &options, &store);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_verify(store);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_read(store, &txn);
    }
    if (rc == GRAY_STORE_OK) {
        rc = gray_meta_get_number(txn, GRAY_META_SCHEMA, &schema);
        if (rc == GRAY_STORE_OK && schema != GRAY_STORE_SCHEMA) {
            rc = gray_store_fail(GRAY_STORE_ESCHEMA,
                "%s has schema %llu, this program reads %d", dir,
                (unsigned long long) schema, GRAY_STORE_SCHEMA);
        }
        gray_store_read_end(txn);
    }
    gray_store_close(store);

    return rc;
}

#define NEW_VERSION "VERSION.new"

static int
write_version(const char *dir, gid_t group)
{
    char *new = gray_store_path(dir, NEW_VERSION);
    char *version = gray_store_path(dir, "VERSION");
    char words[64];
    int rc = GRAY_STORE_OK;

    snprintf(words, sizeof(words), VERSION_WORDS, GRAY_STORE_SCHEMA);
    if (new == NULL || version == NULL) {
        rc = gray_store_error(ENOMEM);
    } else {
        unlink(new);
        rc = write_text(dir, NEW_VERSION, words);
    }
    if (rc == GRAY_STORE_OK) {
        rc = settle(dir, NEW_VERSION, 0640, group);
    }
    if (rc == GRAY_STORE_OK && rename(new, version) == -1) {
        rc = gray_store_error_at(errno, version);
    }
    free(new);
    free(version);

    return rc != GRAY_STORE_OK ? rc : sync_folder(dir);
}

static bool
is_missing(const char *dir, const char *name)
{
    char *path = gray_store_path(dir, name);
    bool missing = path != NULL && access(path, F_OK) == -1 && errno == ENOENT;

    free(path);

    return missing;
}

int
gray_store_complete(const char *dir, gid_t group, bool made[2])
{
    int rc = GRAY_STORE_OK, version;

    made[0] = made[1] = false;
    if (is_missing(dir, "data.mdb") || is_missing(dir, "lock.mdb")) {
        return GRAY_STORE_OK;
    }

    if (is_missing(dir, "namespace")) {
        rc = write_text(dir, "namespace", "");
        if (rc == GRAY_STORE_OK) {
            rc = settle(dir, "namespace", 0660, group);
        }
        made[1] = rc == GRAY_STORE_OK;
    }

    version = gray_store_version(dir);
    if (rc == GRAY_STORE_OK
        && (version == GRAY_STORE_ENOSTORE || version == GRAY_STORE_EDAMAGED))
    {
        rc = check_schema(dir);
        if (rc == GRAY_STORE_OK) {
            rc = write_version(dir, group);
        }
        made[0] = rc == GRAY_STORE_OK;
    }

    return rc;
}

int
gray_store_create(const char *dir, gid_t group)
{
    int rc = gray_store_version(dir);

    if (rc > 0) {
        return gray_store_fail(
            GRAY_STORE_EEXISTS, "%s holds a store already", dir);
    }

    if (rc != GRAY_STORE_ENOSTORE) {
        return rc;
    }

    if (mkdir(dir, 0750) == -1 && errno != EEXIST) {
        return gray_store_error_at(errno, dir);
    }

    return fill_folder(dir, group);
}
