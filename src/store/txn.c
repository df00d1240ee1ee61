/* Transactions. */

#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Somebody who waits gets the lock within a scheduler's slice, unless it is
 * stopped. */
#define GIVE_WAY_MS 50

static int
begin_read(gray_txn_t *txn)
{
    int rc = txn->txn != NULL ? mdb_txn_renew(txn->txn) : MDB_BAD_TXN;

    if (rc == 0) {
        return 0;
    }

    /* The first time; or the slot was lost and a new one is due. */
    if (txn->txn != NULL) {
        mdb_txn_abort(txn->txn);
        txn->txn = NULL;
    }

    rc = mdb_txn_begin(txn->store->env, NULL, MDB_RDONLY, &txn->txn);
    if (rc != 0) {
        txn->txn = NULL;
    }

    return rc;
}

/* Only processes that read in several places at once come here. */
static gray_txn_t *
another_reader(gray_store_t *store)
{
    gray_txn_t *txn = calloc(1, sizeof(*txn));

    if (txn != NULL) {
        txn->store = store;
    }

    return txn;
}

static void
free_reader(gray_txn_t *txn)
{
    gray_store_t *store = txn->store;

    if (txn == &store->reader) {
        atomic_flag_clear_explicit(&store->reading, memory_order_release);
        return;
    }

    if (txn->txn != NULL) {
        mdb_txn_abort(txn->txn);
    }

    free(txn);
}

int
gray_store_read(gray_store_t *store, gray_txn_t **txnp)
{
    gray_txn_t *txn = &store->reader;
    int rc;

    if (atomic_flag_test_and_set_explicit(
            &store->reading, memory_order_acquire)) {
        txn = another_reader(store);
        if (txn == NULL) {
            return gray_store_error(ENOMEM);
        }
    }

    rc = begin_read(txn);
    if (rc != 0) {
        free_reader(txn);
        return gray_store_error(rc);
    }

    *txnp = txn;

    return GRAY_STORE_OK;
}

void
gray_store_read_end(gray_txn_t *txn)
{
    mdb_txn_reset(txn->txn);
    free_reader(txn);
}

/*
 * LMDB may leave data.mdb shorter than its last page, when that page is free.
 * A store that is too short is refused as truncated, so the tail is filled
 * in. fallocate never shortens the file, whoever writes meanwhile.
 */
static void
fill_tail(gray_store_t *store)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    off_t end;
    int fd;

    if (mdb_env_info(store->env, &info) != 0
        || mdb_env_stat(store->env, &stat) != 0
        || mdb_env_get_fd(store->env, &fd) != 0 || fstat(fd, &file) == -1)
    {
        return;
    }

    end = (off_t) (info.me_last_pgno + 1) * stat.ms_psize;
    if (file.st_size < end) {
        (void) !fallocate(fd, 0, file.st_size, end - file.st_size);
    }
}

/* LMDB's mutex goes to whoever is awake when it becomes free, and that is who
 * has just let it go. */
void
gray_store_give_way(gray_store_t *store)
{
    uint64_t deadline = gray_store_clock() + GIVE_WAY_MS;

    while (gray_store_place_awaited(store->place_fd)
           && gray_store_clock() < deadline)
    {
        nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
    }
}

static int
wait_for_lock(gray_store_t *store, MDB_txn **mdb)
{
    int rc;

    gray_store_place_wait(store->place_fd, true);
    rc = mdb_txn_begin(store->env, NULL, 0, mdb);
    gray_store_place_wait(store->place_fd, false);

    return rc;
}

static int
begin_write(gray_store_t *store, MDB_txn **mdb)
{
    int dead;
    int rc;

    if ((rc = mdb_reader_check(store->env, &dead)) != 0
        || (rc = wait_for_lock(store, mdb)) != 0)
    {
        return gray_store_error_disk(rc, store);
    }

    if (!gray_store_current(store)) {
        mdb_txn_abort(*mdb);
        return gray_store_fail(GRAY_STORE_EREPLACED,
            "%s is another file now: open the store again", store->data_path);
    }

    return GRAY_STORE_OK;
}

int
gray_store_write(gray_store_t *store, gray_txn_t **txnp)
{
    gray_txn_t *txn = &store->writer;
    MDB_txn *mdb;
    int rc;

    if (!store->writable) {
        return gray_store_fail(
            GRAY_STORE_EPERMISSION, "the store was opened for reading");
    }

    rc = begin_write(store, &mdb);
    if (rc == GRAY_STORE_OK && gray_room_is_short(store, mdb)) {
        mdb_txn_abort(mdb);
        gray_room_make(store);
        rc = begin_write(store, &mdb);
    }
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    fill_tail(store);

    txn->txn = mdb;
    txn->error = GRAY_STORE_OK;
    txn->revision = 0;
    memset(txn->append, 0, sizeof(txn->append));
    txn->changes = NULL;
    gray_room_begin(txn);
    *txnp = txn;

    return GRAY_STORE_OK;
}

int
gray_store_commit(gray_txn_t *txn)
{
    gray_store_t *store = txn->store;
    MDB_txn *mdb = txn->txn;
    int rc = txn->error;

    if (rc == GRAY_STORE_OK) {
        rc = gray_room_check(txn);
    }
    if (rc == GRAY_STORE_OK) {
        rc = gray_index_prepare(txn);
    }
    if (rc != GRAY_STORE_OK) {
        gray_store_abort(txn);
        return rc;
    }

    txn->txn = NULL;
    rc = mdb_txn_commit(mdb);
    gray_index_finish(txn, rc == 0);
    if (rc != 0) {
        return gray_store_error_disk(rc, store);
    }

    fill_tail(store);

    return GRAY_STORE_OK;
}

void
gray_store_abort(gray_txn_t *txn)
{
    MDB_txn *mdb = txn->txn;

    gray_index_finish(txn, false);
    txn->txn = NULL;
    mdb_txn_abort(mdb);
}

uint64_t
gray_txn_id(const gray_txn_t *txn)
{
    return mdb_txn_id(txn->txn);
}

uint64_t
gray_txn_revision(gray_txn_t *txn)
{
    uint64_t revision;

    return gray_meta_get_number(txn, GRAY_META_REVISION, &revision)
                   == GRAY_STORE_OK
               ? revision
               : 0;
}

int
gray_txn_changed(gray_txn_t *txn, uint64_t *revision)
{
    int rc = GRAY_STORE_OK;

    if (txn->revision == 0) {
        rc = gray_meta_get_number(txn, GRAY_META_REVISION, revision);
        if (rc == GRAY_STORE_OK) {
            rc = gray_meta_put_number(txn, GRAY_META_REVISION, *revision + 1);
            txn->revision = *revision + 1;
        }
    }

    *revision = txn->revision;

    return rc;
}

int
gray_txn_raise(gray_txn_t *txn, uint64_t least, uint64_t *revision)
{
    int rc = gray_txn_changed(txn, revision);

    if (rc == GRAY_STORE_OK && *revision <= least) {
        rc = gray_meta_put_number(txn, GRAY_META_REVISION, least + 1);
        txn->revision = least + 1;
        *revision = least + 1;
    }

    return rc;
}
