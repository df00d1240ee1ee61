/*
 * Replaying, in parts: the decisions (replay_decide.c), what is counted
 * (replay_count.c), the lines (replay.c).
 */

#ifndef GRAY_CONTROL_REPLAY_INTERNAL_H
#define GRAY_CONTROL_REPLAY_INTERNAL_H

#include "control/log_line.h"
#include "control/replay.h"
#include "control/running.h"
#include "core/release.h"
#include "internal.h"

typedef struct gray_replayer_s gray_replayer_t;

/* A list's header as the snapshot at hand has it, and what it answered last:
 * several rules ask the same, and so do two documents. */
typedef struct {
    bool read;
    int rc;
    gray_list_t list;
    uint64_t number;   /* the line …                                    */
    const char *value; /* … and where in it the value stands            */
    gray_answer_t answer;
} gray_replay_list_t;

/* A document that decides. */
typedef struct {
    gray_replayer_t *replayer;
    gray_release_t *release; /* NULL: there is none                     */
    unsigned default_plus_one;
    const char *default_name;
    gray_replay_list_t **lists; /* of the release; its own or the other's */
    gray_replay_list_t *own;
    unsigned *places; /* of the release's attributes in the line before */
    bool *asked;      /* attributes that some decision needed               */
    bool *met; /* … and that were there                               */
    gray_decision_t decision;
} gray_replay_side_t;

/* How one request came out, on one side. The texts live as long as the line
 * and the side. */
typedef struct {
    gray_str_t variant;
    char reason[GRAY_REASON_TEXT_MAX];
    char decider[160];
} gray_replay_outcome_t;

struct gray_replayer_s {
    const gray_replay_t *question;
    gray_control_t *control;
    gray_running_t running;
    gray_txn_t *txn;
    uint64_t txn_id;
    gray_log_line_t line;
    uint64_t number;           /* the line's                            */
    gray_replay_side_t stored; /* the stored document                   */
    gray_replay_side_t proposed;
    gray_replayed_t *replayed;
    bool failed; /* no memory                                           */
};

/* Takes the release over. Lists that `other` has too are shared with it, so it
 * lives longer; itself, or a side without a release, shares none. -1: no
 * memory. */
int gray_replay_side_init(gray_replay_side_t *side, gray_replayer_t *replayer,
    gray_release_t *release, const gray_replay_side_t *other);
void gray_replay_side_free(gray_replay_side_t *side);

/* The lists are to be read anew. */
void gray_replay_side_renew(gray_replay_side_t *side);

/* Decides the line at hand: the variant's name. */
gray_str_t gray_replay_decide(gray_replay_side_t *side);

/* The words for the decision that was made last. */
void gray_replay_words(
    const gray_replay_side_t *side, gray_replay_outcome_t *outcome);

/* The words for what the line says. */
void gray_replay_recorded(
    const gray_log_line_t *line, gray_replay_outcome_t *outcome);

/* Counts a request whose variant is `from` before and `to` after. True: it
 * changes, and gray_replay_count_change is due. */
bool gray_replay_count(
    gray_replayer_t *replayer, gray_str_t from, gray_str_t to);
void gray_replay_count_change(gray_replayer_t *replayer,
    const gray_replay_outcome_t *from, const gray_replay_outcome_t *to);

/* Sorts what was counted, and names what was missing. */
void gray_replay_count_end(gray_replayer_t *replayer);

#endif
