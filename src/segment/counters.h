/*
 * What workers write: DIR/counters.2 (the layout's version is in the name),
 * mode 0660, mapped and shared.
 *
 * It holds what each running nginx knows (releases, variants, attributes,
 * live lists), a heartbeat per worker, and the counters of decisions, live
 * lists and store errors. Counters are striped by worker and added to with
 * relaxed atomics, so that old and new workers may share a stripe across a
 * reload; they only grow. Readers sum the stripes. Nothing here is durable in
 * the sense of the store: a lost file costs figures, never a decision.
 *
 * Every function that takes a gray_counters_t accepts NULL (no file) and then
 * does nothing, so that a worker without counters still serves; on a handle
 * that was opened read-only nothing is counted. Functions that fail return -1
 * and set errno (ENOSPC: no slot left; EBADMSG: not such a file, another
 * layout, or damaged; EACCES: opened read-only; EINVAL: no such slot, or a
 * name that is empty or longer than 63 bytes; ETIMEDOUT: another process held
 * the lock for a second).
 *
 * Slots of a release or live list are found by name under flock(2), at
 * worker start and never in a request. A slot keeps its counts over reloads.
 * When all are taken, one is reused that no running instance names: so a
 * worker publishes its configuration first, then takes its own slot, then
 * those of its releases and live lists.
 *
 * Counting may be done from any thread. The file never changes its size;
 * truncating one that is mapped kills who reads it (SIGBUS).
 */

#ifndef GRAY_SEGMENT_COUNTERS_H
#define GRAY_SEGMENT_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define GRAY_COUNTERS_FILE "counters.2"

#define GRAY_COUNTERS_STRIPES 16
#define GRAY_COUNTERS_RELEASES 256
#define GRAY_COUNTERS_VARIANTS 16 /* of one release            */
#define GRAY_COUNTERS_REASONS 8   /* gray_reason_t, with room  */
#define GRAY_COUNTERS_LIVE 64
#define GRAY_COUNTERS_INSTANCES 16 /* nginx masters             */
#define GRAY_COUNTERS_WORKERS 1024
#define GRAY_COUNTERS_INSTANCE_TEXT 61440

typedef struct gray_counters_s gray_counters_t;

/* Makes the file (it must not exist: EEXIST), about 14 MB, all of it allocated,
 * so that counting works on a full disk. It appears whole, with mode 0660;
 * (gid_t) -1 leaves the process's group. */
int gray_counters_create(const char *path, gid_t group);

/* Maps the file once its size and head are checked. The caller owns it. On
 * failure *counters is left alone. */
int gray_counters_open(
    const char *path, bool writable, gray_counters_t **counters);
void gray_counters_close(gray_counters_t *counters);

/* --- decisions ----------------------------------------------------------- */

/* Single counts of a release, beside variant x reason. */
typedef enum {
    GRAY_COUNT_SKIPPED = 0, /* decisions that skipped an unknown rule    */
    GRAY_COUNT_EARLY,       /* decided early with a live list unknown    */
    GRAY_COUNT_NO_TARGET,   /* variant without a target in nginx.conf    */
    GRAY_COUNT_NO_RELEASE,  /* the store has no such release             */
    GRAY_COUNT_STORE_ERROR, /* the store could not be read               */
    GRAY_COUNT_DAMAGED,     /* a compiled release was refused            */
    GRAY_COUNT_REGEX,       /* regexes past their limit                  */
    /* overrides that were ignored */
    GRAY_COUNT_OVERRIDE_MALFORMED = 8,
    GRAY_COUNT_OVERRIDE_FORGED, /* or its key was rotated away           */
    GRAY_COUNT_OVERRIDE_EXPIRED,
    GRAY_COUNT_OVERRIDE_FOREIGN, /* another release, variant or host      */
    GRAY_COUNT_OVERRIDE_REVOKED,
    GRAY_COUNT_RELEASE_MAX = 16
} gray_count_release_t;

/* Finds or makes the slot of a release; -1: none left, or errno. */
int gray_counters_release(gray_counters_t *counters, const char *name);

/* Finds or makes a variant's slot within it, which it keeps; -1: none left, or
 * errno. */
int gray_counters_variant(
    gray_counters_t *counters, int release, const char *name);

/* Counts one decision. A negative slot counts nothing. */
void gray_counters_decision(gray_counters_t *counters, unsigned stripe,
    int release, int variant, unsigned reason);
void gray_counters_add(gray_counters_t *counters, unsigned stripe, int release,
    gray_count_release_t what, uint64_t n);

typedef struct {
    char name[64];
    unsigned nvariants;
    char variants[GRAY_COUNTERS_VARIANTS][64];
    uint64_t decisions[GRAY_COUNTERS_VARIANTS][GRAY_COUNTERS_REASONS];
    uint64_t counts[GRAY_COUNT_RELEASE_MAX];
} gray_release_counts_t;

/* Sums slot i, 0 to GRAY_COUNTERS_RELEASES - 1; false when it is free. */
bool gray_counters_release_get(
    const gray_counters_t *counters, unsigned i, gray_release_counts_t *out);

/* --- live lists ----------------------------------------------------------- */

