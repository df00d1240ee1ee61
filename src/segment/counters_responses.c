/* What became of the requests. */

#include <string.h>

#include "counters_layout.h"

static const char *const class_names[GRAY_CLASS_MAX] = {
    [GRAY_CLASS_OTHER] = "none",
    [GRAY_CLASS_1XX] = "1xx",
    [GRAY_CLASS_2XX] = "2xx",
    [GRAY_CLASS_3XX] = "3xx",
    [GRAY_CLASS_4XX] = "4xx",
    [GRAY_CLASS_5XX] = "5xx",
    [GRAY_CLASS_499] = "499",
};

static const char *const response_names[GRAY_RESPONSE_MAX] = {
    [GRAY_RESPONSE_SENT] = "sent",
    [GRAY_RESPONSE_RECEIVED] = "received",
    [GRAY_RESPONSE_CONNECT_ERRORS] = "connect_errors",
    [GRAY_RESPONSE_UPSTREAM_ERRORS] = "upstream_errors",
    [GRAY_RESPONSE_HIDDEN] = "hidden",
    [GRAY_RESPONSE_ERRORS] = "errors",
};


gray_class_t
gray_class(unsigned status)
{
    if (status == 499) {
        return GRAY_CLASS_499;
    }

    return status >= 100 && status < 600
               ? GRAY_CLASS_1XX + (gray_class_t) (status / 100 - 1)
               : GRAY_CLASS_OTHER;
}


const char *
gray_class_name(gray_class_t what)
{
    return (unsigned) what < GRAY_CLASS_MAX ? class_names[what] : NULL;
}


const char *
gray_count_response_name(gray_count_response_t what)
{
    return (unsigned) what < GRAY_RESPONSE_MAX ? response_names[what] : NULL;
}


static inline void
add(uint64_t *count, uint64_t n)
{
    (void) __atomic_fetch_add(count, n, __ATOMIC_RELAXED);
}


static inline uint64_t
get(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}


/* --- slots ----------------------------------------------------------------- */

/* The slot of a pair, or -1: it has none. */
static int
responses_slot(const counters_release_t *release, unsigned variant)
{
    unsigned slot
        = __atomic_load_n(&release->responses[variant], __ATOMIC_ACQUIRE);

    return slot > 0 && slot <= GRAY_RESPONSES ? (int) slot - 1 : -1;
}


static int
responses_find(
    const gray_counters_t *counters, unsigned release, unsigned variant)
{
    return counters != NULL && release < GRAY_COUNTERS_RELEASES
                   && variant < GRAY_COUNTERS_VARIANTS
               ? responses_slot(&counters->map->releases[release], variant)
               : -1;
}


/* Takes all slots of a release that nobody counts for; returns one of them. */
static int
responses_abandoned(counters_layout_t *map)
{
    for (int r = 0; r < GRAY_COUNTERS_RELEASES; r++) {
        counters_release_t *release = &map->releases[r];
        char name[COUNTERS_NAME_SIZE];
        int slot = -1;

        for (unsigned v = 0; slot < 0 && v < GRAY_COUNTERS_VARIANTS; v++) {
            slot = responses_slot(release, v);
        }

        memcpy(name, release->name, sizeof(name));
        name[sizeof(name) - 1] = '\0';

        if (slot >= 0 && !gray_counters_named(map, "release", name)) {
            gray_responses_leave(map, r);
            return slot;
        }
    }

    return -1;
}


/* A slot that no pair has; when there is none, one of a release that no running
 * instance names, which loses it. */
static int
responses_free(counters_layout_t *map)
{
    bool taken[GRAY_RESPONSES] = { false };
    int slot;

    for (unsigned r = 0; r < GRAY_COUNTERS_RELEASES; r++) {
        for (unsigned v = 0; v < GRAY_COUNTERS_VARIANTS; v++) {
            slot = responses_slot(&map->releases[r], v);
            if (slot >= 0 && gray_sequence_used(&map->releases[r].sequence)) {
                taken[slot] = true;
            }
        }
    }

    for (slot = 0; slot < GRAY_RESPONSES; slot++) {
        if (!taken[slot]) {
            return slot;
        }
    }

    return responses_abandoned(map);
}


