/*
 * What `grayctl watch` shows, and where it has it from: the store's own files
 * (watch_local.c), or a grayd.
 *
 * A reading is everything at one time, and what was counted since the reading
 * before. Sources make readings; watch_trail.h keeps what became of several,
 * watch_draw.h draws them.
 */

#ifndef GRAYCTL_WATCH_SOURCE_H
#define GRAYCTL_WATCH_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "core/decide.h"
#include "core/error.h"
#include "core/name.h"
#include "segment/interval.h"

#define WATCH_VARIANTS GRAY_COUNTERS_VARIANTS

typedef struct {
    char name[GRAY_NAME_MAX + 1];
    bool weighed;
    uint32_t weight; /* in buckets                                     */

    /* Whether the rest is known: not at the first reading, and not when the
     * counts began anew since the one before. */
    bool counted;
    gray_interval_t interval;
    uint64_t reasons[GRAY_REASONS]; /* decisions of the interval       */

    uint64_t total; /* requests since ever                             */
} watch_variant_t;

typedef struct {
    char name[GRAY_NAME_MAX + 1];
    bool stored;  /* the store has it                                  */
    bool running; /* an nginx that runs names it                       */
    bool off;     /* by its own switch, or by the one over all         */
    uint64_t revision;
    unsigned nrules;
    unsigned nvariants;
    watch_variant_t variants[WATCH_VARIANTS];
} watch_release_t;

/* A record of the audit; texts are escaped, and cut. */
typedef struct {
    uint64_t time; /* seconds since the epoch                          */
    char user[64];
    char verb[32];
    char release[GRAY_NAME_MAX + 1]; /* "": of none                    */
    char subject[136];               /* "shop/qa", "testers"           */
    char summary[256];
} watch_change_t;

/* The workers of all nginx that run. */
typedef struct {
    bool known; /* there is a counters file                            */
    unsigned serving;
    unsigned exiting;  /* drain after a reload                         */
    unsigned no_store; /* of the serving: cannot read it               */
    unsigned silent;   /* of the serving: no heartbeat for 5 seconds   */
    uint64_t revision; /* the oldest that one of the serving has seen  */
} watch_workers_t;

typedef struct {
    uint64_t time;     /* milliseconds since the epoch                   */
    double seconds;    /* since the reading before; 0: this is the first */
    char from[512];    /* the store's folder, or a server's address      */
    char trouble[512]; /* why nothing newer is known; "" when all is   */
    uint64_t revision;
    watch_workers_t workers;
    unsigned nreleases;
    watch_release_t *releases; /* by name                              */
    unsigned nchanges;
    watch_change_t *changes; /* since the reading before, oldest first;
                                at the first reading the last few      */
    bool first_changes;      /* they are those last few                */
} watch_reading_t;

void watch_reading_free(watch_reading_t *reading);

/* Adds a release without variants, or a variant; NULL: no memory, or the
 * release has no room. Pointers that were given before do not last. */
watch_release_t *watch_reading_add(watch_reading_t *reading, const char *name);
watch_variant_t *watch_release_add(watch_release_t *release, const char *name);

/* NULL when it is not there. */
watch_release_t *watch_reading_find(
    const watch_reading_t *reading, const char *name);
watch_variant_t *watch_release_find(watch_release_t *release, const char *name);

/* What a record of the audit says; texts may be NULL, or "". */
void watch_change_fill(watch_change_t *change, uint64_t time, const char *user,
    const char *verb, const char *release, const char *rule, const char *list,
    const char *summary);

/* Adds a change; -1: no memory. */
int watch_reading_change(
    watch_reading_t *reading, const watch_change_t *change);

/* Copies what others wrote, only what a terminal may see, cut to `size`; NULL
 * is "". */
void watch_text(char *to, size_t size, const char *text);

/* Sorts the releases by name. */
void watch_reading_sort(watch_reading_t *reading);

typedef struct watch_source_s watch_source_t;

struct watch_source_s {
    /* Fills *reading, which is all zero. Takes milliseconds. What cannot be
     * read is told in reading->trouble: -1 and *error when memory ends, or
     * when there is no use in going on. */
    int (*read)(
        watch_source_t *source, watch_reading_t *reading, gray_error_t *error);
    void (*close)(watch_source_t *source);

    /* Both NULL where a reading is as good at any time. Else it is best made
     * when news() says that so many seconds were told since the last one, which
     * is to be asked again when this descriptor can be read (-1: none now). */
    int (*fd)(watch_source_t *source);
    unsigned (*news)(watch_source_t *source);
};

struct gray_control_s;

/* The store that *control has open. It is opened anew, in *control too, when
 * another was put into its place. NULL: no memory. */
watch_source_t *watch_local_open(struct gray_control_s **control);

/* The server that the call has open (remote.h). */
struct grayctl_s;
watch_source_t *watch_remote_open(struct grayctl_s *cli);

#endif
