/* Lookups of live lists, and the breakers. */

#include <errno.h>
#include <string.h>

#include "counters_layout.h"

_Static_assert(GRAY_COUNTERS_LIVE <= 64, "a worker's breakers are one word");

static const char *const live_names[GRAY_LIVE_MAX] = {
    [GRAY_LIVE_LOOKUPS] = "lookups",
    [GRAY_LIVE_SENT] = "sent",
    [GRAY_LIVE_JOINED] = "joined",
    [GRAY_LIVE_CACHED] = "cached",
    [GRAY_LIVE_HITS] = "hits",
    [GRAY_LIVE_OTHER_VALUES] = "other_values",
    [GRAY_LIVE_MISSES] = "misses",
    [GRAY_LIVE_BAD_KEYS] = "bad_keys",
    [GRAY_LIVE_TIMEOUTS] = "timeouts",
    [GRAY_LIVE_CONNECT_ERRORS] = "connect_errors",
    [GRAY_LIVE_PROTOCOL_ERRORS] = "protocol_errors",
    [GRAY_LIVE_RESETS] = "resets",
    [GRAY_LIVE_RETRIES] = "retries",
    [GRAY_LIVE_REFUSED] = "refused",
    [GRAY_LIVE_BREAKER_OPENED] = "breaker_opened",
    [GRAY_LIVE_BREAKER_CLOSED] = "breaker_closed",
    [GRAY_LIVE_CONNECTS] = "connects",
};


const char *
gray_count_live_name(gray_count_live_t what)
{
    return (unsigned) what < GRAY_LIVE_MAX ? live_names[what] : NULL;
}


static int
live_find(const counters_layout_t *map, const char *name)
{
    for (int i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        const counters_live_t *slot = &map->live[i];

        if (gray_sequence_used(&slot->sequence)
            && strncmp(slot->name, name, sizeof(slot->name)) == 0)
        {
            return i;
        }
    }

    return -1;
}


/* As for releases: a free slot, or one that no running instance names. */
static int
live_free(const counters_layout_t *map)
{
    for (int i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        if (!gray_sequence_used(&map->live[i].sequence)) {
            return i;
        }
    }

    for (int i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        char name[COUNTERS_NAME_SIZE];

        memcpy(name, map->live[i].name, sizeof(name));
        name[sizeof(name) - 1] = '\0';

        if (!gray_counters_named(map, "live", name)) {
            return i;
        }
    }

    errno = ENOSPC;
    return -1;
}


static void
live_take(counters_layout_t *map, int i, const char *name)
{
    counters_live_t *slot = &map->live[i];

    gray_sequence_change(&slot->sequence);

    for (unsigned s = 0; s < GRAY_COUNTERS_STRIPES; s++) {
        memset(map->stripes[s].live[i], 0, sizeof(map->stripes[s].live[i]));
    }

    memset(slot->name, 0, sizeof(slot->name));
    memcpy(slot->name, name, strlen(name));
    gray_sequence_done(&slot->sequence);
}


int
gray_counters_live(gray_counters_t *counters, const char *name)
{
    if (!gray_segment_name_ok(name)) {
        errno = EINVAL;
        return -1;
    }

    if (gray_counters_lock(counters) != 0) {
        return -1;
    }

    int i = live_find(counters->map, name);

    if (i < 0) {
        i = live_free(counters->map);

        if (i >= 0) {
            live_take(counters->map, i, name);
        }
    }

    gray_counters_unlock(counters);
    return i;
}


void
gray_counters_live_add(gray_counters_t *counters, unsigned stripe, int live,
    gray_count_live_t what, uint64_t n)
{
    if (!gray_counters_writable(counters)
        || (unsigned) live >= GRAY_COUNTERS_LIVE
        || (unsigned) what >= GRAY_LIVE_MAX)
    {
        return;
    }

    __atomic_fetch_add(&counters->map->stripes[stripe % GRAY_COUNTERS_STRIPES]
                            .live[live][what],
        n, __ATOMIC_RELAXED);
}


void
gray_counters_breaker(
    gray_counters_t *counters, int worker, int live, bool open)
{
    if (!gray_counters_writable(counters)
        || (unsigned) worker >= GRAY_COUNTERS_WORKERS
        || (unsigned) live >= GRAY_COUNTERS_LIVE)
    {
        return;
    }

    uint64_t *breakers = &counters->map->workers[worker].breakers;
    uint64_t bit = (uint64_t) 1 << live;

    if (open) {
        __atomic_fetch_or(breakers, bit, __ATOMIC_RELAXED);

    } else {
        __atomic_fetch_and(breakers, ~bit, __ATOMIC_RELAXED);
    }
}


static unsigned
live_open_breakers(const counters_layout_t *map, unsigned live)
{
    unsigned open = 0;

    for (unsigned w = 0; w < GRAY_COUNTERS_WORKERS; w++) {
        const counters_worker_t *slot = &map->workers[w];
        uint64_t breakers = __atomic_load_n(&slot->breakers, __ATOMIC_RELAXED);

        if ((breakers >> live & 1) != 0 && gray_counters_worker_runs(slot)) {
            open++;
        }
    }

    return open;
}


bool
gray_counters_live_get(
    const gray_counters_t *counters, unsigned i, gray_live_counts_t *out)
{
    counters_live_t slot;

    if (counters == NULL || i >= GRAY_COUNTERS_LIVE
        || !gray_sequence_copy(&counters->map->live[i].sequence,
            &counters->map->live[i], &slot, sizeof(slot)))
    {
        return false;
    }

    memset(out, 0, sizeof(*out));
    memcpy(out->name, slot.name, sizeof(out->name) - 1);

    for (unsigned s = 0; s < GRAY_COUNTERS_STRIPES; s++) {
        for (unsigned c = 0; c < GRAY_LIVE_MAX; c++) {
            out->counts[c] += __atomic_load_n(
                &counters->map->stripes[s].live[i][c], __ATOMIC_RELAXED);
        }
    }

    out->open_breakers = live_open_breakers(counters->map, i);
    return true;
}
