/*
 * Copying a store while it is in use: slice by slice, following what changes
 * (follow.h), until the copy is what one snapshot holds. The copy stands under
 * another name until it is complete.
 */

#include "follow.h"
#include "upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Milliseconds that a slice goes on for. Its snapshot is held until the next
 * one has been compared with it: through the commit of the copy. */
#define SLICE 30

/* Lists and their names are written at the end, from what was counted. Expiries
 * follow from members. */
static const gray_db_t copied[]
    = { GRAY_DB_META, GRAY_DB_RELEASES, GRAY_DB_AUDIT, GRAY_DB_MEMBERS };

typedef struct {
    gray_store_t *to;
    gray_txn_t *write; /* of the slice */
    gray_follow_t follow;
    gray_copy_lists_t lists;
    int (*progress)(void *data, uint64_t members);
    void *data;
} gray_copy_t;

/* --- one slice -------------------------------------------------------------- */

static int
put(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t value,
    const gray_bytes_t *old, bool walking)
{
    gray_copy_t *copy = data;

    (void) old;

    return db == GRAY_DB_MEMBERS ? gray_copy_member(
               &copy->lists, copy->follow.txn, copy->write, key, value, walking)
                                 : gray_db_put(copy->write, db, key, value);
}

static int
del(void *data, gray_db_t db, gray_bytes_t key, gray_bytes_t old)
{
    gray_copy_t *copy = data;
    int rc;

    (void) old;
    rc = db == GRAY_DB_MEMBERS
             ? gray_copy_member_gone(&copy->lists, copy->write, key)
             : gray_db_del(copy->write, db, key);

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

static const gray_follow_tell_t tell = { put, del };

/* 1: there is more. */
static int
slice(gray_copy_t *copy)
{
    int more, rc;

    if (copy->progress != NULL
        && copy->progress(copy->data, copy->lists.members) != 0)
    {
        return gray_store_fail(GRAY_STORE_ESYSTEM, "the copy was stopped");
    }

    rc = gray_store_write(copy->to, &copy->write);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    more = gray_follow_step(&copy->follow, gray_store_clock() + SLICE);
    rc = more;
    if (rc == GRAY_STORE_OK) {
        rc = gray_copy_headers(&copy->lists, copy->follow.txn, copy->write);
    }

    if (rc < 0) {
        gray_store_abort(copy->write);
        return rc;
    }

    rc = gray_store_commit(copy->write);

    return rc != GRAY_STORE_OK ? rc : more;
}

/* --- the whole ------------------------------------------------------------ */

/* Lists that were dropped or replaced while they were copied. */
static int
clean(gray_copy_t *copy)
{
    int rc, purged;

    do {
        rc = gray_store_write(copy->to, &copy->write);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        purged = gray_store_purge(copy->write, 0, 5000);
        if (purged < 0) {
            gray_store_abort(copy->write);
            return purged;
        }

        rc = gray_store_commit(copy->write);
    } while (rc == GRAY_STORE_OK && purged > 0);

    return rc;
}

static int
copy_all(gray_copy_t *copy)
{
    int rc;

    copy->follow.tell = &tell;
    copy->follow.data = copy;
    copy->follow.dbs = copied;
    copy->follow.ndbs = sizeof(copied) / sizeof(copied[0]);

    do {
        rc = slice(copy);
    } while (rc == 1);

    gray_follow_end(&copy->follow);
    free(copy->lists.sums);

    if (rc == GRAY_STORE_OK) {
        rc = clean(copy);
    }

    return rc != GRAY_STORE_OK
               ? rc
               : gray_store_error(mdb_env_sync(copy->to->env, 1));
}

/* The copy has the id and the key of its source only when it is opened again.
 * A copy that has no room for its indexes is a good copy. */
static int
build_indexes(gray_copy_t *copy, const char *dir)
{
    int rc = gray_store_open(dir, true, &copy->to);

    if (rc == GRAY_STORE_OK) {
        rc = gray_index_build_all(copy->to);
        gray_store_close(copy->to);
    }

    return rc == GRAY_STORE_EFULL ? GRAY_STORE_OK : rc;
}

static int
copy_into(gray_copy_t *copy, const char *dir, gid_t group)
{
    gray_store_options_t options
        = { .writable = true, .flags = MDB_NOSYNC, .unindexed = true };
    int rc = gray_store_create(dir, group);

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_open_with(dir, &options, &copy->to);
    }

    if (rc == GRAY_STORE_OK) {
        rc = copy_all(copy);
        gray_store_close(copy->to);
    }

    return rc != GRAY_STORE_OK ? rc : build_indexes(copy, dir);
}

static int
rename_folder(const char *from, const char *to)
{
    char *parent;
    int fd;

    if (rename(from, to) == -1) {
        return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
                   ? gray_store_fail(
                       GRAY_STORE_EEXISTS, "%s is there already", to)
                   : gray_store_error_at(errno, to);
    }

    parent = gray_store_path(to, "..");
    fd = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(parent);
    if (fd != -1) {
        fsync(fd);
        close(fd);
    }

    return GRAY_STORE_OK;
}

int
gray_store_copy(gray_store_t *store, const char *to, gid_t group,
    int (*progress)(void *data, uint64_t members), void *data)
{
    gray_copy_t copy = {
        .follow.store = store,
        .progress = progress,
        .data = data,
    };
    size_t len = strlen(to);
    char *making;
    int rc;

    while (len > 1 && to[len - 1] == '/') {
        len--;
    }

    if (asprintf(&making, "%.*s.copying-XXXXXX", (int) len, to) == -1) {
        return gray_store_error(ENOMEM);
    }

    if (mkdtemp(making) == NULL) {
        rc = gray_store_error_at(errno, making);
        free(making);
        return rc;
    }

    rc = copy_into(&copy, making, group);
    if (rc == GRAY_STORE_OK) {
        rc = rename_folder(making, to);
    }

    if (rc != GRAY_STORE_OK) {
        gray_store_remove(making);
    }

    free(making);

    return rc;
}
