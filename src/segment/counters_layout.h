/*
 * The bytes of counters.2 (docs/segment-format.md). A change of them changes
 * COUNTERS_VERSION and the file's name. Internal to src/segment.
 *
 * Workers can write every byte, so nothing read from here is believed: texts
 * are cut at their size, numbers are compared with the bounds, loops have
 * ends.
 *
 * A slot's sequence word says what it is: 0 never used; even in use; odd
 * being changed. Slots are changed under flock(2), so an odd one that the
 * lock's holder finds was left by a writer that died: it is free. Readers
 * take no lock: they copy a slot between two equal even sequences, try a
 * bounded number of times, and then take the slot for free.
 */

#ifndef GRAY_SEGMENT_COUNTERS_LAYOUT_H
#define GRAY_SEGMENT_COUNTERS_LAYOUT_H

#include <stddef.h>
#include "counters.h"
#include "file.h"
#include "hits.h"
#include "responses.h"

#define COUNTERS_VERSION 2
#define COUNTERS_NAME_SIZE 64

/* How long a worker that starts waits for another one to take its slots. */
#define COUNTERS_LOCK_MS 1000

/* A worker of another PID namespace runs while its last heartbeat is younger
 * than this: its pid says nothing. */
#define COUNTERS_SILENT_MS 5000

/* How often a reader looks again at a slot that is being changed. */
#define COUNTERS_TRIES 64

typedef struct {
    uint32_t sequence;
    uint32_t nvariants; /* only grows while the slot is in use           */
    uint16_t responses[GRAY_COUNTERS_VARIANTS]; /* slot of each variant's + 1,
                                                   0: none             */
    uint64_t hits_revision; /* of the release, whose rules have slots     */
    uint32_t hits_lost;     /* those of them that have none               */
    uint32_t reserved[3];
    char name[COUNTERS_NAME_SIZE];
    char variants[GRAY_COUNTERS_VARIANTS][COUNTERS_NAME_SIZE];
} counters_release_t;

typedef struct {
    uint32_t sequence;
    uint32_t reserved[15];
    char name[COUNTERS_NAME_SIZE];
} counters_live_t;

typedef struct {
    uint32_t sequence;
    uint32_t master;
    uint64_t master_started; /* /proc/PID/stat field 22                     */
    uint64_t started;
    uint64_t generation;
    uint32_t nworkers;
    uint32_t len; /* of the text                                     */
    uint64_t pidns;
    uint64_t reserved[506];
    char text[GRAY_COUNTERS_INSTANCE_TEXT];
} counters_instance_t;

/* Written by its own worker only; pid 0 is free, and written last. */
typedef struct {
    uint32_t pid;
    uint32_t number;
    uint64_t pid_started;
    int32_t instance;
    uint32_t state;
    int32_t store_error;
    uint32_t pidns; /* the PID namespace that pid is of; 0: the reader's  */
    uint64_t heartbeat;
    uint64_t revision;
    uint64_t switches;
    uint64_t breakers; /* bit i: live list i's breaker is open            */
    uint64_t reserved2[8];
} counters_worker_t;

/* Counters of one stripe; each release and live list begins a cache line. */
typedef struct {
    uint64_t decisions[GRAY_COUNTERS_VARIANTS][GRAY_COUNTERS_REASONS];
    uint64_t counts[GRAY_COUNT_RELEASE_MAX];
} counters_release_stripe_t;

typedef struct {
    counters_release_stripe_t releases[GRAY_COUNTERS_RELEASES];
    uint64_t live[GRAY_COUNTERS_LIVE][GRAY_LIVE_MAX];
} counters_stripe_t;

/* A revision's number while its place is being cleared. Whoever dies then
 * leaves a place that nobody uses until the slot gets another pair. */
#define COUNTERS_REVISION_CHANGES ((uint64_t) 1 << 63)

typedef struct {
    gray_revision_counts_t places[GRAY_REVISIONS];
} counters_revisions_t;

/* A rule of a release. */
typedef struct {
    uint32_t sequence;
    uint32_t release; /* 1 + its slot                                    */
    uint64_t reserved;
    char name[COUNTERS_NAME_SIZE];
} counters_rule_t;

