/* Indexes of lists that are there: made inside a commit, or slice by slice. */

#include "index_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* Members that are put at a time. */
#define BATCH 1024

/* Milliseconds that the writer lock is held. */
#define SLICE 50

/* A list that is replaced meanwhile is begun anew. */
#define TRIES 10

/* A list that grew into its index will go on growing: it begins with room for
 * so many members, and twice its own. */
#define ROOM 4096

int
gray_index_ready(
    gray_store_t *store, gray_index_t *index, const gray_list_t *list)
{
    gray_index_header_t *header = index->header;

    if (gray_index_sync(store, index) != GRAY_STORE_OK) {
        return gray_index_give_up_for_good(store, index->list);
    }

    for (int i = 0; i < 2; i++) {
        atomic_store_explicit(
            &header->from[i], list->digest[i], memory_order_release);
        atomic_store_explicit(
            &header->to[i], list->digest[i], memory_order_release);
    }
    atomic_store_explicit(
        &header->state, GRAY_INDEX_READY, memory_order_release);

    return gray_index_sync(store, index) == GRAY_STORE_OK
               ? GRAY_STORE_OK
               : gray_index_give_up_for_good(store, index->list);
}

/* Where the walk over the members is. */
typedef struct {
    gray_index_t *index;
    uint64_t list;
    unsigned char after[GRAY_STORE_KEY_MAX];
    size_t after_len;
    uint64_t members;
} walk_t;

/* Up to BATCH members; ENOTFOUND at the end. */
static int
walk_batch(gray_txn_t *txn, walk_t *walk)
{
    uint64_t notes[BATCH];
    gray_members_t *members;
    gray_member_t member;
    gray_bytes_t key = gray_bytes(NULL, 0);
    size_t n = 0;
    int rc = gray_store_members_open(
        txn, walk->list, gray_bytes(walk->after, walk->after_len), &members);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    while (n < BATCH) {
        gray_bytes_t next;

        rc = gray_store_members_next(members, &next, &member);
        if (rc != GRAY_STORE_OK) {
            break;
        }

        key = next;
        notes[n++] = gray_index_hash(gray_siphash(
                         &txn->store->index_key, key.data, key.len))
                     | (member.expiry == 0 ? GRAY_INDEX_SLOT_YES
                                           : GRAY_INDEX_SLOT_ASK);
    }

    if (n > 0 && key.len <= sizeof(walk->after)) {
        memcpy(walk->after, key.data, key.len);
        walk->after_len = key.len;
    }
    gray_store_members_close(members);

    gray_index_apply(walk->index, notes, n, GRAY_INDEX_DIRECT);
    walk->members += n;

    return rc;
}

/* --- inside a commit ------------------------------------------------------------ */

int
gray_index_build_now(gray_txn_t *txn, const gray_list_t *list)
{
    uint64_t room = list->count * 2 > ROOM ? list->count * 2 : ROOM;
    walk_t walk = { .list = list->id };
    int rc = gray_index_create(txn->store, list->id, room, &walk.index);

    if (rc != GRAY_STORE_OK) {
        return GRAY_STORE_OK; /* LMDB answers, more slowly */
    }

    do {
        rc = walk_batch(txn, &walk);
    } while (rc == GRAY_STORE_OK && walk.members <= list->count);

    if (rc == GRAY_STORE_ENOTFOUND && walk.members == list->count) {
        rc = gray_index_ready(txn->store, walk.index, list);
    } else {
        gray_index_give_up(txn->store, list->id);
        rc = GRAY_STORE_OK;
    }
    gray_index_close(walk.index);

    return rc;
}

/* --- slice by slice --------------------------------------------------------------- */

/* The store may have been made without a key. */
static int
need_key(gray_txn_t *txn)
{
    gray_store_t *store = txn->store;
    gray_bytes_t id;
    int rc = gray_store_index_key(txn, &store->index_key);

    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_meta_put_random(txn, GRAY_META_INDEX_KEY);
        if (rc == GRAY_STORE_OK) {
            rc = gray_store_index_key(txn, &store->index_key);
        }
    }

    if (rc == GRAY_STORE_OK) {
        rc = gray_store_meta_get(txn, GRAY_META_ID, &id);
    }

    if (rc == GRAY_STORE_OK && id.len == sizeof(store->id)) {
        memcpy(store->id, id.data, sizeof(store->id));
    }

    return rc;
}

/* Another one may be at it. */
static int
check_alone(gray_store_t *store, uint64_t list)
{
    gray_index_t *index;
    int rc = gray_index_map(store, list, true, &index);

    if (rc != GRAY_STORE_OK) {
        return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
    }

    if (atomic_load_explicit(&index->header->state, memory_order_acquire)
            == GRAY_INDEX_BUILDING
        && gray_index_lock(index, GRAY_INDEX_LOCK_BUILDER, false)
               != GRAY_STORE_OK)
    {
        rc = gray_store_fail(GRAY_STORE_ESYSTEM,
            "the index is being built by another process: wait for it");
    }
    gray_index_close(index);

    return rc;
}

static int
begin_in(gray_txn_t *txn, const char *name, walk_t *walk)
{
    gray_list_t list;
    int rc;

    if ((rc = need_key(txn)) != GRAY_STORE_OK
        || (rc = gray_store_list_get(txn, name, &list)) != GRAY_STORE_OK
        || (rc = check_alone(txn->store, list.id)) != GRAY_STORE_OK)
    {
        return rc;
    }

    gray_index_retire(txn->store, list.id);
    rc = gray_index_create(txn->store, list.id, list.count, &walk->index);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    walk->list = list.id;
    walk->after_len = 0;

    return gray_index_lock(walk->index, GRAY_INDEX_LOCK_BUILDER, false);
}

