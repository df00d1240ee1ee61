/*
 * Everything that `status` shows, in one value.
 */

#ifndef GRAY_CONTROL_STATUS_H
#define GRAY_CONTROL_STATUS_H

#include "control/digest.h"
#include "control/list.h"
#include "control/release.h"
#include "control/running.h"
#include "segment/counters.h"
#include "segment/responses.h"
#include "segment/switches.h"
#include "store/upkeep.h"

/* Something that is not as it should be, and what to do. */
typedef struct {
    unsigned n;
    gray_error_t *list;
} gray_remarks_t;

/* What a variant answered: a digest of gray_responses_t. Times are those of
 * requests, in microseconds. */
typedef struct {
    char release[64];
    char variant[64];
    uint64_t requests;
    uint64_t errors; /* GRAY_RESPONSE_ERRORS                           */
    uint64_t classes[GRAY_CLASS_MAX];
    uint64_t counts[GRAY_RESPONSE_MAX];
    uint64_t p50_us;
    uint64_t p95_us;
    uint64_t p99_us;
} gray_answers_t;

typedef struct {
    char dir[256];
    bool has_store;
    gray_error_t store_error; /* when there is none                     */
    gray_store_info_t info;
    char digest[GRAY_DIGEST_TEXT_MAX];
    gray_release_lines_t releases;
    gray_list_lines_t lists;

    bool has_switches;
    unsigned nswitches; /* [0] is the global one; then those with a slot */
    gray_switch_t *switches;

    bool has_counters;
    unsigned nrelease_counts;
    gray_release_counts_t *release_counts;
    unsigned nanswers; /* of the variants that have counters for them  */
    gray_answers_t *answers;
    uint64_t responses_lost;
    unsigned rules_uncounted;
    unsigned nlive_counts;
    gray_live_counts_t *live_counts;

    gray_running_t running;

    /* A document's default that is not nginx.conf's, a release or list that
     * only one of the two knows, a worker that lags or cannot read. */
    gray_remarks_t remarks;
} gray_status_t;

/* The store's figures alone. */
int gray_control_info(
    gray_control_t *control, gray_store_info_t *info, gray_error_t *error);

/* Works with gray_control_open_partly. The caller frees *status. */
int gray_control_status(
    gray_control_t *control, gray_status_t *status, gray_error_t *error);
void gray_status_free(gray_status_t *status);

#endif
