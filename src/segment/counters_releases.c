/* Decisions of releases and their variants. */

#include <errno.h>
#include <string.h>

#include "counters_layout.h"

static const char *const release_names[GRAY_COUNT_RELEASE_MAX] = {
    [GRAY_COUNT_SKIPPED] = "skipped",
    [GRAY_COUNT_EARLY] = "early",
    [GRAY_COUNT_NO_TARGET] = "no_target",
    [GRAY_COUNT_NO_RELEASE] = "no_release",
    [GRAY_COUNT_STORE_ERROR] = "store_error",
    [GRAY_COUNT_DAMAGED] = "damaged",
    [GRAY_COUNT_REGEX] = "regex",
    [GRAY_COUNT_OVERRIDE_MALFORMED] = "override_malformed",
    [GRAY_COUNT_OVERRIDE_FORGED] = "override_forged",
    [GRAY_COUNT_OVERRIDE_EXPIRED] = "override_expired",
    [GRAY_COUNT_OVERRIDE_FOREIGN] = "override_foreign",
    [GRAY_COUNT_OVERRIDE_REVOKED] = "override_revoked",
};


const char *
gray_count_release_name(gray_count_release_t what)
{
    return (unsigned) what < GRAY_COUNT_RELEASE_MAX ? release_names[what]
                                                    : NULL;
}


static bool
release_is(const counters_release_t *slot, const char *name)
{
    return gray_sequence_used(&slot->sequence)
           && strncmp(slot->name, name, sizeof(slot->name)) == 0;
}


static int
release_find(const counters_layout_t *map, const char *name)
{
    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (release_is(&map->releases[i], name)) {
            return i;
        }
    }

    return -1;
}


/* A free slot; when there is none, one whose release no running instance
 * names. */
static int
release_free(const counters_layout_t *map)
{
    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (!gray_sequence_used(&map->releases[i].sequence)) {
            return i;
        }
    }

    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        char name[COUNTERS_NAME_SIZE];

        memcpy(name, map->releases[i].name, sizeof(name));
        name[sizeof(name) - 1] = '\0';

        if (!gray_counters_named(map, "release", name)) {
            return i;
        }
    }

    errno = ENOSPC;
    return -1;
}


static void
release_take(counters_layout_t *map, int i, const char *name)
{
    counters_release_t *slot = &map->releases[i];

    gray_sequence_change(&slot->sequence);
    gray_responses_leave(map, i);
    gray_hits_leave(map, i);

    for (unsigned s = 0; s < GRAY_COUNTERS_STRIPES; s++) {
        memset(&map->stripes[s].releases[i], 0,
            sizeof(map->stripes[s].releases[i]));
    }

    slot->nvariants = 0;
    memset(slot->name, 0, sizeof(slot->name));
    memset(slot->variants, 0, sizeof(slot->variants));
    memcpy(slot->name, name, strlen(name));
    gray_sequence_done(&slot->sequence);
}


int
gray_counters_release(gray_counters_t *counters, const char *name)
{
    if (!gray_segment_name_ok(name)) {
        errno = EINVAL;
        return -1;
    }

    if (gray_counters_lock(counters) != 0) {
        return -1;
    }

    int i = release_find(counters->map, name);

    if (i < 0) {
        i = release_free(counters->map);

        if (i >= 0) {
            release_take(counters->map, i, name);
        }
    }

    gray_counters_unlock(counters);
    return i;
}


static int
variant_find_or_make(counters_layout_t *map, int release, const char *name)
{
    counters_release_t *slot = &map->releases[release];
    uint32_t n = slot->nvariants;

    for (uint32_t i = 0; i < n && i < GRAY_COUNTERS_VARIANTS; i++) {
        if (strncmp(slot->variants[i], name, sizeof(slot->variants[i])) == 0) {
            gray_responses_take(map, release, (int) i);
            return (int) i;
        }
    }

    if (n >= GRAY_COUNTERS_VARIANTS) {
        errno = ENOSPC;
        return -1;
    }

    /* readers see the name before the number that counts it */
    strncpy(slot->variants[n], name, sizeof(slot->variants[n]) - 1);
    __atomic_store_n(&slot->nvariants, n + 1, __ATOMIC_RELEASE);
    gray_responses_take(map, release, (int) n);
    return (int) n;
}


