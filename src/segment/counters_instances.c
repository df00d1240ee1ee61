/* What each running nginx knows. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters_layout.h"
#include "process.h"


static bool
instance_used(const counters_instance_t *slot)
{
    return gray_sequence_used(&slot->sequence);
}


static bool
instance_has_worker(const counters_layout_t *map, unsigned instance)
{
    for (unsigned w = 0; w < GRAY_COUNTERS_WORKERS; w++) {
        const counters_worker_t *slot = &map->workers[w];

        if (slot->instance == (int32_t) instance
            && gray_counters_worker_runs(slot)) {
            return true;
        }
    }

    return false;
}


/* Whether the same master published a newer configuration. */
static bool
instance_superseded(const counters_layout_t *map, unsigned instance)
{
    const counters_instance_t *slot = &map->instances[instance];

    for (unsigned i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        const counters_instance_t *other = &map->instances[i];

        if (instance_used(other) && other->master == slot->master
            && other->master_started == slot->master_started
            && other->pidns == slot->pidns
            && other->generation > slot->generation)
        {
            return true;
        }
    }

    return false;
}


/* Of a master in another PID namespace only its workers tell. */
static bool
instance_has_master(const counters_instance_t *slot)
{
    return (slot->pidns == 0 || slot->pidns == gray_process_namespace())
           && gray_process_alive(slot->master, slot->master_started);
}


bool
gray_counters_runs(const counters_layout_t *map, unsigned instance)
{
    const counters_instance_t *slot = &map->instances[instance];

    if (!instance_used(slot)) {
        return false;
    }

    if (instance_has_master(slot) && !instance_superseded(map, instance)) {
        return true;
    }

    return instance_has_worker(map, instance);
}


/* Whether the line that starts at `line` begins with "KIND NAME". */
static bool
instance_line_names(
    const char *line, const char *end, const char *kind, const char *name)
{
    const char *words[] = { kind, name };

    for (unsigned i = 0; i < 2; i++) {
        size_t len = strlen(words[i]);

        if ((size_t) (end - line) < len || memcmp(line, words[i], len) != 0) {
            return false;
        }

        line += len;

        if (line < end && *line != ' ') {
            return false;
        }

        line += line < end;
    }

    return true;
}


static bool
instance_names(
    const counters_instance_t *slot, const char *kind, const char *name)
{
    const char *line = slot->text;
    const char *end = line + strnlen(line, sizeof(slot->text));

    while (line < end) {
        const char *next = memchr(line, '\n', (size_t) (end - line));
        const char *stop = next == NULL ? end : next;

        if (instance_line_names(line, stop, kind, name)) {
            return true;
        }

        line = stop + 1;
    }

    return false;
}


bool
gray_counters_named(
    const counters_layout_t *map, const char *kind, const char *name)
{
    for (unsigned i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        if (instance_used(&map->instances[i])
            && instance_names(&map->instances[i], kind, name)
            && gray_counters_runs(map, i))
        {
            return true;
        }
    }

    return false;
}


/* The slot of (master, generation), if the pid was not reused since. */
static int
instance_find(const counters_layout_t *map, const gray_instance_t *instance,
    uint64_t master_started)
{
    for (int i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        const counters_instance_t *slot = &map->instances[i];

        if (instance_used(slot) && slot->master == instance->master
            && slot->master_started == master_started
            && slot->pidns == gray_process_namespace()
            && slot->generation == instance->generation)
        {
            return i;
        }
    }

    return -1;
}


/* A free slot; else the oldest of those that run no more. */
static int
instance_free(const counters_layout_t *map)
{
    int found = -1;

    for (int i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        const counters_instance_t *slot = &map->instances[i];

        if (!instance_used(slot)) {
            return i;
        }

        if ((found < 0 || slot->started < map->instances[found].started)
            && !gray_counters_runs(map, (unsigned) i))
        {
            found = i;
        }
    }

    if (found < 0) {
        errno = ENOSPC;
    }

    return found;
}


static void
instance_take(counters_instance_t *slot, const gray_instance_t *instance,
    uint64_t master_started)
{
    size_t len = strlen(instance->text);

    gray_sequence_change(&slot->sequence);
    slot->master = instance->master;
    slot->master_started = master_started;
    slot->pidns = gray_process_namespace();
    slot->started = instance->started;
    slot->generation = instance->generation;
    slot->nworkers = instance->nworkers;
    slot->len = (uint32_t) len;
    memcpy(slot->text, instance->text, len);
    memset(slot->text + len, 0, sizeof(slot->text) - len);
    gray_sequence_done(&slot->sequence);
}


int
gray_counters_publish(
    gray_counters_t *counters, const gray_instance_t *instance)
{
    if (memchr(instance->text, '\0', sizeof(instance->text)) == NULL) {
        errno = E2BIG;
        return -1;
    }

    if (gray_counters_lock(counters) != 0) {
        return -1;
    }

    uint64_t started = gray_process_started(instance->master);
    int i = instance_find(counters->map, instance, started);

    if (i < 0) {
        i = instance_free(counters->map);

        if (i >= 0) {
            instance_take(&counters->map->instances[i], instance, started);
        }
    }

    gray_counters_unlock(counters);
    return i;
}


bool
gray_counters_instance_get(
    const gray_counters_t *counters, unsigned i, gray_instance_t *out)
{
    if (counters == NULL || i >= GRAY_COUNTERS_INSTANCES
        || !gray_counters_runs(counters->map, i))
    {
        return false;
    }

    const counters_instance_t *slot = &counters->map->instances[i];
    counters_instance_t *copy = malloc(sizeof(*copy));

    if (copy == NULL) {
        return false;
    }

    bool used = gray_sequence_copy(&slot->sequence, slot, copy, sizeof(*copy));

    if (used) {
        memset(out, 0, sizeof(*out));
        out->master = copy->master;
        out->started = copy->started;
        out->nworkers = copy->nworkers;
        out->generation = copy->generation;
        memcpy(out->text, copy->text, sizeof(out->text) - 1);
    }

    free(copy);
    return used;
}
