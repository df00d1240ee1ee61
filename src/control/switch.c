/*
 * Turning releases off and on, and waiting until the workers have seen it.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/running.h"
#include "control/switch.h"
#include "internal.h"

/* How often the workers are looked at, and the caller is told. */
#define GRAY_SWITCH_POLL_MS 3
#define GRAY_SWITCH_TELL_MS 100


/* 1: there; 0: not; -1: the store cannot tell. */
static int
gray_switch_in_store(
    gray_control_t *control, const char *release, gray_switched_t *switched)
{
    int rc;
    gray_txn_t *txn;
    gray_error_t error;
    gray_store_release_t stored;

    if (gray_verb_read(control, &txn, &error) != 0) {
        (void) gray_error_print(
            &error, switched->store, sizeof(switched->store));
        return -1;
    }

    rc = gray_store_release_get(txn, release, &stored);
    gray_verb_read_end(control, txn);

    if (rc == GRAY_STORE_ENOTFOUND) {
        return 0;
    }
    if (rc != GRAY_STORE_OK) {
        (void) gray_verb_store_error(control->dir, rc, &error);
        (void) gray_error_print(
            &error, switched->store, sizeof(switched->store));

        /* A damaged record is there all the same. */
        return -1;
    }

    return 1;
}


/* A switch for nobody is a slip of the keyboard; a store that cannot be read
 * is no reason to refuse one. */
static int
gray_switch_known(gray_control_t *control, const char *release,
    gray_switched_t *switched, gray_error_t *error)
{
    pid_t master;
    gray_txn_t *txn;
    gray_running_t running;

    if (release == NULL) {
        return 0;
    }

    if (gray_release_name_check(release, error) != 0) {
        return -1;
    }

    if (gray_switch_in_store(control, release, switched) != 0) {
        return 0;
    }

    if (gray_control_running(control, &running, error) != 0) {
        return -1;
    }
    master = gray_running_release(&running, release);
    gray_running_free(&running);

    if (master != 0) {
        return 0;
    }

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    (void) gray_release_missing(txn, release, error);
    gray_verb_read_end(control, txn);

    return -1;
}


static bool
gray_switch_state(const gray_control_t *control, const char *release)
{
    unsigned i;
    gray_switch_t slot;

    for (i = 0; gray_switches_get(control->switches, i, &slot); i++) {
        if (release == NULL ? i == 0
                            : i > 0 && strcmp(slot.release, release) == 0) {
            return slot.off;
        }
        if (release == NULL) {
            break;
        }
    }

    return false;
}


bool
gray_control_off(const gray_control_t *control, const char *release)
{
    gray_switch_cursor_t cursor = { 0 };

    return gray_switches_off(control->switches, &cursor, release);
}


/* --- confirmation ---------------------------------------------------------- */

/* Counts who has seen the generation: workers that are draining after a
 * reload too, since they still decide for requests. */
static void
gray_switch_look(gray_control_t *control, gray_switched_t *switched)
{
    unsigned i;
    gray_worker_t worker;

    switched->workers = 0;
    switched->confirmed = 0;
    switched->nsilent = 0;

    for (i = 0; i < GRAY_COUNTERS_WORKERS; i++) {
        if (!gray_counters_worker_get(control->counters, i, &worker)) {
            continue;
        }

        switched->workers++;
        if (worker.switches >= switched->generation) {
            switched->confirmed++;
        } else if (switched->nsilent < GRAY_SWITCH_SILENT_MAX) {
            switched->silent[switched->nsilent++] = (pid_t) worker.pid;
        }
    }
}


/* Who has not seen it in time. */
static int
gray_switch_late(const gray_switching_t *switching, gray_error_t *error)
{
    const gray_switched_t *switched = &switching->switched;

    if (switched->confirmed == switched->workers || switching->timeout_ms == 0)
    {
        return 0;
    }

    (void) gray_error_set(error, GRAY_ETIMEOUT,
        "the switch is set, but %u of %u workers have not confirmed it within "
        "%u ms",
        switched->workers - switched->confirmed, switched->workers,
        switched->elapsed_ms);

    return gray_error_hint(error,
        "see grayctl status; a worker that hangs (pid %d) can be ended with "
        "kill -9: nginx starts another",
        (int) switched->silent[0]);
}


bool
gray_control_switch_look(gray_control_t *control, gray_switching_t *switching)
{
    gray_switched_t *switched = &switching->switched;

    gray_switch_look(control, switched);
    switched->elapsed_ms = (unsigned) (gray_monotonic_ms() - switching->start);

    return switched->confirmed == switched->workers
           || switched->elapsed_ms >= switching->timeout_ms;
}


