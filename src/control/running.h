/*
 * What the running nginx know, as they published it in counters.
 */

#ifndef GRAY_CONTROL_RUNNING_H
#define GRAY_CONTROL_RUNNING_H

#include "control/control.h"

typedef struct {
    char name[64];
    unsigned nvariants; /* the first is nginx.conf's default           */
    char (*variants)[64];
} gray_running_release_t;

/* An attribute and its variables, or a live list and its address and
 * options, as nginx.conf has them. */
typedef struct {
    char name[64];
    char *text;
} gray_running_name_t;

typedef struct {
    pid_t pid;
    unsigned number;
    uint64_t heartbeat_age_ms;
    uint64_t revision; /* newest that it has seen                       */
    uint64_t switches;
    bool exiting;
    bool no_store;
    char store_error[128]; /* "" when it reads the store                */
} gray_running_worker_t;

typedef struct {
    pid_t master;
    uint64_t started; /* milliseconds since the epoch                   */
    uint64_t generation;
    unsigned nworkers_configured;
    char nginx[32];
    char module[32];
    unsigned schema;
    unsigned nreleases;
    gray_running_release_t *releases;
    unsigned nattributes;
    gray_running_name_t *attributes;
    unsigned nlives;
    gray_running_name_t *lives;
    unsigned noverrides;
    gray_running_name_t *overrides; /* a release, and the parameter      */
    unsigned nworkers;
    gray_running_worker_t *workers;
} gray_running_instance_t;

typedef struct {
    bool counters; /* false: no counters file, so nothing is known      */
    unsigned n;
    gray_running_instance_t *instances; /* with at least one live worker */
} gray_running_t;

/* Never fails but for memory. The caller frees *running. */
int gray_control_running(
    gray_control_t *control, gray_running_t *running, gray_error_t *error);
void gray_running_free(gray_running_t *running);

/* The release as the first running nginx that names it has it; NULL: none. */
const gray_running_release_t *gray_running_find(
    const gray_running_t *running, const char *name);

/* The master of a running nginx that names the release, or the live list, or
 * the attribute; 0: none. */
pid_t gray_running_release(const gray_running_t *running, const char *name);
pid_t gray_running_live(const gray_running_t *running, const char *name);
pid_t gray_running_attribute(const gray_running_t *running, const char *name);

/* What of the store a running nginx must know by name. */
typedef enum {
    GRAY_RUNNING_RELEASE = 0,
    GRAY_RUNNING_ATTRIBUTE,
    GRAY_RUNNING_LIVE
} gray_running_kind_t;

/* Whether none of the nginx that run knows the name; *error tells it then, and
 * what to write in nginx.conf. When none runs nothing is known: false. */
bool gray_running_lacks(const gray_running_t *running, gray_running_kind_t kind,
    const char *name, gray_error_t *error);

/* The parameter from which a running nginx takes overrides of the release;
 * NULL: from none. Valid as long as *running. */
const char *gray_running_override(
    const gray_running_t *running, const char *release);

#endif