typedef enum {
    GRAY_LIVE_LOOKUPS = 0,  /* asked by requests                         */
    GRAY_LIVE_SENT,         /* sent to memcached                         */
    GRAY_LIVE_JOINED,       /* joined an equal one not sent yet          */
    GRAY_LIVE_CACHED,       /* answered from cache=                      */
    GRAY_LIVE_HITS,         /* the value equals value=                   */
    GRAY_LIVE_OTHER_VALUES, /* a value that does not: not listed         */
    GRAY_LIVE_MISSES,       /* no such key                               */
    GRAY_LIVE_BAD_KEYS,     /* identities that are no memcached key      */
    GRAY_LIVE_TIMEOUTS,
    GRAY_LIVE_CONNECT_ERRORS,
    GRAY_LIVE_PROTOCOL_ERRORS, /* garbage replies                           */
    GRAY_LIVE_RESETS,          /* connections lost with lookups in flight   */
    GRAY_LIVE_RETRIES,
    GRAY_LIVE_REFUSED, /* not asked: the breaker was open           */
    GRAY_LIVE_BREAKER_OPENED,
    GRAY_LIVE_BREAKER_CLOSED,
    GRAY_LIVE_CONNECTS,
    GRAY_LIVE_MAX = 24
} gray_count_live_t;

/* Finds or makes the slot of a live list; -1: none left, or errno. */
int gray_counters_live(gray_counters_t *counters, const char *name);

/* Counts n of something. A negative slot counts nothing. */
void gray_counters_live_add(gray_counters_t *counters, unsigned stripe,
    int live, gray_count_live_t what, uint64_t n);

/* The breaker of a live list in one worker: open or not. */
void gray_counters_breaker(
    gray_counters_t *counters, int worker, int live, bool open);

typedef struct {
    char name[64];
    uint64_t counts[GRAY_LIVE_MAX];
    unsigned open_breakers; /* live workers whose breaker is open        */
} gray_live_counts_t;

/* Sums slot i, 0 to GRAY_COUNTERS_LIVE - 1; false when it is free. */
bool gray_counters_live_get(
    const gray_counters_t *counters, unsigned i, gray_live_counts_t *out);

/* "hits", "timeouts", …: the labels people see; NULL for a count that has no
 * meaning yet, so that loops may run to the MAX. */
const char *gray_count_release_name(gray_count_release_t what);
const char *gray_count_live_name(gray_count_live_t what);

/* --- what runs ------------------------------------------------------------ */

/*
 * A loaded configuration of a running nginx. `text` is what it knows, a line
 * each: "nginx 1.22.1", "module 0.1.0", "release shop stable gray" (the first
 * variant is the default), "attribute device_id $http_x_device_id …",
 * "live legacy 127.0.0.1:11211 timeout=50 …", "schema 1".
 */
typedef struct {
    uint32_t master;  /* pid                                       */
    uint64_t started; /* milliseconds since the epoch              */
    uint32_t nworkers;
    uint64_t generation; /* grows with each reload of the master      */
    char text[GRAY_COUNTERS_INSTANCE_TEXT];
} gray_instance_t;

/* Publishes a configuration; called by the first worker of each cycle that
 * gets there (the same (master, generation) is published once). Returns the
 * instance's slot. Slots of dead masters, and of generations without live
 * workers, are reused. Text that is too long is refused with E2BIG. */
int gray_counters_publish(
    gray_counters_t *counters, const gray_instance_t *instance);

/* Reads slot i; false when it is free or nothing of it runs: neither a worker,
 * nor its master with this as the newest generation. */
bool gray_counters_instance_get(
    const gray_counters_t *counters, unsigned i, gray_instance_t *out);

/* What a worker says of the store. */
typedef enum {
    GRAY_WORKER_OK = 0,
    GRAY_WORKER_NO_STORE, /* cannot open or read it                    */
    GRAY_WORKER_EXITING   /* draining after a reload: still serves     */
} gray_worker_state_t;

typedef struct {
    uint32_t pid;
    uint64_t pid_started; /* /proc/PID/stat field 22: pids are reused  */
    int instance;         /* its slot                                  */
    uint32_t number;      /* nginx's worker number                     */
    uint64_t heartbeat;   /* milliseconds of CLOCK_MONOTONIC           */
    uint64_t revision;    /* newest it has seen                        */
    uint64_t switches;    /* newest generation it has seen             */
    uint32_t state;       /* gray_worker_state_t                       */
    int32_t store_error;  /* gray_store_error_t when NO_STORE          */
} gray_worker_t;

/* Takes a worker's slot (one of a dead process, or free) for this process, its
 * first heartbeat included; returns it, or -1. A second call of a process
 * gives the same slot. */
int gray_counters_worker(
    gray_counters_t *counters, int instance, unsigned number);

/* Gives it back on exit. */
void gray_counters_worker_leave(gray_counters_t *counters, int worker);

/* Tells that the worker lives and what it has seen: once a second, and at
 * once when the switches changed. */
void gray_counters_heartbeat(gray_counters_t *counters, int worker,
    uint64_t revision, uint64_t switches, gray_worker_state_t state,
    int store_error);

/* Reads slot i; false when it is free or its process is gone (pid and start
 * time are compared with /proc). */
bool gray_counters_worker_get(
    const gray_counters_t *counters, unsigned i, gray_worker_t *out);

#endif