void
gray_responses_take(counters_layout_t *map, int release, int variant)
{
    uint16_t *responses = &map->releases[release].responses[variant];
    int slot;

    if (responses_slot(&map->releases[release], (unsigned) variant) >= 0) {
        return;
    }

    slot = responses_free(map);
    if (slot < 0) {
        return;
    }

    for (unsigned s = 0; s < GRAY_RESPONSES_STRIPES; s++) {
        memset(&map->revisions[s][slot], 0, sizeof(map->revisions[s][slot]));
        memset(&map->responses[s][slot], 0, sizeof(map->responses[s][slot]));
    }

    __atomic_store_n(responses, (uint16_t) (slot + 1), __ATOMIC_RELEASE);
}


void
gray_responses_leave(counters_layout_t *map, int release)
{
    memset(map->releases[release].responses, 0,
        sizeof(map->releases[release].responses));
}


/* --- revisions ------------------------------------------------------------- */

/* The coarse bucket that a bucket of latencies lies in. */
static unsigned
coarse(unsigned bucket)
{
    return bucket == 0 ? 0 : 1 + (bucket - 1) / 8;
}


unsigned
gray_revision_bucket(uint64_t us)
{
    return coarse(gray_latency_bucket(us));
}


uint64_t
gray_revision_end(unsigned bucket)
{
    return bucket == 0 ? gray_latency_end(0) : gray_latency_end(8 * bucket);
}


/*
 * The place of a revision in the pair's ring. A newer one takes the place of
 * the oldest: it marks it as nobody's, clears it and writes its number; who
 * meets it meanwhile counts nowhere. An older one that has no place any more is
 * NULL too.
 */
static gray_revision_counts_t *
revision_place(counters_revisions_t *ring, uint64_t revision)
{
    gray_revision_counts_t *oldest = &ring->places[0];
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < GRAY_REVISIONS; i++) {
        uint64_t there
            = __atomic_load_n(&ring->places[i].revision, __ATOMIC_ACQUIRE);

        if (there == revision) {
            return &ring->places[i];
        }

        if (there < least) {
            least = there;
            oldest = &ring->places[i];
        }
    }

    if (least >= revision
        || !__atomic_compare_exchange_n(&oldest->revision, &least,
            COUNTERS_REVISION_CHANGES, false, __ATOMIC_ACQUIRE,
            __ATOMIC_RELAXED))
    {
        return NULL;
    }

    memset(
        &oldest->n, 0, sizeof(*oldest) - offsetof(gray_revision_counts_t, n));
    __atomic_store_n(&oldest->revision, revision, __ATOMIC_RELEASE);

    return oldest;
}


static void
revision_add(counters_revisions_t *ring, uint64_t revision,
    const gray_response_t *response, unsigned bucket)
{
    gray_revision_counts_t *counts = revision_place(ring, revision);

    if (counts == NULL) {
        return;
    }

    add(&counts->request_us, response->request_us);
    add(&counts->request[coarse(bucket)], 1);

    if (response->status == 499) {
        add(&counts->gone, 1);
    }

    if (response->counts[GRAY_RESPONSE_ERRORS] != 0) {
        add(&counts->errors, 1);
    }
}


/* --- counting -------------------------------------------------------------- */

static void
responses_add(
    gray_responses_t *counts, const gray_response_t *response, unsigned bucket)
{
    add(&counts->classes[gray_class(response->status)], 1);

    add(&counts->counts[GRAY_RESPONSE_SENT],
        response->counts[GRAY_RESPONSE_SENT]);
    add(&counts->counts[GRAY_RESPONSE_RECEIVED],
        response->counts[GRAY_RESPONSE_RECEIVED]);

    if (response->counts[GRAY_RESPONSE_ERRORS] != 0) {
        add(&counts->counts[GRAY_RESPONSE_ERRORS],
            response->counts[GRAY_RESPONSE_ERRORS]);
        add(&counts->counts[GRAY_RESPONSE_HIDDEN],
            response->counts[GRAY_RESPONSE_HIDDEN]);
        add(&counts->counts[GRAY_RESPONSE_CONNECT_ERRORS],
            response->counts[GRAY_RESPONSE_CONNECT_ERRORS]);
        add(&counts->counts[GRAY_RESPONSE_UPSTREAM_ERRORS],
            response->counts[GRAY_RESPONSE_UPSTREAM_ERRORS]);
    }

    add(&counts->request_us, response->request_us);
    add(&counts->request[bucket], 1);

    if (response->has_upstream) {
        if (response->upstream_us != 0) {
            add(&counts->upstream_us, response->upstream_us);
        }
        add(&counts->upstream[gray_latency_bucket(response->upstream_us)], 1);
    }
}