int
gray_counters_variant(gray_counters_t *counters, int release, const char *name)
{
    if (release < 0 || release >= GRAY_COUNTERS_RELEASES
        || !gray_segment_name_ok(name))
    {
        errno = EINVAL;
        return -1;
    }

    if (gray_counters_lock(counters) != 0) {
        return -1;
    }

    int i = variant_find_or_make(counters->map, release, name);

    gray_counters_unlock(counters);
    return i;
}


static counters_release_stripe_t *
release_stripe(gray_counters_t *counters, unsigned stripe, int release)
{
    if (!gray_counters_writable(counters)
        || (unsigned) release >= GRAY_COUNTERS_RELEASES)
    {
        return NULL;
    }

    return &counters->map->stripes[stripe % GRAY_COUNTERS_STRIPES]
                .releases[release];
}


void
gray_counters_decision(gray_counters_t *counters, unsigned stripe, int release,
    int variant, unsigned reason)
{
    counters_release_stripe_t *counts
        = release_stripe(counters, stripe, release);

    if (counts != NULL && (unsigned) variant < GRAY_COUNTERS_VARIANTS
        && reason < GRAY_COUNTERS_REASONS)
    {
        __atomic_fetch_add(
            &counts->decisions[variant][reason], 1, __ATOMIC_RELAXED);
    }
}


void
gray_counters_add(gray_counters_t *counters, unsigned stripe, int release,
    gray_count_release_t what, uint64_t n)
{
    counters_release_stripe_t *counts
        = release_stripe(counters, stripe, release);

    if (counts != NULL && (unsigned) what < GRAY_COUNT_RELEASE_MAX) {
        __atomic_fetch_add(&counts->counts[what], n, __ATOMIC_RELAXED);
    }
}


static void
release_sum(const counters_release_stripe_t *stripe, gray_release_counts_t *out)
{
    for (unsigned v = 0; v < GRAY_COUNTERS_VARIANTS; v++) {
        for (unsigned r = 0; r < GRAY_COUNTERS_REASONS; r++) {
            out->decisions[v][r]
                += __atomic_load_n(&stripe->decisions[v][r], __ATOMIC_RELAXED);
        }
    }

    for (unsigned c = 0; c < GRAY_COUNT_RELEASE_MAX; c++) {
        out->counts[c] += __atomic_load_n(&stripe->counts[c], __ATOMIC_RELAXED);
    }
}


bool
gray_counters_release_get(
    const gray_counters_t *counters, unsigned i, gray_release_counts_t *out)
{
    counters_release_t slot;

    if (counters == NULL || i >= GRAY_COUNTERS_RELEASES
        || !gray_sequence_copy(&counters->map->releases[i].sequence,
            &counters->map->releases[i], &slot, sizeof(slot)))
    {
        return false;
    }

    memset(out, 0, sizeof(*out));
    memcpy(out->name, slot.name, sizeof(out->name) - 1);
    out->nvariants = slot.nvariants < GRAY_COUNTERS_VARIANTS
                         ? slot.nvariants
                         : GRAY_COUNTERS_VARIANTS;

    for (unsigned v = 0; v < out->nvariants; v++) {
        memcpy(
            out->variants[v], slot.variants[v], sizeof(slot.variants[v]) - 1);
    }

    for (unsigned s = 0; s < GRAY_COUNTERS_STRIPES; s++) {
        release_sum(&counters->map->stripes[s].releases[i], out);
    }

    return true;
}
