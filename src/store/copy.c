/*
 * Copying a store while it is in use.
 *
 * Round after round, the lists and the audit are brought up to date in the
 * copy, slice by slice. Then one slice, on one snapshot, takes what is small
 * (meta, releases, headers) and the last changes; when its time does not
 * suffice, because lists changed by too much meanwhile, there is one more
 * round. The copy stands under another name until it is complete.
 */

#include "store_internal.h"
#include "upkeep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Milliseconds that a slice goes on for; the rest of the 100 is for its
 * commit. */
#define SLICE 50

#define ROUNDS 10

int
gray_copy_begin(gray_copy_t *copy)
{
    int rc;

    if (copy->progress != NULL
        && copy->progress(copy->data, copy->members) != 0) {
        return gray_store_fail(GRAY_STORE_ESYSTEM, "the copy was stopped");
    }

    rc = gray_store_write(copy->to, &copy->write);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = gray_store_read(copy->from, &copy->read);
    if (rc != GRAY_STORE_OK) {
        gray_store_abort(copy->write);
    }

    copy->deadline = gray_store_clock() + SLICE;

    return rc;
}

int
gray_copy_end(gray_copy_t *copy, int rc)
{
    gray_store_read_end(copy->read);

    if (rc == GRAY_STORE_OK) {
        return gray_store_commit(copy->write);
    }

    gray_store_abort(copy->write);

    return rc;
}

/* --- one round ------------------------------------------------------------ */

static int
next_list(gray_copy_t *copy, char name[64])
{
    char after[64];
    gray_txn_t *txn;
    int rc = gray_store_read(copy->from, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    memcpy(after, name, sizeof(after));
    rc = gray_store_list_next(txn, after, name);
    gray_store_read_end(txn);

    return rc;
}

static int
copy_lists(gray_copy_t *copy)
{
    char name[64] = "";
    int rc;

    while ((rc = next_list(copy, name)) == GRAY_STORE_OK) {
        rc = gray_copy_list(copy, name);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

/* Records after the copy's last. 1: the slice's time is over. */
static int
append_audit(gray_copy_t *copy)
{
    gray_bytes_t key = gray_bytes(NULL, 0), value;
    unsigned char after[8];
    int rc = gray_db_prev(
        copy->write, GRAY_DB_AUDIT, gray_bytes(NULL, 0), &key, &value);

    while (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        if (gray_store_clock() >= copy->deadline) {
            return 1;
        }

        if (key.len == sizeof(after)) {
            memcpy(after, key.data, sizeof(after));
            key.data = after;
        }

        rc = gray_db_next(copy->read, GRAY_DB_AUDIT, key, &key, &value);
        if (rc != GRAY_STORE_OK) {
            break;
        }

        rc = gray_db_put(copy->write, GRAY_DB_AUDIT, key, value);
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

static int
copy_audit(gray_copy_t *copy)
{
    int rc, more;

    do {
        rc = gray_copy_begin(copy);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        more = append_audit(copy);
        rc = gray_copy_end(copy, more == 1 ? GRAY_STORE_OK : more);
    } while (rc == GRAY_STORE_OK && more == 1);

    return rc;
}

/* --- the last slice ------------------------------------------------------- */

/* Records that the source has trimmed meanwhile. */
static int
trim_audit(gray_copy_t *copy)
{
    gray_bytes_t none = gray_bytes(NULL, 0), first, key, value;
    int rc = gray_db_next(copy->read, GRAY_DB_AUDIT, none, &first, &value);

    while (rc == GRAY_STORE_OK) {
        rc = gray_db_next(copy->write, GRAY_DB_AUDIT, none, &key, &value);
        if (rc != GRAY_STORE_OK || key.len != 8 || first.len != 8
            || memcmp(key.data, first.data, 8) >= 0)
        {
            break;
        }

        rc = gray_db_del(copy->write, GRAY_DB_AUDIT, key);
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

/* A small database, whole and anew. */
static int
mirror(gray_copy_t *copy, gray_db_t db)
{
    gray_bytes_t key = gray_bytes(NULL, 0), value;
    int rc = mdb_drop(copy->write->txn, copy->to->dbi[db], 0);

    if (rc != 0) {
        return gray_txn_failed(copy->write, rc);
    }

    while ((rc = gray_db_next(copy->read, db, key, &key, &value))
           == GRAY_STORE_OK) {
        rc = gray_db_put(copy->write, db, key, value);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

static int
drop_lists(gray_copy_t *copy)
{
    char name[64] = "";
    gray_list_t list;
    int rc;

    while (
        (rc = gray_store_list_next(copy->write, name, name)) == GRAY_STORE_OK) {
        rc = gray_store_list_get(copy->read, name, &list);
        if (rc == GRAY_STORE_ENOTFOUND) {
            rc = gray_store_list_drop(copy->write, name);
        }

        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

static int
finish_lists(gray_copy_t *copy)
{
    char name[64] = "";
    int rc;

    while ((rc = gray_store_list_next(copy->read, name, name)) == GRAY_STORE_OK)
    {
        rc = gray_copy_list_now(copy, name);
        if (rc != 0) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

/* 1: one more round is needed. */
static int
finish(gray_copy_t *copy)
{
    int rc;

    if ((rc = append_audit(copy)) != GRAY_STORE_OK
        || (rc = finish_lists(copy)) != GRAY_STORE_OK
        || (rc = drop_lists(copy)) != GRAY_STORE_OK
        || (rc = trim_audit(copy)) != GRAY_STORE_OK
        || (rc = mirror(copy, GRAY_DB_META)) != GRAY_STORE_OK)
    {
        return rc;
    }

    return mirror(copy, GRAY_DB_RELEASES);
}

static int
round_(gray_copy_t *copy)
{
    int rc;

    if ((rc = copy_lists(copy)) != GRAY_STORE_OK
        || (rc = copy_audit(copy)) != GRAY_STORE_OK
        || (rc = gray_copy_begin(copy)) != GRAY_STORE_OK)
    {
        return rc;
    }

    return gray_copy_end(copy, finish(copy));
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
    int rc = 1;

    for (int i = 0; rc == 1 && i < ROUNDS; i++) {
        rc = round_(copy);
    }

    if (rc == 1) {
        return gray_store_fail(GRAY_STORE_ESYSTEM,
            "the lists change faster than they can be copied: try again "
            "while no import is running");
    }

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
    gray_copy_t copy = { .from = store, .progress = progress, .data = data };
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