static void
gray_switch_wait(gray_control_t *control, gray_switching_t *switching,
    gray_switch_progress_pt progress, void *data)
{
    unsigned told = 0;
    struct timespec pause = { 0, GRAY_SWITCH_POLL_MS * 1000000L };

    while (!gray_control_switch_look(control, switching)) {
        if (progress != NULL
            && switching->switched.elapsed_ms - told >= GRAY_SWITCH_TELL_MS)
        {
            if (!progress(data, &switching->switched)) {
                return;
            }
            told = switching->switched.elapsed_ms;
        }
        (void) nanosleep(&pause, NULL);
    }
}


/* --- the audit ------------------------------------------------------------- */

/* The switch is in force already: what fails here costs a record. */
static void
gray_switch_audit(gray_control_t *control, const char *release, bool was_off,
    bool off, gray_switched_t *switched)
{
    gray_txn_t *txn;
    gray_error_t error;
    gray_record_t record;

    if (gray_verb_write(control, &txn, &error) != 0) {
        (void) gray_error_print(
            &error, switched->store, sizeof(switched->store));
        return;
    }

    memset(&record, 0, sizeof(record));
    record.verb = off ? "off" : "on";
    record.release = release != NULL ? release : "--all";
    record.before = json_pack("{s: b}", "off", was_off);
    record.after = json_pack("{s: b}", "off", off);

    if (gray_verb_commit(control, txn, &record, &error) == 0) {
        switched->audited = true;
    } else {
        (void) gray_error_print(
            &error, switched->store, sizeof(switched->store));
    }
}


/* In force, but only in the memory of this machine. */
static int
gray_switch_undurable(
    const gray_control_t *control, int code, gray_error_t *error)
{
    (void) gray_error_set(error, GRAY_ESYSTEM,
        "the switch is set, but %s/switches could not be written to the disk: "
        "%s",
        control->dir, strerror(code));

    return gray_error_hint(error,
        "it holds until the machine starts anew; run the command again when "
        "the disk is well");
}


int
gray_control_switch_begin(gray_control_t *control, const char *release,
    bool off, unsigned timeout_ms, gray_switching_t *switching,
    gray_error_t *error)
{
    gray_switched_t *switched = &switching->switched;

    memset(switching, 0, sizeof(*switching));
    switching->release = release;
    switching->timeout_ms = timeout_ms;
    switched->off = off;
    switched->counters = control->counters != NULL;

    if (control->switches == NULL) {
        return gray_file_error(control->dir, "switches", ENOENT, error);
    }
    if (gray_switch_known(control, release, switched, error) != 0) {
        return -1;
    }

    switching->was_off = gray_switch_state(control, release);
    if (gray_switches_set(control->switches, release, off, control->uid,
            &switched->generation)
        != 0)
    {
        if (errno == ENOSPC) {
            (void) gray_error_set(error, GRAY_EFULL,
                "all %d kill switches are in use", GRAY_SWITCHES_MAX);
            return gray_error_hint(error, "use --all");
        }
        if (switched->generation == 0) {
            return gray_file_error(control->dir, "switches", errno, error);
        }
        switching->undurable = errno;
    }
    switched->changed = switching->was_off != off;
    switching->start = gray_monotonic_ms();

    return 0;
}


/* First the workers, then the record: a full disk is slow to refuse. */
int
gray_control_switch_end(gray_control_t *control,
    const gray_switching_t *switching, gray_switched_t *switched,
    gray_error_t *error)
{
    int rc;

    *switched = switching->switched;
    rc = gray_switch_late(switching, error);

    if (switched->changed) {
        gray_switch_audit(control, switching->release, switching->was_off,
            switched->off, switched);
    }
    control->changed = switched->changed;

    return rc == 0 && switching->undurable != 0
               ? gray_switch_undurable(control, switching->undurable, error)
               : rc;
}


int
gray_control_switch(gray_control_t *control, const char *release, bool off,
    unsigned timeout_ms, gray_switch_progress_pt progress, void *data,
    gray_switched_t *switched, gray_error_t *error)
{
    gray_switching_t switching;

    if (gray_control_switch_begin(
            control, release, off, timeout_ms, &switching, error)
        != 0)
    {
        *switched = switching.switched;
        return -1;
    }

    gray_switch_wait(control, &switching, progress, data);

    return gray_control_switch_end(control, &switching, switched, error);
}
