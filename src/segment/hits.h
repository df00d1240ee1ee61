/*
 * How often each rule of a release decided, in the same file as the decisions
 * (counters.h).
 *
 * A rule takes one of GRAY_HITS slots when a worker loads a release that has
 * it. The slot is the rule's by the names of release and rule: it keeps its
 * count when the rule is moved, and over reloads and crashes. A rule that is
 * renamed is another one. Slots of rules that are gone are freed by whoever
 * loads the release's newer revision; when none is left, those of releases
 * that no running instance names. When there is none of these either, the rule
 * counts nothing, and `lost` counts it.
 *
 * Counts are added to with relaxed atomics, striped by worker. A worker that
 * still decides by an older revision goes on counting for the rules that the
 * newest one has too.
 */

#ifndef GRAY_SEGMENT_HITS_H
#define GRAY_SEGMENT_HITS_H

#include "counters.h"

#define GRAY_HITS 4096 /* rules of all releases                      */
#define GRAY_HITS_STRIPES 8

/* `place` of a rule for which no slot was left. */
#define GRAY_HITS_NONE UINT32_MAX

/* A rule as a worker counts it; zeroed but for the name. */
typedef struct {
    const char *name;  /* the caller's                               */
    uint32_t place;    /* 1 + its slot; 0: not looked for yet        */
    uint32_t sequence; /* the slot's, as long as it is the rule's    */
    uint64_t kept;     /* hits before it had one                     */
} gray_hits_t;

/*
 * Finds or makes the slots of a release's rules in the revision at hand, and
 * adds what was kept. With a revision that is older than the newest one that
 * was bound, slots are found and none is made. `n` 0: the release is gone.
 * Waits for nobody, so that it may be called within a request.
 *
 * Returns how many rules have no slot; -1 with ETIMEDOUT when another process
 * holds the lock: try again later.
 */
int gray_counters_hits_bind(gray_counters_t *counters, unsigned stripe,
    int release, uint64_t revision, gray_hits_t *rules, unsigned n);

/* Counts one. Of a slot that is the rule's no more, nothing. */
void gray_counters_hit(
    gray_counters_t *counters, unsigned stripe, gray_hits_t *rule);

typedef struct {
    char release[64];
    char rule[64];
    uint64_t hits;
} gray_hits_counts_t;

/* Slots from this one on were never used. */
unsigned gray_counters_hits_end(const gray_counters_t *counters);

/* Sums slot i; false when it is free, or another release's than `release`
 * (a slot of counters.h; -1: of any). */
bool gray_counters_hits_get(const gray_counters_t *counters, unsigned i,
    int release, gray_hits_counts_t *out);

/* Rules without a slot. */
unsigned gray_counters_hits_lost(const gray_counters_t *counters);

#endif
