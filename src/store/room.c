/*
 * Room in the map. LMDB copies what it changes, so in a map that is full to
 * the last page nothing can be deleted either. The last part of it is
 * therefore kept for transactions that add neither members nor releases.
 */

#include "store_internal.h"

/* One part in so many is kept. */
#define ROOM_KEPT 32

/* The databases that LMDB itself keeps: free pages, names. */
#define OWN_DBS 2

static void
add_pages(MDB_txn *mdb, MDB_dbi dbi, uint64_t *pages)
{
    MDB_stat stat;

    if (mdb_stat(mdb, dbi, &stat) == 0) {
        *pages += stat.ms_branch_pages + stat.ms_leaf_pages
                  + stat.ms_overflow_pages;
    }
}

bool
gray_room_is_short(const gray_store_t *store, MDB_txn *mdb)
{
    uint64_t used = 2; /* the meta pages */
    uint64_t all;
    MDB_envinfo info;
    MDB_stat stat;

    if (mdb_env_info(store->env, &info) != 0
        || mdb_env_stat(store->env, &stat) != 0)
    {
        return false;
    }

    for (MDB_dbi i = 0; i < OWN_DBS; i++) {
        add_pages(mdb, i, &used);
    }
    for (unsigned i = 0; i < GRAY_DB_COUNT; i++) {
        add_pages(mdb, store->dbi[i], &used);
    }

    all = info.me_mapsize / stat.ms_psize;

    return used > all - all / ROOM_KEPT;
}

void
gray_room_begin(gray_txn_t *txn)
{
    txn->room = (gray_room_t){ .members = 0 };
    (void) gray_db_entries(txn, GRAY_DB_MEMBERS, &txn->room.members);
    add_pages(txn->txn, txn->store->dbi[GRAY_DB_RELEASES], &txn->room.releases);
}

int
gray_room_check(gray_txn_t *txn)
{
    gray_room_t before = txn->room;

    gray_room_begin(txn);

    if ((txn->room.members > before.members
            || txn->room.releases > before.releases)
        && gray_room_is_short(txn->store, txn->txn))
    {
        return gray_store_fail(GRAY_STORE_EMAPFULL,
            "the last part of the map is kept for deleting");
    }

    return GRAY_STORE_OK;
}

/* A commit that changes nothing. */
static int
commit_nothing(gray_store_t *store)
{
    gray_txn_t txn = { .store = store };
    uint64_t revision;
    int rc = mdb_txn_begin(store->env, NULL, 0, &txn.txn);

    if (rc != 0) {
        return rc;
    }

    if (gray_meta_get_number(&txn, GRAY_META_REVISION, &revision) != 0
        || gray_meta_put_number(&txn, GRAY_META_REVISION, revision) != 0)
    {
        mdb_txn_abort(txn.txn);
        return MDB_MAP_FULL;
    }

    return mdb_txn_commit(txn.txn);
}

void
gray_room_make(gray_store_t *store)
{
    if (commit_nothing(store) == 0) {
        (void) commit_nothing(store);
    }
}
