/* Slots and pages, as their one writer sees them. */

#include "index_internal.h"

#define load(slot) atomic_load_explicit(slot, memory_order_acquire)
#define store_to(slot, value) \
    atomic_store_explicit(slot, value, memory_order_release)

/* So many notes ahead, the line of a note is fetched. */
#define AHEAD 16

static unsigned
state_of(uint64_t slot)
{
    return (unsigned) (slot & GRAY_INDEX_SLOT_STATE);
}

/* --- one slot ----------------------------------------------------------------- */

/* Where a hash is looked for. */
typedef struct {
    uint64_t base;
    uint64_t growth;
    uint64_t synced;
    gray_index_slot_t *slot; /* of the hash, or NULL                        */
    gray_index_slot_t *room; /* where it could stand, or NULL               */
} place_t;

/* A split took the member elsewhere, and its new page was on disk before. */
static bool
moved(const place_t *place, uint64_t hash, uint64_t page)
{
    return gray_index_page_of(place->base, place->growth, hash) != page
           && gray_index_page_of(place->base, place->synced, hash) != page;
}

static bool
usable(const place_t *place, uint64_t slot, uint64_t page)
{
    return slot == 0 || state_of(slot) == GRAY_INDEX_SLOT_GONE
           || moved(place, gray_index_hash_of(slot), page);
}

/* Looks through one line; true at the end of the search. */
static bool
seek_line(place_t *place, gray_index_slot_t *line, unsigned first,
    uint64_t page, uint64_t hash)
{
    bool end = false;

    for (unsigned i = first; i < GRAY_INDEX_LINE; i++) {
        uint64_t slot = load(&line[i]);

        if (slot != 0 && gray_index_hash_of(slot) == hash) {
            place->slot = &line[i];
            return true;
        }

        if (place->room == NULL && usable(place, slot, page)) {
            place->room = &line[i];
        }

        end = end || slot == 0;
    }

    return end;
}

static void
seek(const gray_index_t *index, place_t *place, uint64_t hash)
{
    uint64_t page = gray_index_page_of(place->base, place->growth, hash);
    gray_index_slot_t *slots = gray_index_page(index, page);
    unsigned line = gray_index_line_of(hash);

    place->slot = NULL;
    place->room = NULL;

    for (unsigned i = 0; i < GRAY_INDEX_LINES; i++) {
        if (seek_line(
                place, slots + line * GRAY_INDEX_LINE, line == 0, page, hash)) {
            return;
        }
        line = (line + 1) % GRAY_INDEX_LINES;
    }
}

static place_t
place_in(const gray_index_t *index)
{
    return (place_t){
        .base = index->base,
        .growth = load(&index->header->growth),
        .synced = load(&index->header->synced),
    };
}

static void
add(_Atomic uint64_t *number, uint64_t what)
{
    store_to(number, load(number) + what);
}

/*
 * A page without room says so in its first slot, and from then on ASK for
 * whoever is not found there. It has no empty slot, so that readers come to
 * the first one only when they have been through the whole page.
 */
static void
lose(gray_index_t *index, const place_t *place, uint64_t hash)
{
    uint64_t page = gray_index_page_of(place->base, place->growth, hash);

    store_to(gray_index_page(index, page), 1);
    add(&index->header->lost, 1);
}

static void
apply_one(
    gray_index_t *index, place_t *place, uint64_t note, gray_index_step_t step)
{
    uint64_t hash = gray_index_hash_of(note);
    bool del = state_of(note) == GRAY_INDEX_SLOT_GONE;
    uint64_t state
        = step == GRAY_INDEX_MARK ? GRAY_INDEX_SLOT_ASK : state_of(note);
    bool there;

    seek(index, place, hash);
    there = place->slot != NULL
            && state_of(load(place->slot)) != GRAY_INDEX_SLOT_GONE;

    if (place->slot == NULL && (del || step == GRAY_INDEX_SETTLE)) {
        return;
    }

    if (del && !there) {
        return;
    }

    if (place->slot == NULL && place->room == NULL) {
        lose(index, place, hash);
        return;
    }

    store_to(place->slot != NULL ? place->slot : place->room, hash | state);

    if (step == GRAY_INDEX_DIRECT && there == del) {
        add(&index->header->members, del ? (uint64_t) -1 : 1);
    }
}

static void
fetch(const gray_index_t *index, const place_t *place, uint64_t note)
{
    uint64_t hash = gray_index_hash_of(note);
    uint64_t page = gray_index_page_of(place->base, place->growth, hash);

    __builtin_prefetch(gray_index_page(index, page)
                           + gray_index_line_of(hash) * GRAY_INDEX_LINE,
        1);
}

