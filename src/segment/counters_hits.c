/* Which rules decided. */

#include <errno.h>
#include <string.h>

#include "counters_layout.h"

/* Twice the names that can have a slot, and more: a power of two. */
#define HITS_TABLE 16384
#define HITS_NAMES (HITS_TABLE / 2)

/* The rules that want slots, by name. */
typedef struct {
    gray_hits_t *rules;
    unsigned n;
    uint16_t table[HITS_TABLE]; /* 1 + an index of rules; 0: free      */
} hits_names_t;


static inline uint64_t
get(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}


/* --- names ----------------------------------------------------------------- */

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t
names_hash(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char) *name) * 16777619u;
    }

    return hash;
}


/* Where the name stands in the table, or would. */
static uint16_t *
names_place(hits_names_t *names, const char *name)
{
    uint32_t i = names_hash(name) % HITS_TABLE;

    while (names->table[i] != 0
           && strcmp(names->rules[names->table[i] - 1].name, name) != 0)
    {
        i = (i + 1) % HITS_TABLE;
    }

    return &names->table[i];
}


static void
names_make(hits_names_t *names, gray_hits_t *rules, unsigned n)
{
    memset(names, 0, sizeof(*names));
    names->rules = rules;
    names->n = n < HITS_NAMES ? n : HITS_NAMES;

    for (unsigned i = 0; i < n; i++) {
        rules[i].place = GRAY_HITS_NONE;

        if (i < names->n && gray_segment_name_ok(rules[i].name)) {
            *names_place(names, rules[i].name) = (uint16_t) (i + 1);
        }
    }
}


static gray_hits_t *
names_find(hits_names_t *names, const char *name)
{
    uint16_t found = *names_place(names, name);

    return found > 0 ? &names->rules[found - 1] : NULL;
}


/* Those without a slot. */
static unsigned
names_lost(const gray_hits_t *rules, unsigned n)
{
    unsigned lost = 0;

    for (unsigned i = 0; i < n; i++) {
        lost += rules[i].place == GRAY_HITS_NONE;
    }

    return lost;
}


/* --- slots ----------------------------------------------------------------- */

static unsigned
hits_end(const counters_layout_t *map)
{
    uint64_t end = get(&map->hits_end);

    return end < GRAY_HITS ? (unsigned) end : GRAY_HITS;
}


/* A slot's release, GRAY_COUNTERS_RELEASES when it has none. */
static unsigned
hits_release(const counters_layout_t *map, unsigned i)
{
    uint32_t release
        = __atomic_load_n(&map->rules[i].release, __ATOMIC_RELAXED);

    return release > 0 && release <= GRAY_COUNTERS_RELEASES
               ? release - 1
               : GRAY_COUNTERS_RELEASES;
}


/* A slot's name and sequence, when it is in use by the release. */
static bool
hits_copy(const counters_layout_t *map, unsigned i, unsigned release,
    counters_rule_t *copy)
{
    const counters_rule_t *slot = &map->rules[i];

    if (hits_release(map, i) != release
        || !gray_sequence_copy(&slot->sequence, slot, copy, sizeof(*copy)))
    {
        return false;
    }

    copy->name[sizeof(copy->name) - 1] = '\0';

    return copy->release == release + 1;
}


static void
hits_give(gray_hits_t *rule, unsigned i, uint32_t sequence)
{
    rule->sequence = sequence;
    rule->place = i + 1;
}


/* Its release goes too, so that readers pass it by. */
static void
hits_drop(counters_rule_t *slot)
{
    gray_sequence_change(&slot->sequence);
    __atomic_store_n(&slot->release, 0, __ATOMIC_RELAXED);
}


/* Finds the slots of the names. With `leave` those of other names of the release
 * are freed, which needs the lock. */
static void
hits_find(
    counters_layout_t *map, unsigned release, hits_names_t *names, bool leave)
{
    counters_rule_t copy;
    gray_hits_t *rule;

    for (unsigned i = 0, end = hits_end(map); i < end; i++) {
        if (!hits_copy(map, i, release, &copy)) {
            continue;
        }

        rule = names_find(names, copy.name);

        if (rule != NULL) {
            hits_give(rule, i, copy.sequence);
        } else if (leave) {
            hits_drop(&map->rules[i]);
        }
    }
}


void
gray_hits_leave(counters_layout_t *map, int release)
{
    for (unsigned i = 0, end = hits_end(map); i < end; i++) {
        if (hits_release(map, i) == (unsigned) release) {
            hits_drop(&map->rules[i]);
        }
    }

    map->releases[release].hits_lost = 0;
    __atomic_store_n(
        &map->releases[release].hits_revision, 0, __ATOMIC_RELEASE);
}