void
gray_counters_response(gray_counters_t *counters, unsigned stripe, int release,
    int variant, uint64_t revision, const gray_response_t *response)
{
    unsigned bucket;
    int slot;

    if (!gray_counters_writable(counters)) {
        return;
    }

    slot = responses_find(counters, (unsigned) release, (unsigned) variant);
    if (slot < 0) {
        add(&counters->map->responses_lost, 1);
        return;
    }

    stripe %= GRAY_RESPONSES_STRIPES;
    bucket = gray_latency_bucket(response->request_us);

    if (revision != 0 && revision < COUNTERS_REVISION_CHANGES) {
        revision_add(&counters->map->revisions[stripe][slot], revision,
            response, bucket);
    }

    responses_add(&counters->map->responses[stripe][slot], response, bucket);
}


/* --- reading --------------------------------------------------------------- */

/* Copies or sums n numbers that others are adding to. */
static void
sum(const void *from, void *to, size_t n)
{
    const uint64_t *counts = from;
    uint64_t *sums = to;

    for (size_t i = 0; i < n; i++) {
        sums[i] += get(&counts[i]);
    }
}


static uint64_t
total(const uint64_t *counts, unsigned n)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < n; i++) {
        total += counts[i];
    }

    return total;
}


bool
gray_counters_responses_has(
    const gray_counters_t *counters, int release, int variant)
{
    return responses_find(counters, (unsigned) release, (unsigned) variant)
           >= 0;
}


bool
gray_counters_responses_get(const gray_counters_t *counters, unsigned release,
    unsigned variant, gray_responses_t *out)
{
    int slot = responses_find(counters, release, variant);

    if (slot < 0) {
        return false;
    }

    memset(out, 0, sizeof(*out));
    for (unsigned s = 0; s < GRAY_RESPONSES_STRIPES; s++) {
        sum(&counters->map->responses[s][slot], out,
            sizeof(*out) / sizeof(uint64_t));
    }

    out->n = total(out->classes, GRAY_CLASS_MAX);
    out->upstream_n = total(out->upstream, GRAY_LATENCY_BUCKETS);

    return true;
}


bool
gray_counters_response_count(const gray_counters_t *counters, unsigned release,
    unsigned variant, gray_count_response_t what, uint64_t *n)
{
    int slot = responses_find(counters, release, variant);

    *n = 0;
    for (unsigned s = 0; slot >= 0 && s < GRAY_RESPONSES_STRIPES; s++) {
        *n += get(&counters->map->responses[s][slot].counts[what]);
    }

    return slot >= 0;
}


uint64_t
gray_counters_responses_lost(const gray_counters_t *counters)
{
    return counters != NULL ? get(&counters->map->responses_lost) : 0;
}


/* Adds a stripe's counts of a revision to the newest ones, sorted; returns how
 * many there are now. */
static unsigned
revision_merge(gray_revision_counts_t out[GRAY_REVISIONS], unsigned n,
    const gray_revision_counts_t *counts)
{
    unsigned at = 0;

    while (at < n && out[at].revision > counts->revision) {
        at++;
    }

    if (at < n && out[at].revision == counts->revision) {
        sum(&counts->n, &out[at].n,
            (sizeof(*counts) - offsetof(gray_revision_counts_t, n))
                / sizeof(uint64_t));
        return n;
    }

    if (at == GRAY_REVISIONS) {
        return n;
    }

    n = n < GRAY_REVISIONS ? n + 1 : n;
    memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof(*out));
    out[at] = *counts;

    return n;
}


unsigned
gray_counters_revisions_get(const gray_counters_t *counters, unsigned release,
    unsigned variant, gray_revision_counts_t out[GRAY_REVISIONS])
{
    int slot = responses_find(counters, release, variant);
    unsigned n = 0;

    for (unsigned i = 0;
         slot >= 0 && i < GRAY_RESPONSES_STRIPES * GRAY_REVISIONS; i++)
    {
        gray_revision_counts_t copy = { .revision = 0 };

        sum(&counters->map->revisions[i / GRAY_REVISIONS][slot]
                 .places[i % GRAY_REVISIONS],
            &copy, sizeof(copy) / sizeof(uint64_t));

        if (copy.revision != 0 && copy.revision < COUNTERS_REVISION_CHANGES) {
            copy.n = total(copy.request, GRAY_REVISION_BUCKETS);
            n = revision_merge(out, n, &copy);
        }
    }

    return n;
}
