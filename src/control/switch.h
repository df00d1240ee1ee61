/*
 * The kill switches, with confirmation by the workers.
 *
 * They work with gray_control_open_partly: without LMDB, on a full disk,
 * with a damaged store.
 */

#ifndef GRAY_CONTROL_SWITCH_H
#define GRAY_CONTROL_SWITCH_H

#include "control/control.h"

#define GRAY_SWITCH_SILENT_MAX 64

/* What came of it. */
typedef struct {
    bool off;            /* the state now                                   */
    bool changed;        /* it was the other one before                     */
    bool audited;        /* the audit record could be written               */
    uint64_t generation; /* 0: it could not be set                  */
    unsigned workers;    /* live ones that serve, as counters know       */
    unsigned confirmed;  /* of them, have seen the generation            */
    unsigned elapsed_ms;
    unsigned nsilent; /* pids of those who have not, the first few      */
    pid_t silent[GRAY_SWITCH_SILENT_MAX];
    bool counters;   /* false: no counters file, nothing could be seen     */
    char store[512]; /* why the store could not be read, or the record not be
                        written; "" when both went well */
} gray_switched_t;

/* Told now and then while it waits; false: it need not wait any longer. */
typedef bool (*gray_switch_progress_pt)(
    void *data, const gray_switched_t *so_far);

/* Whether the release gets its default, by its own switch or by the one over
 * all. False when there are no switches. */
bool gray_control_off(const gray_control_t *control, const char *release);

/*
 * Turns a release (NULL: all) off or on, durably, and waits until every live
 * worker has seen it, at most timeout_ms (0: does not wait). GRAY_ETIMEOUT
 * when some were silent: the switch is set all the same, and *switched says
 * who; GRAY_ESYSTEM with a generation when it is set, but the disk failed. GRAY_ENOTFOUND when neither the store nor a running nginx knows the
 * release (an unreadable store refuses nothing).
 */
int gray_control_switch(gray_control_t *control, const char *release, bool off,
    unsigned timeout_ms, gray_switch_progress_pt progress, void *data,
    gray_switched_t *switched, gray_error_t *error);

/*
 * The same in parts, for who has other work while the workers are waited for:
 * begin sets the switch (-1 and `switched.generation` 0: it is not set, and
 * there is nothing to end), look says whether all have seen it or it is too
 * late, end writes the audit record and returns what gray_control_switch does.
 * Each may be called with another handle of the same store.
 */
typedef struct {
    gray_switched_t switched;
    const char *release; /* the caller's; NULL: all                       */
    bool was_off;
    int undurable; /* an errno                                            */
    uint64_t start;
    unsigned timeout_ms;
} gray_switching_t;

int gray_control_switch_begin(gray_control_t *control, const char *release,
    bool off, unsigned timeout_ms, gray_switching_t *switching,
    gray_error_t *error);
bool gray_control_switch_look(
    gray_control_t *control, gray_switching_t *switching);
int gray_control_switch_end(gray_control_t *control,
    const gray_switching_t *switching, gray_switched_t *switched,
    gray_error_t *error);

#endif
