/*
 * Replaying recorded requests: who would get another variant, were the
 * release's document another one; or who does already, since the log was
 * written.
 *
 * A request is decided as at its own time, with the attributes that were
 * logged and with the lists as they are in the store now. The kill switch is
 * left out, since it is no part of a document; a request with an override
 * keeps its variant.
 */

#ifndef GRAY_CONTROL_REPLAY_H
#define GRAY_CONTROL_REPLAY_H

#include <stdio.h>
#include "control/control.h"
#include "control/errors.h"
#include "control/explain.h"

/* Kept of each change. */
#define GRAY_REPLAY_EXAMPLES 5

/* More kinds of change, and of what decided, are counted together. */
#define GRAY_REPLAY_CHANGES_MAX 64
#define GRAY_REPLAY_DECIDERS_MAX 64
#define GRAY_REPLAY_SHARES_MAX 64

typedef struct {
    const char *release;

    /* The proposed document, JSON text, which is compared with the stored
     * one. NULL: what was recorded is compared with the stored document. */
    const char *document;
    size_t len;

    const gray_explain_live_t *lives; /* not given: unknown             */
    unsigned nlives;

    void *data; /* of the callbacks; each may be NULL                   */
    gray_progress_pt progress;
    void (*bad)(void *data, uint64_t line, const gray_error_t *error);
} gray_replay_t;

typedef struct {
    uint64_t line;
    uint64_t time;
    char *attributes; /* "user=7 ip=10.0.0.1": those that are used      */
    char from[96];    /* reasons                                        */
    char to[96];
} gray_replay_example_t;

/* What decided before and after: reasons without bucket. */
typedef struct {
    char from[160];
    char to[160];
    uint64_t n;
} gray_replay_decider_t;

typedef struct {
    char from[64]; /* variants; "": all further changes                 */
    char to[64];
    uint64_t n;
    unsigned ndeciders;
    gray_replay_decider_t *deciders;
    unsigned nexamples;
    gray_replay_example_t examples[GRAY_REPLAY_EXAMPLES];
} gray_replay_change_t;

typedef struct {
    char variant[64];
    uint64_t before; /* requests                                        */
    uint64_t after;
} gray_replay_share_t;

typedef struct {
    uint64_t revision;   /* the store's                                 */
    bool off;            /* the kill switch is                          */
    uint64_t lines;      /* read                                        */
    uint64_t bad;        /* unreadable                                  */
    uint64_t others;     /* of other releases                           */
    uint64_t undecided;  /* requests that ended before their decision   */
    uint64_t requests;   /* of this release: what follows is about them */
    uint64_t overridden; /* by a signed override                        */
    uint64_t changed;
    uint64_t first; /* their times                                      */
    uint64_t last;
    unsigned nchanges; /* the most frequent first                       */
    gray_replay_change_t *changes;
    unsigned nshares;
    gray_replay_share_t *shares;
    unsigned nmissing; /* attributes that it uses and no line has       */
    char **missing;
    unsigned nunasked; /* live lists whose answer was not given         */
    char **unasked;
} gray_replayed_t;

/*
 * Reads lines of the shipped log formats (log_line.h) to the end of `in`.
 * Holds no snapshot of the store from one line to the next. The proposed
 * document's problems come all at once, as from `release set`. The caller
 * frees *replayed.
 */
int gray_control_replay(gray_control_t *control, const gray_replay_t *question,
    FILE *in, gray_replayed_t *replayed, gray_errors_t *errors);
void gray_replayed_free(gray_replayed_t *replayed);

#endif