typedef struct {
    gray_segment_head_t head;
    uint64_t responses_lost;
    uint64_t hits_end; /* slots of rules from this one on were never used  */
    uint64_t reserved[506];
    counters_release_t releases[GRAY_COUNTERS_RELEASES];
    counters_live_t live[GRAY_COUNTERS_LIVE];
    counters_worker_t workers[GRAY_COUNTERS_WORKERS];
    counters_instance_t instances[GRAY_COUNTERS_INSTANCES];
    counters_stripe_t stripes[GRAY_COUNTERS_STRIPES];
    gray_responses_t responses[GRAY_RESPONSES_STRIPES][GRAY_RESPONSES];
    counters_revisions_t revisions[GRAY_RESPONSES_STRIPES][GRAY_RESPONSES];
    counters_rule_t rules[GRAY_HITS];
    uint64_t hits[GRAY_HITS_STRIPES][GRAY_HITS];
} counters_layout_t;

_Static_assert(sizeof(counters_release_t) == 1152, "layout 2");
_Static_assert(sizeof(counters_live_t) == 128, "layout 2");
_Static_assert(sizeof(counters_worker_t) == 128, "layout 2");
_Static_assert(sizeof(counters_instance_t) == 65536, "layout 2");
_Static_assert(sizeof(counters_release_stripe_t) == 1152, "layout 2");
_Static_assert(sizeof(counters_stripe_t) == 307200, "layout 2");
_Static_assert(offsetof(counters_layout_t, releases) == 4096, "layout 2");
_Static_assert(offsetof(counters_layout_t, live) == 299008, "layout 2");
_Static_assert(offsetof(counters_layout_t, workers) == 307200, "layout 2");
_Static_assert(offsetof(counters_layout_t, instances) == 438272, "layout 2");
_Static_assert(offsetof(counters_layout_t, stripes) == 1486848, "layout 2");
_Static_assert(sizeof(gray_responses_t) == 5568, "layout 2");
_Static_assert(sizeof(gray_revision_counts_t) == 392, "layout 2");
_Static_assert(offsetof(counters_layout_t, responses) == 6402048, "layout 2");
_Static_assert(offsetof(counters_release_t, name) == 64, "layout 2");
_Static_assert(sizeof(counters_rule_t) == 80, "layout 2");
_Static_assert(offsetof(counters_layout_t, rules) == 13709312, "layout 2");
_Static_assert(offsetof(counters_layout_t, hits) == 14036992, "layout 2");
_Static_assert(sizeof(counters_layout_t) == 14299136, "layout 2");

struct gray_counters_s {
    counters_layout_t *map;
    int fd;
    bool writable;
    bool contended; /* the lock could not be had once: do not wait again */
};

/* Whether this handle may write; NULL may not. */
bool gray_counters_writable(const gray_counters_t *counters);

/* Taken to find or make slots. EACCES when the handle is read-only. */
int gray_counters_lock(gray_counters_t *counters);
void gray_counters_unlock(gray_counters_t *counters);

/* --- responses ------------------------------------------------------------ */

/* Gives a variant a slot for its responses, if there is one. Locked. */
void gray_responses_take(counters_layout_t *map, int release, int variant);

/* A release's slot gets another name: its responses are nobody's. Locked. */
void gray_responses_leave(counters_layout_t *map, int release);

/* --- hits of rules --------------------------------------------------------- */

/* A release is over, or its slot gets another name: its rules are nobody's.
 * Locked. */
void gray_hits_leave(counters_layout_t *map, int release);

/* --- sequences ------------------------------------------------------------ */

/* Whether a slot is in use; only for the lock's holder. */
bool gray_sequence_used(const uint32_t *sequence);

void gray_sequence_change(uint32_t *sequence); /* the slot is free now   */
void gray_sequence_done(uint32_t *sequence);   /* it is in use           */

/* Copies `len` bytes of a slot, its sequence among them. False when it is not
 * in use, or stays in change. */
bool gray_sequence_copy(
    const uint32_t *sequence, const void *slot, void *copy, size_t len);

/* --- what runs ------------------------------------------------------------ */

/* Whether the slot is in use by a worker that runs. */
bool gray_counters_worker_runs(const counters_worker_t *slot);

/* Whether something of an instance runs: a worker of it, or its master with
 * no newer generation published. */
bool gray_counters_runs(const counters_layout_t *map, unsigned instance);

/* Whether a running instance's text has a line "KIND NAME …". */
bool gray_counters_named(
    const counters_layout_t *map, const char *kind, const char *name);

#endif