static int
begin(gray_store_t *store, const char *name, walk_t *walk)
{
    gray_txn_t *txn;
    int rc = gray_store_write(store, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = begin_in(txn, name, walk);
    if (rc != GRAY_STORE_OK) {
        gray_store_abort(txn);
        return rc;
    }

    rc = gray_store_commit(txn);
    store->indexed = rc == GRAY_STORE_OK;

    return rc;
}

/* The list was replaced or dropped, or its index given up, meanwhile. */
#define CHANGED 1

static int
walk_slice(gray_txn_t *txn, const char *name, walk_t *walk, gray_list_t *list)
{
    uint64_t deadline = gray_store_clock() + SLICE;
    int rc = gray_store_list_get(txn, name, list);

    if (rc != GRAY_STORE_OK) {
        return rc == GRAY_STORE_ENOTFOUND ? CHANGED : rc;
    }

    if (list->id != walk->list || !gray_index_current(txn->store, walk->index))
    {
        return CHANGED;
    }

    rc = gray_index_lock(walk->index, GRAY_INDEX_LOCK_WRITER, true);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    gray_index_grow(walk->index, list->count);
    do {
        rc = walk_batch(txn, walk);
    } while (rc == GRAY_STORE_OK && gray_store_clock() < deadline);

    gray_index_unlock(walk->index, GRAY_INDEX_LOCK_WRITER);

    return rc;
}

static int
slice(gray_store_t *store, const char *name, walk_t *walk)
{
    gray_list_t list;
    gray_txn_t *txn;
    int rc = gray_store_write(store, &txn);

    if (rc == GRAY_STORE_OK) {
        rc = walk_slice(txn, name, walk, &list);
        gray_store_abort(txn);
    }

    return rc;
}

/* The list's header is written as it is, so that there is a new transaction,
 * after which readers look for an index again. */
static int
finish_in(gray_txn_t *txn, const char *name, walk_t *walk)
{
    gray_list_t list;
    int rc = walk_slice(txn, name, walk, &list);

    if (rc != GRAY_STORE_ENOTFOUND) {
        return rc;
    }

    if (list.count < GRAY_INDEX_MIN) {
        return gray_index_note_forget(txn, list.id);
    }

    rc = gray_index_ready(txn->store, walk->index, &list);

    return rc != GRAY_STORE_OK ? rc : gray_list_write(txn, name, &list);
}

static int
finish(gray_store_t *store, const char *name, walk_t *walk)
{
    gray_txn_t *txn;
    int rc = gray_index_sync(store, walk->index);

    if (rc != GRAY_STORE_OK) {
        (void) gray_index_give_up_for_good(store, walk->list);
        return rc;
    }

    rc = gray_store_write(store, &txn);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    rc = finish_in(txn, name, walk);
    if (rc == GRAY_STORE_OK) {
        return gray_store_commit(txn);
    }
    gray_store_abort(txn);

    return rc;
}

/* Lets a writer that waits for the lock have it. */
static void
make_way(void)
{
    struct timespec t = { .tv_nsec = 1000000 };

    (void) nanosleep(&t, NULL);
}

static int
build_once(gray_store_t *store, const char *name, walk_t *walk,
    int (*progress)(void *data, uint64_t members), void *data)
{
    int rc = begin(store, name, walk);

    while (rc == GRAY_STORE_OK) {
        rc = slice(store, name, walk);

        if (progress != NULL && progress(data, walk->members) != 0) {
            return gray_store_fail(GRAY_STORE_ESYSTEM, "stopped");
        }

        if (rc == GRAY_STORE_ENOTFOUND) {
            rc = finish(store, name, walk);
            if (rc != GRAY_STORE_OK) {
                return rc;
            }
            break;
        }
        make_way();
    }

    return rc;
}

int
gray_store_index_build(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data)
{
    int rc = CHANGED;

    for (int i = 0; rc == CHANGED && i < TRIES; i++) {
        walk_t walk = { .list = 0 };

        rc = build_once(store, name, &walk, progress, data);
        gray_index_close(walk.index);
    }

    return rc != CHANGED ? rc
                         : gray_store_fail(GRAY_STORE_ESYSTEM,
                             "list '%s' is replaced faster than its index is "
                             "built: try again later",
                             name);
}

/* --- all of them -------------------------------------------------------------------- */

static int
next_list(gray_store_t *store, char name[64], gray_list_t *list)
{
    char after[64];
    gray_txn_t *txn;
    int rc = gray_store_read(store, &txn);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    memcpy(after, name, sizeof(after));
    rc = gray_store_list_next(txn, after, name);
    if (rc == GRAY_STORE_OK) {
        rc = gray_store_list_get(txn, name, list);
    }
    gray_store_read_end(txn);

    return rc;
}

int
gray_index_build_all(gray_store_t *store)
{
    char name[64] = "";
    gray_list_t list;
    int rc;

    while ((rc = next_list(store, name, &list)) == GRAY_STORE_OK) {
        if (list.count < GRAY_INDEX_MIN) {
            continue;
        }

        rc = gray_store_index_build(store, name, NULL, NULL);
        if (rc != GRAY_STORE_OK && rc != GRAY_STORE_ENOTFOUND) {
            return rc;
        }
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}
