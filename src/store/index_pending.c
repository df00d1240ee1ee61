/*
 * Notes of a list in the making, kept from one commit to the next. Written a
 * million at a time and in the order of pages, they cost a fraction of what each
 * would cost alone: a slot is anywhere in a file of a hundred megabytes.
 */

#include "index_internal.h"

#include <stdlib.h>

/* So many are kept: 8 MB. */
#define KEEP ((size_t) 1 << 20)

/* The hash's upper bits, which say where in the file its page is. */
#define PART_BITS 10
#define PARTS (1 << PART_BITS)

static unsigned
part_of(uint64_t note)
{
    return (unsigned) (note >> (64 - PART_BITS));
}

/* Notes of one member stay in their order. NULL: no memory. */
static uint64_t *
sorted(const uint64_t *notes, size_t n)
{
    uint64_t *to = malloc(n * sizeof(*to));
    size_t at[PARTS + 1] = { 0 };

    if (to == NULL) {
        return NULL;
    }

    for (size_t i = 0; i < n; i++) {
        at[part_of(notes[i]) + 1]++;
    }

    for (unsigned i = 0; i < PARTS; i++) {
        at[i + 1] += at[i];
    }

    for (size_t i = 0; i < n; i++) {
        to[at[part_of(notes[i])]++] = notes[i];
    }

    return to;
}

static void
write_notes(gray_store_t *store, uint64_t list, const uint64_t *notes, size_t n)
{
    gray_index_t *index;
    uint64_t *order;

    if (n == 0 || gray_index_take(store, list, &index) != GRAY_STORE_OK) {
        return;
    }

    if (atomic_load_explicit(&index->header->state, memory_order_acquire)
        == GRAY_INDEX_BUILDING)
    {
        order = sorted(notes, n);
        gray_index_apply(
            index, order != NULL ? order : notes, n, GRAY_INDEX_DIRECT);
        free(order);
    } else {
        gray_index_give_up(store, list);
    }
    gray_index_leave(store, index);
}

void
gray_index_pend_write(gray_store_t *store, uint64_t list)
{
    gray_index_pending_t *pending = &store->pending;

    if (pending->list == list) {
        write_notes(store, list, pending->notes, pending->n);
        pending->n = 0;
    }
}

void
gray_index_pend_forget(gray_store_t *store, uint64_t list)
{
    if (store->pending.list == list) {
        store->pending.n = 0;
    }
}

static bool
make_room(gray_index_pending_t *pending, size_t n)
{
    size_t room = pending->room != 0 ? pending->room : 1024;
    void *grown;

    while (room < pending->n + n) {
        room *= 2;
    }

    if (room == pending->room) {
        return true;
    }

    grown = realloc(pending->notes, room * sizeof(*pending->notes));
    if (grown == NULL) {
        return false;
    }
    pending->notes = grown;
    pending->room = room;

    return true;
}

void
gray_index_pend(
    gray_store_t *store, uint64_t list, const uint64_t *notes, size_t n)
{
    gray_index_pending_t *pending = &store->pending;

    if (n == 0) {
        return;
    }

    if (pending->list != list || pending->n + n > KEEP) {
        gray_index_pend_write(store, pending->list);
    }
    pending->list = list;

    if (n > KEEP || !make_room(pending, n)) {
        write_notes(store, list, notes, n);
        return;
    }

    memcpy(pending->notes + pending->n, notes, n * sizeof(*notes));
    pending->n += n;
}
