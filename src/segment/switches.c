/* Opening and reading; writers are in switches_write.c. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "switches_layout.h"

/* A reader that meets a writer in the middle of a slot looks again. */
#define SWITCHES_TRIES 8

const gray_segment_head_t gray_switches_head = {
    .magic = "graysw\r\n",
    .version = SWITCHES_VERSION,
    .order = GRAY_SEGMENT_ORDER,
    .size = sizeof(switches_layout_t),
};


static uint32_t
switch_state(const switch_slot_t *slot)
{
    return __atomic_load_n(&slot->change.state, __ATOMIC_ACQUIRE);
}


static bool
switch_slot_ok(const switch_slot_t *slot, bool global)
{
    uint32_t state = switch_state(slot);

    if (state == SWITCH_FREE) {
        return !global;
    }

    if (state != SWITCH_ON && state != SWITCH_OFF) {
        return false;
    }

    if (memchr(slot->name, '\0', sizeof(slot->name)) == NULL) {
        return false;
    }

    return global == (slot->name[0] == '\0');
}


static bool
switches_ok(const switches_layout_t *map)
{
    for (uint32_t i = 0; i < SWITCHES_SLOTS; i++) {
        bool ok = false;

        for (unsigned try = 0; try < SWITCHES_TRIES && !ok; try++) {
            ok = switch_slot_ok(&map->slots[i], i == 0);
        }

        if (!ok) {
            return false;
        }
    }

    return true;
}


int
gray_switches_open(const char *path, bool writable, gray_switches_t **switches)
{
    void *map = NULL;
    gray_switches_t *opened = calloc(1, sizeof(*opened));

    if (opened == NULL) {
        return -1;
    }

    opened->fd = -1;
    opened->writable = writable;
    opened->path = strdup(path);

    if (opened->path == NULL
        || gray_segment_open(path, writable, PROT_READ, &gray_switches_head,
               &opened->fd, &map)
               != 0)
    {
        goto failed;
    }

    opened->map = map;

    if (!switches_ok(opened->map)) {
        errno = EBADMSG;
        goto failed;
    }

    *switches = opened;
    return 0;

failed:

    gray_switches_close(opened);
    return -1;
}


void
gray_switches_close(gray_switches_t *switches)
{
    int saved = errno;

    if (switches == NULL) {
        return;
    }

    if (switches->map != NULL) {
        munmap((void *) switches->map, sizeof(*switches->map));
    }

    if (switches->fd != -1) {
        close(switches->fd);
    }

    free(switches->path);
    free(switches);
    errno = saved;
}


uint32_t
gray_switches_find(const switches_layout_t *map, const char *release)
{
    for (uint32_t i = 1; i < SWITCHES_SLOTS; i++) {
        const switch_slot_t *slot = &map->slots[i];

        if (switch_state(slot) != SWITCH_FREE
            && strncmp(slot->name, release, sizeof(slot->name)) == 0)
        {
            return i;
        }
    }

    return 0;
}


static bool
slot_off(const switches_layout_t *map, uint32_t index)
{
    return switch_state(&map->slots[index]) == SWITCH_OFF;
}


/* The slot of a release that is not known, or not any more. */
static bool __attribute__((cold, noinline))
switches_off_anew(const switches_layout_t *map, gray_switch_cursor_t *cursor,
    const char *release)
{
    uint32_t table = __atomic_load_n(&map->table, __ATOMIC_ACQUIRE);
    bool off = false;

    for (unsigned try = 0; try < SWITCHES_TRIES; try++) {
        cursor->index = gray_switches_find(map, release);
        cursor->table = table;
        off = slot_off(map, 0) || slot_off(map, cursor->index);

        /* the slot was still this release's when its state was read */
        table = __atomic_load_n(&map->table, __ATOMIC_ACQUIRE);

        if (cursor->table == table) {
            break;
        }
    }

    return off;
}


bool
gray_switches_off(const gray_switches_t *switches, gray_switch_cursor_t *cursor,
    const char *release)
{
    if (switches == NULL) {
        return false;
    }

    const switches_layout_t *map = switches->map;
    uint32_t index = cursor->index;

    if (index < SWITCHES_SLOTS) {
        /* index 0, no slot of its own, reads the global one twice */
        bool off = slot_off(map, 0) || slot_off(map, index);

        if (cursor->table == __atomic_load_n(&map->table, __ATOMIC_ACQUIRE)) {
            return off;
        }
    }

    return switches_off_anew(map, cursor, release);
}


uint64_t
gray_switches_generation(const gray_switches_t *switches)
{
    return switches == NULL
               ? 0
               : __atomic_load_n(&switches->map->generation, __ATOMIC_ACQUIRE);
}


/* Copies a slot between two equal states; false when a writer was faster. */
static bool
switch_copy(const switch_slot_t *slot, switch_slot_t *copy)
{
    uint32_t state = switch_state(slot);

    *copy = *slot;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return switch_state(slot) == state && copy->change.state == state
           && slot->change.generation == copy->change.generation;
}


bool
gray_switches_get(
    const gray_switches_t *switches, unsigned i, gray_switch_t *out)
{
    switch_slot_t slot;

    if (switches == NULL || i >= SWITCHES_SLOTS) {
        return false;
    }

    for (unsigned try = 0; try < SWITCHES_TRIES; try++) {
        if (switch_copy(&switches->map->slots[i], &slot)) {
            break;
        }
    }

    memset(out, 0, sizeof(*out));

    if (slot.change.state == SWITCH_FREE) {
        return true;
    }

    memcpy(out->release, slot.name, sizeof(out->release) - 1);
    out->off = slot.change.state == SWITCH_OFF;
    out->time = slot.change.time;
    out->uid = slot.change.uid;
    out->generation = slot.change.generation;
    return true;
}