/* Frees the slots of releases that no running instance names; whether there
 * were any. */
static bool
hits_abandon(counters_layout_t *map, unsigned but)
{
    bool seen[GRAY_COUNTERS_RELEASES + 1] = { false }, any = false;

    seen[but] = seen[GRAY_COUNTERS_RELEASES] = true;

    for (unsigned i = 0; i < GRAY_HITS; i++) {
        char name[COUNTERS_NAME_SIZE];
        unsigned release = hits_release(map, i);

        if (seen[release] || !gray_sequence_used(&map->rules[i].sequence)) {
            continue;
        }

        seen[release] = true;
        memcpy(name, map->releases[release].name, sizeof(name));
        name[sizeof(name) - 1] = '\0';

        if (!gray_counters_named(map, "release", name)) {
            gray_hits_leave(map, (int) release);
            any = true;
        }
    }

    return any;
}


/* The first free slot from `i` on; GRAY_HITS: none. */
static unsigned
hits_free(const counters_layout_t *map, unsigned i)
{
    while (i < GRAY_HITS && gray_sequence_used(&map->rules[i].sequence)) {
        i++;
    }

    return i;
}


static void
hits_take(
    counters_layout_t *map, unsigned i, unsigned release, gray_hits_t *rule)
{
    counters_rule_t *slot = &map->rules[i];

    /* One that was never used begins anywhere: what a worker knows of a slot
     * in a file that this one replaced does not fit. */
    if (slot->sequence == 0) {
        slot->sequence = (uint32_t) gray_segment_now() | 1;
    }
    gray_sequence_change(&slot->sequence);

    __atomic_store_n(&slot->release, release + 1, __ATOMIC_RELAXED);
    memset(slot->name, 0, sizeof(slot->name));
    memcpy(slot->name, rule->name, strlen(rule->name));

    for (unsigned s = 0; s < GRAY_HITS_STRIPES; s++) {
        __atomic_store_n(&map->hits[s][i], 0, __ATOMIC_RELAXED);
    }

    gray_sequence_done(&slot->sequence);
    hits_give(rule, i, slot->sequence);

    if (i >= hits_end(map)) {
        __atomic_store_n(&map->hits_end, i + 1, __ATOMIC_RELEASE);
    }
}


/* Slots for the names that have none. */
static void
hits_make(counters_layout_t *map, unsigned release, hits_names_t *names)
{
    unsigned at = 0;
    bool abandoned = false;

    for (unsigned i = 0; i < names->n; i++) {
        gray_hits_t *rule = &names->rules[i];

        if (rule->place != GRAY_HITS_NONE || !gray_segment_name_ok(rule->name))
        {
            continue;
        }

        at = hits_free(map, at);

        if (at == GRAY_HITS && !abandoned) {
            abandoned = true;
            at = hits_abandon(map, release) ? hits_free(map, 0) : GRAY_HITS;
        }

        if (at == GRAY_HITS) {
            return;
        }

        hits_take(map, at, release, rule);
    }
}


/* --- binding --------------------------------------------------------------- */

/* Without the lock, when somebody bound this revision before, or a newer one.
 * False: it changed meanwhile, or there are slots to be made. */
static bool
hits_bound(counters_layout_t *map, unsigned release, uint64_t revision,
    hits_names_t *names, unsigned n)
{
    const uint64_t *bound = &map->releases[release].hits_revision;
    uint64_t before = __atomic_load_n(bound, __ATOMIC_ACQUIRE);

    if (before < revision) {
        return false;
    }

    hits_find(map, release, names, false);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return get(bound) == before
           && (before > revision || names_lost(names->rules, n) == 0);
}


/* Under the lock. The revision is written when all is done: what somebody leaves
 * who dies meanwhile is done again. */
static void
hits_bind(counters_layout_t *map, unsigned release, uint64_t revision,
    hits_names_t *names, unsigned n)
{
    counters_release_t *slot = &map->releases[release];

    hits_find(map, release, names, revision > slot->hits_revision);

    if (revision >= slot->hits_revision) {
        hits_make(map, release, names);
        __atomic_store_n(
            &slot->hits_lost, names_lost(names->rules, n), __ATOMIC_RELAXED);
        __atomic_store_n(&slot->hits_revision, revision, __ATOMIC_RELEASE);
    }
}


