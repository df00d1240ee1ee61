/* Workers' slots and heartbeats. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "counters_layout.h"
#include "process.h"

/* Readers look at single fields of a slot while they are written. */
#define WORKER_PUT(field, value) \
    __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)


bool
gray_counters_worker_runs(const counters_worker_t *slot)
{
    uint32_t pid = __atomic_load_n(&slot->pid, __ATOMIC_ACQUIRE);

    if (pid == 0) {
        return false;
    }

    if (slot->pidns == 0 || slot->pidns == gray_process_namespace()) {
        return gray_process_alive(pid, slot->pid_started);
    }

    return gray_segment_ticks() - slot->heartbeat < COUNTERS_SILENT_MS;
}


/* This process's own slot, if it took one before; else one that is free or
 * whose process is gone. */
static int
worker_find(const counters_layout_t *map, uint32_t pid, uint64_t started,
    uint32_t pidns)
{
    int found = -1;

    for (int i = 0; i < GRAY_COUNTERS_WORKERS; i++) {
        const counters_worker_t *slot = &map->workers[i];

        if (slot->pid == pid && slot->pid_started == started
            && slot->pidns == pidns) {
            return i;
        }

        if (found < 0 && !gray_counters_worker_runs(slot)) {
            found = i;
        }
    }

    if (found < 0) {
        errno = ENOSPC;
    }

    return found;
}


int
gray_counters_worker(gray_counters_t *counters, int instance, unsigned number)
{
    if (gray_counters_lock(counters) != 0) {
        return -1;
    }

    uint32_t pid = (uint32_t) getpid();
    uint64_t started = gray_process_started(pid);
    uint32_t pidns = gray_process_namespace();
    int i = worker_find(counters->map, pid, started, pidns);

    if (i >= 0) {
        counters_worker_t *slot = &counters->map->workers[i];

        __atomic_store_n(&slot->pid, 0, __ATOMIC_SEQ_CST);
        memset(slot, 0, sizeof(*slot));
        slot->number = number;
        slot->pid_started = started;
        slot->pidns = pidns;
        slot->instance = instance;
        slot->heartbeat = gray_segment_ticks();
        __atomic_store_n(&slot->pid, pid, __ATOMIC_RELEASE);
    }

    gray_counters_unlock(counters);
    return i;
}


/* A worker's own slot. */
static counters_worker_t *
worker_own(gray_counters_t *counters, int worker)
{
    if (!gray_counters_writable(counters)
        || (unsigned) worker >= GRAY_COUNTERS_WORKERS)
    {
        return NULL;
    }

    return &counters->map->workers[worker];
}


void
gray_counters_worker_leave(gray_counters_t *counters, int worker)
{
    counters_worker_t *slot = worker_own(counters, worker);

    if (slot != NULL && slot->pid == (uint32_t) getpid()) {
        WORKER_PUT(slot->breakers, 0);
        __atomic_store_n(&slot->pid, 0, __ATOMIC_RELEASE);
    }
}


void
gray_counters_heartbeat(gray_counters_t *counters, int worker,
    uint64_t revision, uint64_t switches, gray_worker_state_t state,
    int store_error)
{
    counters_worker_t *slot = worker_own(counters, worker);

    if (slot != NULL) {
        WORKER_PUT(slot->revision, revision);
        WORKER_PUT(slot->switches, switches);
        WORKER_PUT(slot->state, (uint32_t) state);
        WORKER_PUT(slot->store_error, store_error);
        WORKER_PUT(slot->heartbeat, gray_segment_ticks());
    }
}


bool
gray_counters_worker_get(
    const gray_counters_t *counters, unsigned i, gray_worker_t *out)
{
    if (counters == NULL || i >= GRAY_COUNTERS_WORKERS) {
        return false;
    }

    const counters_worker_t *slot = &counters->map->workers[i];
    uint32_t pid = __atomic_load_n(&slot->pid, __ATOMIC_ACQUIRE);
    counters_worker_t copy;

    if (pid == 0) {
        return false;
    }

    memcpy(&copy, slot, sizeof(copy));
    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    /* the slot was given to another process meanwhile: that one is asked for
     * the next time */
    if (__atomic_load_n(&slot->pid, __ATOMIC_RELAXED) != pid
        || !gray_counters_worker_runs(&copy))
    {
        return false;
    }

    *out = (gray_worker_t){
        .pid = pid,
        .pid_started = copy.pid_started,
        .instance = copy.instance,
        .number = copy.number,
        .heartbeat = copy.heartbeat,
        .revision = copy.revision,
        .switches = copy.switches,
        .state = copy.state,
        .store_error = copy.store_error,
    };
    return true;
}
