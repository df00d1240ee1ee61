/* Making the file and turning switches; see switches_layout.h for the order
 * of writes. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "switches_layout.h"

#define SLOT_OFFSET(i) \
    (offsetof(switches_layout_t, slots) + (i) * sizeof(switch_slot_t))


int
gray_switches_create(const char *path, gid_t group)
{
    /* all of it is written, so that later writes need no new block even
     * where preallocated ones count as unwritten */
    switches_layout_t file;

    memset(&file, 0, sizeof(file));
    file.head = gray_switches_head;
    file.table = 1;
    file.slots[0].change.state = SWITCH_ON;

    return gray_segment_create(path, 0640, group, &file.head, sizeof(file));
}


int
gray_switches_lock(gray_switches_t *switches)
{
    if (!switches->writable) {
        errno = EACCES;
        return -1;
    }

    if (switches->held > 0) {
        switches->held++;
        return 0;
    }

    if (gray_segment_lock(switches->fd, SWITCHES_LOCK_MS) != 0) {
        return -1;
    }

    if (gray_segment_current(switches->fd, switches->path) != 0) {
        gray_segment_unlock(switches->fd);
        return -1;
    }

    switches->held = 1;
    return 0;
}


void
gray_switches_unlock(gray_switches_t *switches)
{
    if (switches->held > 0 && --switches->held == 0) {
        gray_segment_unlock(switches->fd);
    }
}


static int
switches_write(
    gray_switches_t *switches, const void *bytes, size_t len, size_t offset)
{
    ssize_t n = pwrite(switches->fd, bytes, len, (off_t) offset);

    if (n == (ssize_t) len) {
        return 0;
    }

    errno = n < 0 ? errno : EIO;
    return -1;
}


static int
switches_write_table(gray_switches_t *switches, uint32_t table)
{
    return switches_write(
        switches, &table, sizeof(table), offsetof(switches_layout_t, table));
}


/* Names a free slot and turns it on, which is what no slot means. Returns its
 * index, or 0. The table is raised later, by switches_show. */
static uint32_t
switches_take(gray_switches_t *switches, const char *release)
{
    switch_slot_t slot;
    uint32_t i = 1;

    while (i < SWITCHES_SLOTS
           && switches->map->slots[i].change.state != SWITCH_FREE)
    {
        i++;
    }

    if (i == SWITCHES_SLOTS) {
        errno = ENOSPC;
        return 0;
    }

    memset(&slot, 0, sizeof(slot));
    strncpy(slot.name, release, sizeof(slot.name) - 1);
    slot.table = switches->map->table + 1;

    if (slot.table == 0) {
        slot.table = 1;
    }

    if (switches_write(switches, &slot, sizeof(slot), SLOT_OFFSET(i)) != 0) {
        return 0;
    }

    slot.change.state = SWITCH_ON;

    return switches_write(
               switches, &slot.change, sizeof(slot.change), SLOT_OFFSET(i))
                   == 0
               ? i
               : 0;
}


/* Lets workers find a slot that was named after the head's table. */
static int
switches_show(gray_switches_t *switches, uint32_t i)
{
    const switches_layout_t *map = switches->map;
    int32_t ahead = (int32_t) (map->slots[i].table - map->table);

    return ahead > 0 ? switches_write_table(switches, map->slots[i].table) : 0;
}


static int
switches_change(
    gray_switches_t *switches, uint32_t i, uint32_t state, uint32_t uid)
{
    switch_change_t change = {
        .state = state,
        .uid = uid,
        .time = gray_segment_now(),
        .generation = switches->map->generation + 1,
    };

    if (switches_write(switches, &change, sizeof(change), SLOT_OFFSET(i)) != 0
        || switches_write(switches, &change.generation,
               sizeof(change.generation),
               offsetof(switches_layout_t, generation))
               != 0)
    {
        return -1;
    }

    return fdatasync(switches->fd);
}


static int
switches_set_locked(gray_switches_t *switches, const char *release,
    uint32_t state, uint32_t uid)
{
    uint32_t i = 0;

    if (release != NULL) {
        i = gray_switches_find(switches->map, release);

        if (i == 0) {
            i = switches_take(switches, release);
        }

        if (i == 0 || switches_show(switches, i) != 0) {
            return -1;
        }
    }

    return switches_change(switches, i, state, uid);
}


int
gray_switches_set(gray_switches_t *switches, const char *release, bool off,
    uint32_t uid, uint64_t *generation)
{
    if (release != NULL && !gray_segment_name_ok(release)) {
        errno = EINVAL;
        return -1;
    }

    if (gray_switches_lock(switches) != 0) {
        return -1;
    }

    uint64_t before = gray_switches_generation(switches);
    int rc = switches_set_locked(
        switches, release, off ? SWITCH_OFF : SWITCH_ON, uid);

    if (generation != NULL && gray_switches_generation(switches) != before) {
        *generation = gray_switches_generation(switches);
    }

    gray_switches_unlock(switches);
    return rc;
}


int
gray_switches_remove(gray_switches_t *switches, const char *release)
{
    if (!gray_segment_name_ok(release)) {
        errno = EINVAL;
        return -1;
    }

    if (gray_switches_lock(switches) != 0) {
        return -1;
    }

    uint32_t i = gray_switches_find(switches->map, release);
    int rc = i == 0 ? 0 : switches_change(switches, i, SWITCH_FREE, 0);

    gray_switches_unlock(switches);
    return rc;
}


static int
switches_carry_locked(gray_switches_t *to, const gray_switches_t *from)
{
    uint64_t generation = gray_switches_generation(from);
    uint32_t table = from->map->table;

    if (generation < to->map->generation) {
        generation = to->map->generation;
    }

    if ((int32_t) (to->map->table - table) > 0) {
        table = to->map->table;
    }

    generation++;
    table += table == UINT32_MAX ? 2 : 1;

    if (switches_write(
            to, from->map->slots, sizeof(from->map->slots), SLOT_OFFSET(0))
            != 0
        || switches_write_table(to, table) != 0
        || switches_write(to, &generation, sizeof(generation),
               offsetof(switches_layout_t, generation))
               != 0)
    {
        return -1;
    }

    return fdatasync(to->fd);
}


int
gray_switches_carry(gray_switches_t *to, const gray_switches_t *from)
{
    if (gray_switches_lock(to) != 0) {
        return -1;
    }

    int rc = switches_carry_locked(to, from);

    gray_switches_unlock(to);
    return rc;
}