void
gray_index_apply(gray_index_t *index, const uint64_t *notes, size_t n,
    gray_index_step_t step)
{
    place_t place;

    if (step == GRAY_INDEX_DIRECT) {
        gray_index_grow(index, load(&index->header->members) + n);
    }

    place = place_in(index);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            fetch(index, &place, notes[i + AHEAD]);
        }
        apply_one(index, &place, notes[i], step);
    }
}

/* --- pages --------------------------------------------------------------------- */

uint64_t
gray_index_growth_for(uint64_t base, uint64_t growth, uint64_t members)
{
    unsigned level = gray_index_level(growth);
    uint64_t split = gray_index_split(growth);
    uint64_t slots = (base << level) * GRAY_INDEX_SLOTS;
    uint64_t due;

    while (members * 100 >= slots * GRAY_INDEX_END && level < GRAY_INDEX_LEVELS)
    {
        level++;
        split = 0;
        slots *= 2;
    }

    if (level == GRAY_INDEX_LEVELS || members * 100 <= slots * GRAY_INDEX_BEGIN)
    {
        return gray_index_growth(level, split);
    }

    due = (members * 100 - slots * GRAY_INDEX_BEGIN)
          / (GRAY_INDEX_SLOTS * (GRAY_INDEX_END - GRAY_INDEX_BEGIN));

    return gray_index_growth(level, due > split ? due : split);
}

static uint64_t
next_growth(uint64_t base, uint64_t growth)
{
    unsigned level = gray_index_level(growth);
    uint64_t split = gray_index_split(growth) + 1;

    return split < base << level ? gray_index_growth(level, split)
                                 : gray_index_growth(level + 1, 0);
}

/* Into a page that is all zeroes and has room. */
static void
stand(gray_index_slot_t *slots, uint64_t slot)
{
    unsigned line = gray_index_line_of(slot);

    for (;; line = (line + 1) % GRAY_INDEX_LINES) {
        for (unsigned i = line == 0; i < GRAY_INDEX_LINE; i++) {
            gray_index_slot_t *at = &slots[line * GRAY_INDEX_LINE + i];

            if (load(at) == 0) {
                store_to(at, slot);
                return;
            }
        }
    }
}

/* What the old page lost may belong into the new one, which therefore has no
 * empty slot either. */
static void
inherit(gray_index_slot_t *slots)
{
    store_to(slots, 1);
    for (unsigned i = 1; i < GRAY_INDEX_SLOTS; i++) {
        if (load(&slots[i]) == 0) {
            store_to(&slots[i], GRAY_INDEX_SLOT_GONE);
        }
    }
}

/* The old page keeps its slots: readers are in it. */
static void
split_page(gray_index_t *index, uint64_t growth, uint64_t next)
{
    uint64_t old = gray_index_split(growth);
    uint64_t new = gray_index_pages(index->base, growth);
    gray_index_slot_t *from = gray_index_page(index, old);
    gray_index_slot_t *to = gray_index_page(index, new);

    memset((void *) to, 0, GRAY_INDEX_PAGE);

    for (unsigned i = 1; i < GRAY_INDEX_SLOTS; i++) {
        uint64_t slot = load(&from[i]);

        if (slot != 0 && state_of(slot) != GRAY_INDEX_SLOT_GONE
            && gray_index_page_of(index->base, next, gray_index_hash_of(slot))
                   == new)
        {
            stand(to, slot);
        }
    }

    if (load(from) != 0) {
        inherit(to);
    }
}

uint64_t
gray_index_split_to(gray_index_t *index, uint64_t to)
{
    uint64_t growth = load(&index->header->growth);

    if (growth < to
        && gray_index_reach(index, gray_index_pages(index->base, to))
               != GRAY_STORE_OK)
    {
        return growth;
    }

    while (growth < to) {
        uint64_t next = next_growth(index->base, growth);

        split_page(index, growth, next);
        growth = next;
    }

    return growth;
}

void
gray_index_grow(gray_index_t *index, uint64_t members)
{
    uint64_t growth = load(&index->header->growth);
    uint64_t to = gray_index_growth_for(index->base, growth, members);

    if (to != growth) {
        to = gray_index_split_to(index, to);
        store_to(&index->header->growth, to);
    }

    store_to(&index->header->synced, to);
}

uint64_t
gray_index_count_yes(const gray_index_t *index)
{
    uint64_t growth = load(&index->header->growth);
    uint64_t pages = gray_index_pages(index->base, growth);
    uint64_t n = 0;

    for (uint64_t page = 0; page < pages && page < index->pages; page++) {
        const gray_index_slot_t *slots = gray_index_page(index, page);

        for (unsigned i = 1; i < GRAY_INDEX_SLOTS; i++) {
            uint64_t slot = load(&slots[i]);

            n += state_of(slot) == GRAY_INDEX_SLOT_YES
                 && gray_index_page_of(
                        index->base, growth, gray_index_hash_of(slot))
                        == page;
        }
    }

    return n;
}