static void
hits_add_kept(
    gray_counters_t *counters, unsigned stripe, gray_hits_t *rules, unsigned n)
{
    uint64_t *counts = counters->map->hits[stripe % GRAY_HITS_STRIPES];

    for (unsigned i = 0; i < n; i++) {
        if (rules[i].kept > 0 && rules[i].place != GRAY_HITS_NONE) {
            (void) __atomic_fetch_add(
                &counts[rules[i].place - 1], rules[i].kept, __ATOMIC_RELAXED);
        }
        rules[i].kept = 0;
    }
}


static void
hits_unbind(gray_hits_t *rules, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        rules[i].place = 0;
    }
}


int
gray_counters_hits_bind(gray_counters_t *counters, unsigned stripe, int release,
    uint64_t revision, gray_hits_t *rules, unsigned n)
{
    hits_names_t names;

    if (!gray_counters_writable(counters)
        || (unsigned) release >= GRAY_COUNTERS_RELEASES)
    {
        hits_unbind(rules, n);
        errno = gray_counters_writable(counters) ? EINVAL : EACCES;
        return -1;
    }

    names_make(&names, rules, n);

    if (!hits_bound(counters->map, (unsigned) release, revision, &names, n)) {
        if (gray_segment_lock(counters->fd, 0) != 0) {
            hits_unbind(rules, n);
            return -1;
        }

        names_make(&names, rules, n);
        hits_bind(counters->map, (unsigned) release, revision, &names, n);
        gray_counters_unlock(counters);
    }

    hits_add_kept(counters, stripe, rules, n);

    return (int) names_lost(rules, n);
}


void
gray_counters_hit(gray_counters_t *counters, unsigned stripe, gray_hits_t *rule)
{
    uint32_t i = rule->place - 1;
    counters_layout_t *map;

    if (i >= GRAY_HITS) {
        rule->kept += rule->place == 0;
        return;
    }

    if (counters == NULL || !counters->writable) {
        return;
    }

    map = counters->map;

    if (__atomic_load_n(&map->rules[i].sequence, __ATOMIC_RELAXED)
        == rule->sequence)
    {
        (void) __atomic_fetch_add(
            &map->hits[stripe % GRAY_HITS_STRIPES][i], 1, __ATOMIC_RELAXED);
    }
}


/* --- reading --------------------------------------------------------------- */

unsigned
gray_counters_hits_end(const gray_counters_t *counters)
{
    return counters != NULL ? hits_end(counters->map) : 0;
}


/* The name of a release's slot; false when it is free. */
static bool
hits_release_name(const counters_layout_t *map, unsigned release,
    char name[COUNTERS_NAME_SIZE])
{
    const counters_release_t *slot = &map->releases[release];

    if (!gray_sequence_copy(
            &slot->sequence, slot->name, name, COUNTERS_NAME_SIZE)) {
        return false;
    }

    name[COUNTERS_NAME_SIZE - 1] = '\0';

    return true;
}


/* What a slot counted as long as it was `of`'s. */
static bool
hits_sum(const counters_layout_t *map, unsigned i, const counters_rule_t *of,
    uint64_t *hits)
{
    *hits = 0;

    for (unsigned s = 0; s < GRAY_HITS_STRIPES; s++) {
        *hits += get(&map->hits[s][i]);
    }

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return __atomic_load_n(&map->rules[i].sequence, __ATOMIC_RELAXED)
           == of->sequence;
}


bool
gray_counters_hits_get(const gray_counters_t *counters, unsigned i, int release,
    gray_hits_counts_t *out)
{
    counters_rule_t copy;
    unsigned of;

    if (counters == NULL || i >= GRAY_HITS) {
        return false;
    }

    of = hits_release(counters->map, i);

    if (of == GRAY_COUNTERS_RELEASES
        || (release >= 0 && of != (unsigned) release)
        || !hits_copy(counters->map, i, of, &copy)
        || !hits_release_name(counters->map, of, out->release)
        || !hits_sum(counters->map, i, &copy, &out->hits))
    {
        return false;
    }

    memcpy(out->rule, copy.name, sizeof(out->rule));

    return true;
}


unsigned
gray_counters_hits_lost(const gray_counters_t *counters)
{
    unsigned lost = 0;

    for (unsigned r = 0; counters != NULL && r < GRAY_COUNTERS_RELEASES; r++) {
        const counters_release_t *slot = &counters->map->releases[r];

        if (gray_sequence_used(&slot->sequence)) {
            lost += __atomic_load_n(&slot->hits_lost, __ATOMIC_RELAXED);
        }
    }

    return lost;
}
