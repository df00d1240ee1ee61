/*
 * Everything at once; what cannot be read is left out and said.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "control/status.h"
#include "internal.h"
#include "segment/hits.h"
#include "status_remarks.h"


static int
gray_status_store(
    gray_control_t *control, gray_status_t *status, gray_error_t *error)
{
    int rc;

    if (control->store == NULL) {
        status->store_error = control->store_error;
        return 0;
    }

    rc = gray_store_info(control->store, &status->info);
    if (rc != GRAY_STORE_OK) {
        (void) gray_verb_store_error(control->dir, rc, &status->store_error);
        return 0;
    }

    /* A damaged release is a line of status, not the end of it. */
    if (gray_control_digest(control, status->digest, &status->store_error) != 0
        || gray_control_release_ls(
               control, &status->releases, &status->store_error)
               != 0
        || gray_control_list_ls(control, &status->lists, &status->store_error)
               != 0)
    {
        return 0;
    }
    status->has_store = true;
    (void) error;

    return 0;
}


static int
gray_status_switches(gray_control_t *control, gray_status_t *status)
{
    unsigned i;
    gray_switch_t slot, *grown;

    status->has_switches = control->switches != NULL;

    for (i = 0; control->switches != NULL
                && gray_switches_get(control->switches, i, &slot);
         i++)
    {
        if (i > 0 && slot.release[0] == '\0') {
            continue;
        }
        grown = realloc(
            status->switches, (status->nswitches + 1) * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        status->switches = grown;
        grown[status->nswitches++] = slot;
    }

    return 0;
}


static int
gray_status_release_counts(gray_control_t *control, gray_status_t *status)
{
    unsigned i;
    gray_release_counts_t counts, *grown;

    for (i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (!gray_counters_release_get(control->counters, i, &counts)) {
            continue;
        }
        grown = realloc(status->release_counts,
            (status->nrelease_counts + 1) * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        status->release_counts = grown;
        grown[status->nrelease_counts++] = counts;
    }

    return 0;
}


static int
gray_status_live_counts(gray_control_t *control, gray_status_t *status)
{
    unsigned i;
    gray_live_counts_t counts, *grown;

    for (i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        if (!gray_counters_live_get(control->counters, i, &counts)) {
            continue;
        }
        grown = realloc(
            status->live_counts, (status->nlive_counts + 1) * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        status->live_counts = grown;
        grown[status->nlive_counts++] = counts;
    }

    return 0;
}


/* The answers of the variants of slot i. */
static int
gray_status_variants(gray_control_t *control, gray_status_t *status, unsigned i,
    const gray_release_counts_t *counts, gray_responses_t *responses)
{
    unsigned v;
    gray_answers_t *grown, *one;

    for (v = 0; v < counts->nvariants; v++) {
        if (!gray_counters_responses_get(control->counters, i, v, responses)) {
            continue;
        }
        grown
            = realloc(status->answers, (status->nanswers + 1) * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        status->answers = grown;

        one = &grown[status->nanswers++];
        memcpy(one->release, counts->name, sizeof(one->release));
        memcpy(one->variant, counts->variants[v], sizeof(one->variant));
        memcpy(one->classes, responses->classes, sizeof(one->classes));
        memcpy(one->counts, responses->counts, sizeof(one->counts));
        one->requests = responses->n;
        one->errors = responses->counts[GRAY_RESPONSE_ERRORS];
        one->p50_us = gray_latency_quantile(responses->request, 0.5);
        one->p95_us = gray_latency_quantile(responses->request, 0.95);
        one->p99_us = gray_latency_quantile(responses->request, 0.99);
    }

    return 0;
}


static int
gray_status_answers(gray_control_t *control, gray_status_t *status)
{
    int rc;
    unsigned i;
    gray_responses_t responses;
    gray_release_counts_t counts;

    rc = 0;
    for (i = 0; rc == 0 && i < GRAY_COUNTERS_RELEASES; i++) {
        if (gray_counters_release_get(control->counters, i, &counts)) {
            rc = gray_status_variants(control, status, i, &counts, &responses);
        }
    }
    status->responses_lost = gray_counters_responses_lost(control->counters);
    status->rules_uncounted = gray_counters_hits_lost(control->counters);

    return rc;
}


int
gray_control_status(
    gray_control_t *control, gray_status_t *status, gray_error_t *error)
{
    memset(status, 0, sizeof(*status));
    (void) snprintf(status->dir, sizeof(status->dir), "%s", control->dir);
    status->has_counters = control->counters != NULL;

    if (gray_status_store(control, status, error) != 0
        || gray_status_switches(control, status) != 0
        || gray_status_release_counts(control, status) != 0
        || gray_status_answers(control, status) != 0
        || gray_status_live_counts(control, status) != 0
        || gray_control_running(control, &status->running, error) != 0
        || gray_status_remark(control, status) != 0)
    {
        gray_status_free(status);
        return gray_no_memory(error);
    }

    return 0;
}


void
gray_status_free(gray_status_t *status)
{
    gray_release_lines_free(&status->releases);
    gray_list_lines_free(&status->lists);
    gray_running_free(&status->running);
    free(status->switches);
    free(status->release_counts);
    free(status->answers);
    free(status->live_counts);
    free(status->remarks.list);
    memset(status, 0, sizeof(*status));
}


int
gray_control_info(
    gray_control_t *control, gray_store_info_t *info, gray_error_t *error)
{
    int rc;

    if (control->store == NULL) {
        *error = control->store_error;
        return -1;
    }

    rc = gray_store_info(control->store, info);

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}
