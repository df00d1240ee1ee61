/* The file, its lock, and the sequences of its slots. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "counters_layout.h"

static const gray_segment_head_t counters_head = {
    .magic = "grayct\r\n",
    .version = COUNTERS_VERSION,
    .order = GRAY_SEGMENT_ORDER,
    .size = sizeof(counters_layout_t),
};


int
gray_counters_create(const char *path, gid_t group)
{
    return gray_segment_create(
        path, 0660, group, &counters_head, sizeof(counters_head));
}


int
gray_counters_open(const char *path, bool writable, gray_counters_t **counters)
{
    void *map = NULL;
    gray_counters_t *opened = calloc(1, sizeof(*opened));

    if (opened == NULL) {
        return -1;
    }

    int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;

    if (gray_segment_open(
            path, writable, prot, &counters_head, &opened->fd, &map)
        != 0)
    {
        int saved = errno;

        free(opened);
        errno = saved;
        return -1;
    }

    opened->map = map;
    opened->writable = writable;
    *counters = opened;
    return 0;
}


void
gray_counters_close(gray_counters_t *counters)
{
    if (counters != NULL) {
        munmap(counters->map, sizeof(*counters->map));
        close(counters->fd);
        free(counters);
    }
}


bool
gray_counters_writable(const gray_counters_t *counters)
{
    return counters != NULL && counters->writable;
}


int
gray_counters_lock(gray_counters_t *counters)
{
    if (!gray_counters_writable(counters)) {
        errno = EACCES;
        return -1;
    }

    unsigned wait = counters->contended ? 0 : COUNTERS_LOCK_MS;
    int rc = gray_segment_lock(counters->fd, wait);

    counters->contended = rc != 0;
    return rc;
}


void
gray_counters_unlock(gray_counters_t *counters)
{
    gray_segment_unlock(counters->fd);
}


bool
gray_sequence_used(const uint32_t *sequence)
{
    uint32_t now = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);

    return now != 0 && now % 2 == 0;
}


void
gray_sequence_change(uint32_t *sequence)
{
    uint32_t now = __atomic_load_n(sequence, __ATOMIC_RELAXED);

    __atomic_store_n(sequence, now | 1, __ATOMIC_RELAXED);

    /* the odd sequence is seen before anything that is written now */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}


void
gray_sequence_done(uint32_t *sequence)
{
    uint32_t next = __atomic_load_n(sequence, __ATOMIC_RELAXED) + 1;

    __atomic_store_n(sequence, next == 0 ? 2 : next, __ATOMIC_RELEASE);
}


bool
gray_sequence_copy(
    const uint32_t *sequence, const void *slot, void *copy, size_t len)
{
    for (unsigned try = 0; try < COUNTERS_TRIES; try++) {
        uint32_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);

        if (before == 0) {
            return false;
        }

        if (before % 2 == 0) {
            memcpy(copy, slot, len);
            __atomic_thread_fence(__ATOMIC_ACQUIRE);

            if (__atomic_load_n(sequence, __ATOMIC_RELAXED) == before) {
                return true;
            }
        }

        sched_yield();
    }

    return false;
}
