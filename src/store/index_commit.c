/*
 * Indexes at a commit: marked before, settled after. index_internal.h says why
 * in this order.
 */

#include "index_internal.h"

#include <stdlib.h>

/* A list that fills more percent of the pages than this is given a new index
 * rather than pages that overflow before they are split. */
#define DENSE 88

/* --- the handle that is kept from one commit to the next --------------------- */

int
gray_index_take(gray_store_t *store, uint64_t list, gray_index_t **index)
{
    gray_index_t *kept = store->index;

    if (kept != NULL && kept->list == list) {
        store->index = NULL;
        if (gray_index_current(store, kept)) {
            *index = kept;
            return GRAY_STORE_OK;
        }
        gray_index_close(kept);
    }

    return gray_index_map(store, list, true, index);
}

void
gray_index_leave(gray_store_t *store, gray_index_t *index)
{
    gray_index_close(store->index);
    store->index = index;
}

/* --- before LMDB's commit ------------------------------------------------------ */

static uint64_t
growth_of(const gray_index_t *index)
{
    return atomic_load_explicit(&index->header->growth, memory_order_acquire);
}

static void
name(gray_index_header_t *header, const uint64_t from[2], const uint64_t to[2])
{
    /* One of the two names the list as it is, whichever word a crash is at. */
    for (int i = 0; i < 2; i++) {
        atomic_store_explicit(&header->from[i], from[i], memory_order_release);
    }
    for (int i = 0; i < 2; i++) {
        atomic_store_explicit(&header->to[i], to[i], memory_order_release);
    }
}

/* Whatever goes wrong with the file, it is the file that goes. */
static int
sync_or_give_up(gray_store_t *store, gray_index_t *index)
{
    return gray_index_sync(store, index) == GRAY_STORE_OK
               ? GRAY_STORE_OK
               : gray_index_give_up_for_good(store, index->list);
}

/* False: members have no slot, and a new index costs little. */
static bool
mark(gray_store_t *store, gray_index_change_t *change, const gray_list_t *list)
{
    gray_index_t *index = change->index;

    gray_index_apply(index, change->notes, change->n, GRAY_INDEX_MARK);
    gray_index_at(store, GRAY_INDEX_AT_MARKED, index->list);

    return atomic_load_explicit(&index->header->lost, memory_order_relaxed) == 0
           || list->count > GRAY_INDEX_SMALL;
}

static int
grow_and_name(
    gray_store_t *store, gray_index_change_t *change, const gray_list_t *list)
{
    gray_index_t *index = change->index;
    gray_index_header_t *header = index->header;
    uint64_t growth = growth_of(index);
    int rc;

    change->growth = gray_index_split_to(
        index, gray_index_growth_for(index->base, growth, list->count));
    header = index->header; /* the map may have moved */
    gray_index_at(store, GRAY_INDEX_AT_SPLIT, index->list);

    name(header, change->before, list->digest);
    gray_index_at(store, GRAY_INDEX_AT_NAMED, index->list);

    rc = sync_or_give_up(store, index);
    atomic_store_explicit(&header->synced, growth, memory_order_release);

    return rc;
}

/* A list in the making gets its name: its index has everything, or goes. */
static int
complete(
    gray_store_t *store, gray_index_change_t *change, const gray_list_t *list)
{
    gray_index_t *index = change->index;
    uint64_t members;

    gray_index_apply(index, change->notes, change->n, GRAY_INDEX_DIRECT);
    change->done = true;

    members
        = atomic_load_explicit(&index->header->members, memory_order_relaxed);
    if (list->count < GRAY_INDEX_MIN
        || (members != list->count
            && atomic_load_explicit(&index->header->lost, memory_order_relaxed)
                   == 0))
    {
        gray_index_give_up(store, index->list);
        return GRAY_STORE_OK;
    }

    return gray_index_ready(store, index, list);
}

typedef enum {
    USE_NONE, /* not to be trusted */
    USE_MARK,
    USE_MARK_UNREAD, /* it is being built */
    USE_COMPLETE
} use_t;

static use_t
use(gray_index_change_t *change, const gray_list_t *list)
{
    gray_index_t *index = change->index;
    gray_index_header_t *header = index->header;
    uint64_t state = atomic_load_explicit(&header->state, memory_order_acquire);
    uint64_t slots
        = gray_index_pages(index->base, growth_of(index)) * GRAY_INDEX_SLOTS;

    if (change->switched) {
        return state == GRAY_INDEX_BUILDING ? USE_COMPLETE : USE_NONE;
    }

    if (state == GRAY_INDEX_BUILDING) {
        return gray_index_lock(index, GRAY_INDEX_LOCK_BUILDER, false)
                       == GRAY_STORE_OK
                   ? USE_NONE /* its builder is dead */
                   : USE_MARK_UNREAD;
    }

    return state == GRAY_INDEX_READY && gray_index_names(header, change->before)
                   && list->count * 100 < slots * DENSE
               ? USE_MARK
               : USE_NONE;
}

/* Another process may have split pages since it was mapped. */
static bool
lock_whole(gray_index_t *index)
{
    return gray_index_lock(index, GRAY_INDEX_LOCK_WRITER, true) == GRAY_STORE_OK
           && gray_index_reach(
                  index, gray_index_pages(index->base, growth_of(index)))
                  == GRAY_STORE_OK;
}

