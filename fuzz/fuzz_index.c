/*
 * Any bytes as the file of a list's index, mapped: asking never steps outside of
 * the map, whatever the header says meanwhile; and what was marked in a file
 * with a sound header is found.
 *
 * The input is the changing part of the header, a hash, and any number of
 * places in the pages with what stands there.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "store/index_internal.h"

#define INDEX_PAGES 6
#define INDEX_BYTES ((INDEX_PAGES + 1) * GRAY_INDEX_PAGE)
#define INDEX_PLACES (INDEX_PAGES * GRAY_INDEX_SLOTS)

typedef struct {
    uint64_t growth;
    uint64_t synced;
    uint64_t hash;
    uint64_t later; /* a growth that comes while the index is open         */
} index_head_t;

typedef struct {
    uint16_t place;
    uint16_t count; /* so many slots from there on                        */
    uint32_t low;
    uint64_t slot; /* what stands there; its hash is the input's if 0     */
} index_patch_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
index_check(int holds)
{
    if (!holds) {
        abort();
    }
}


/* Made once: a file that has no name, and its map. */
static void
index_make(gray_index_t *index)
{
    index->fd = memfd_create("index", MFD_CLOEXEC);
    index_check(index->fd != -1 && ftruncate(index->fd, INDEX_BYTES) == 0);
    index->map = mmap(
        NULL, INDEX_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, index->fd, 0);
    index_check(index->map != MAP_FAILED);
    index->pages = INDEX_PAGES;
}


static void
index_fill(gray_index_t *index, const uint8_t *data, size_t size, uint64_t hash)
{
    gray_index_slot_t *slots = gray_index_page(index, 0);
    index_patch_t patch;
    unsigned i;

    for (; size >= sizeof(patch); size -= sizeof(patch), data += sizeof(patch))
    {
        memcpy(&patch, data, sizeof(patch));
        for (i = 0; i <= patch.count % (GRAY_INDEX_SLOTS + 1); i++) {
            slots[(patch.place + i) % INDEX_PLACES]
                = patch.slot != 0 ? patch.slot + 4 * (uint64_t) i
                                  : (hash & ~(uint64_t) 3) | (patch.low & 3);
        }
    }
}


/* Writers take the first free slot of a line, so that none is free before one
 * that is used. */
static bool
index_dense(const gray_index_t *index)
{
    const gray_index_slot_t *slots = gray_index_page(index, 0);
    unsigned i;

    for (i = 1; i < INDEX_PLACES; i++) {
        if (slots[i] != 0 && slots[i - 1] == 0 && i % GRAY_INDEX_LINE != 0
            && i % GRAY_INDEX_SLOTS != 1)
        {
            return false;
        }
    }

    return true;
}


/* What a mapped file's header must say to be trusted. */
static bool
index_sound(const gray_index_t *index, uint64_t growth, uint64_t synced)
{
    uint64_t level = gray_index_level(growth);

    return level <= GRAY_INDEX_LEVELS
           && gray_index_split(growth) < index->base << level
           && synced <= growth
           && gray_index_pages(index->base, growth) <= index->pages;
}


static void
index_write(gray_index_t *index, uint64_t hash)
{
    uint64_t yes = gray_index_hash(hash) | GRAY_INDEX_SLOT_YES;
    uint64_t gone = gray_index_hash(hash) | GRAY_INDEX_SLOT_GONE;

    gray_index_apply(index, &yes, 1, GRAY_INDEX_MARK);
    index_check(gray_index_find(index, hash) == GRAY_INDEX_ASK);
    gray_index_apply(index, &yes, 1, GRAY_INDEX_SETTLE);
    index_check(gray_index_find(index, hash) != GRAY_INDEX_NO);

    gray_index_apply(index, &gone, 1, GRAY_INDEX_MARK);
    index_check(gray_index_find(index, hash) == GRAY_INDEX_ASK);
    gray_index_apply(index, &gone, 1, GRAY_INDEX_SETTLE);
    index_check(gray_index_find(index, hash) != GRAY_INDEX_YES);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static gray_index_t index;
    index_head_t head;

    if (size < 1 + sizeof(head)) {
        return 0;
    }
    if (index.map == NULL) {
        index_make(&index);
    }

    memset(index.map, 0, INDEX_BYTES);
    memcpy(&head, data + 1, sizeof(head));
    index.base = 1 + data[0] % INDEX_PAGES;
    index.header->growth = head.growth;
    index.header->synced = head.synced;
    index_fill(&index, data + 1 + sizeof(head), size - 1 - sizeof(head),
        gray_index_hash(head.hash));

    if (index_sound(&index, head.growth, head.synced)) {
        (void) gray_index_find(&index, head.hash);
        if (index_dense(&index)) {
            index_write(&index, head.hash);
        }
        (void) gray_index_count_yes(&index);
    }

    index.header->growth = head.later;
    (void) gray_index_find(&index, head.hash);
    (void) gray_index_find(&index, head.hash ^ head.growth);

    return 0;
}