static int
prepare_open(gray_txn_t *txn, gray_index_change_t *change,
    const gray_list_t *list, bool *used)
{
    gray_store_t *store = txn->store;

    *used = lock_whole(change->index);
    if (!*used) {
        return GRAY_STORE_OK;
    }

    change->growth = growth_of(change->index);

    switch (use(change, list)) {
    case USE_MARK:
        *used = mark(store, change, list);
        return *used ? grow_and_name(store, change, list) : GRAY_STORE_OK;

    case USE_MARK_UNREAD:
        gray_index_apply(
            change->index, change->notes, change->n, GRAY_INDEX_MARK);
        return GRAY_STORE_OK;

    case USE_COMPLETE:
        return complete(store, change, list);

    default:
        *used = false;
        return GRAY_STORE_OK;
    }
}

static int
prepare_named(
    gray_txn_t *txn, gray_index_change_t *change, const gray_list_t *list)
{
    bool used = false;
    int rc;

    gray_index_pend_write(txn->store, change->list);
    rc = gray_index_note_last(change)
             ? gray_index_take(txn->store, change->list, &change->index)
             : GRAY_STORE_ENOTFOUND;
    if (rc == GRAY_STORE_OK) {
        rc = prepare_open(txn, change, list, &used);
        if (used) {
            return rc;
        }
        gray_index_close(change->index);
        change->index = NULL;
    }

    /* None that could be trusted. What lies there must not be found again. */
    gray_index_give_up(txn->store, change->list);

    return list->count < GRAY_INDEX_MIN || list->count > GRAY_INDEX_SMALL
               ? GRAY_STORE_OK
               : gray_index_build_now(txn, list);
}

static int
prepare_change(gray_txn_t *txn, gray_index_change_t *change)
{
    gray_list_t list;

    if (change->forget || (change->n == 0 && !change->switched)
        || (change->owner != GRAY_INDEX_OF_NAME && !change->switched)
        || gray_index_header_now(txn, change->list, &list) != GRAY_STORE_OK)
    {
        return GRAY_STORE_OK;
    }

    return prepare_named(txn, change, &list);
}

int
gray_index_prepare(gray_txn_t *txn)
{
    gray_index_changes_t *changes = txn->changes;
    int rc = GRAY_STORE_OK;

    if (changes == NULL) {
        return GRAY_STORE_OK;
    }

    for (size_t i = 0; rc == GRAY_STORE_OK && i < changes->n; i++) {
        rc = prepare_change(txn, &changes->changes[i]);
    }

    gray_index_at(txn->store, GRAY_INDEX_AT_PREPARED, 0);

    return rc;
}

/* --- after it ------------------------------------------------------------------- */

static void
settle(gray_store_t *store, gray_index_change_t *change)
{
    gray_index_t *index = change->index;

    atomic_store_explicit(
        &index->header->growth, change->growth, memory_order_release);
    gray_index_at(store, GRAY_INDEX_AT_PUBLISHED, index->list);

    gray_index_apply(index, change->notes, change->n, GRAY_INDEX_SETTLE);
    gray_index_at(store, GRAY_INDEX_AT_SETTLED, index->list);
}

/* Nobody reads it, and its maker alone writes it. */
static void
fill_making(gray_store_t *store, gray_index_change_t *change)
{
    if (change->began
        && gray_index_create(
               store, change->list, change->expected, &change->index)
               != GRAY_STORE_OK)
    {
        return;
    }

    gray_index_pend(store, change->list, change->notes, change->n);
}

static void
finish_change(gray_store_t *store, gray_index_change_t *change, bool committed)
{
    if (committed && change->forget) {
        gray_index_pend_forget(store, change->list);
        if (store->index != NULL && store->index->list == change->list) {
            gray_index_leave(store, NULL);
        }
        gray_index_bury(store, change->list);

    } else if (committed && change->index != NULL && !change->done) {
        settle(store, change);

    } else if (committed && change->owner == GRAY_INDEX_OF_MAKING
               && !change->switched)
    {
        fill_making(store, change);
    }

    if (change->index != NULL) {
        gray_index_unlock(change->index, GRAY_INDEX_LOCK_WRITER);
        gray_index_leave(store, change->index);
    }
    free(change->notes);
}

void
gray_index_finish(gray_txn_t *txn, bool committed)
{
    gray_index_changes_t *changes = txn->changes;

    if (changes == NULL) {
        return;
    }

    if (committed) {
        gray_index_at(txn->store, GRAY_INDEX_AT_COMMITTED, 0);
    }

    for (size_t i = 0; i < changes->n; i++) {
        finish_change(txn->store, &changes->changes[i], committed);
    }

    free(changes->changes);
    free(changes);
    txn->changes = NULL;
}

void
gray_store_replace_flush(gray_store_t *store, const gray_list_t *list)
{
    gray_index_t *index;

    gray_index_pend_write(store, list->id);
    if (!store->indexed
        || gray_index_take(store, list->id, &index) != GRAY_STORE_OK)
    {
        return;
    }

    if (sync_or_give_up(store, index) != GRAY_STORE_OK) {
        gray_index_give_up(store, list->id);
    }
    gray_index_leave(store, index);
}
