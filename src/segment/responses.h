/*
 * What became of the requests that were decided: per release and variant, in
 * the same file as the decisions (counters.h).
 *
 * Workers write when a request is logged, with relaxed atomics, striped by
 * worker; readers sum the stripes. Counts only grow, over reloads and crashes
 * of workers. A pair of release and variant takes one of GRAY_RESPONSES slots
 * in gray_counters_variant; when none is left, one of a release that no running
 * instance names. When there is none of these either, the variant's decisions
 * are counted and its responses are not (gray_counters_responses_get then
 * gives false, and `lost` counts them).
 *
 * Beside the sums since ever, each pair has the last GRAY_REVISIONS of its
 * release's revisions apart: a response is counted for the revision that decided its
 * request, however long it took. That tells what a change did from what was
 * under way when it came.
 */

#ifndef GRAY_SEGMENT_RESPONSES_H
#define GRAY_SEGMENT_RESPONSES_H

#include "counters.h"
#include "latency.h"

#define GRAY_RESPONSES 128 /* pairs of release and variant             */
#define GRAY_RESPONSES_STRIPES 8
#define GRAY_REVISIONS 4 /* of a pair, apart                         */

/* Classes of status codes. */
typedef enum {
    GRAY_CLASS_OTHER = 0, /* none was sent                            */
    GRAY_CLASS_1XX,
    GRAY_CLASS_2XX,
    GRAY_CLASS_3XX,
    GRAY_CLASS_4XX, /* without 499                              */
    GRAY_CLASS_5XX,
    GRAY_CLASS_499, /* the client went away                     */
    GRAY_CLASS_MAX = 8
} gray_class_t;

gray_class_t gray_class(unsigned status);

/* "2xx", "499", "none"; NULL for a class that has no meaning yet. */
const char *gray_class_name(gray_class_t what);

/* Single counts beside the classes. */
typedef enum {
    GRAY_RESPONSE_SENT = 0,        /* bytes to the client                 */
    GRAY_RESPONSE_RECEIVED,        /* bytes from it                       */
    GRAY_RESPONSE_CONNECT_ERRORS,  /* servers of the upstream that could not
                                     be connected to                      */
    GRAY_RESPONSE_UPSTREAM_ERRORS, /* tries that failed or gave 5xx, also when
                                      another server or error_page answered
                                      in their place                      */
    GRAY_RESPONSE_HIDDEN,          /* requests with such an error whose client
                                      got something below 500             */
    GRAY_RESPONSE_ERRORS,          /* requests that the variant failed, once
                                      each: it answered 5xx, or a try of it
                                      failed. This by all requests is its error
                                      rate                                */
    GRAY_RESPONSE_MAX = 8
} gray_count_response_t;

/* "sent", "connect_errors", …; NULL for one that has no meaning yet. */
const char *gray_count_response_name(gray_count_response_t what);

/* A response, as its worker counts it. */
typedef struct {
    unsigned status; /* that the variant answered; 0: it did not         */
    uint64_t counts[GRAY_RESPONSE_MAX]; /* of errors only with ERRORS     */
    uint64_t request_us;
    bool has_upstream;
    uint64_t upstream_us; /* of all tries together                    */
} gray_response_t;

/* `release` and `variant` are slots of counters.h, `revision` the release's own
 * that decided (0: none did). Without a slot the response is lost. */
void gray_counters_response(gray_counters_t *counters, unsigned stripe,
    int release, int variant, uint64_t revision,
    const gray_response_t *response);

typedef struct {
    uint64_t n; /* requests; `get` makes it of the classes             */
    uint64_t classes[GRAY_CLASS_MAX];
    uint64_t counts[GRAY_RESPONSE_MAX];
    uint64_t request_us; /* sums                                       */
    uint64_t upstream_us;
    uint64_t upstream_n; /* made by `get` too                          */
    uint64_t request[GRAY_LATENCY_BUCKETS];
    uint64_t upstream[GRAY_LATENCY_BUCKETS];
} gray_responses_t;

/* Sums a variant's; false when the slot is free, or has no room for
 * responses. 5 KB are written and 45 KB read. */
bool gray_counters_responses_get(const gray_counters_t *counters,
    unsigned release, unsigned variant, gray_responses_t *out);

/* One of the single counts alone. */
bool gray_counters_response_count(const gray_counters_t *counters,
    unsigned release, unsigned variant, gray_count_response_t what,
    uint64_t *n);

/* Whether a variant's responses can be counted. */
bool gray_counters_responses_has(
    const gray_counters_t *counters, int release, int variant);

/* Responses that found no slot. */
uint64_t gray_counters_responses_lost(const gray_counters_t *counters);

/* One revision of a release, for one variant. Latencies in coarse buckets, two
 * a power of two: gray_revision_end gives their bounds. */
#define GRAY_REVISION_BUCKETS 44

typedef struct {
    uint64_t revision;
    uint64_t n;      /* made by `get`                                   */
    uint64_t errors; /* GRAY_RESPONSE_ERRORS                            */
    uint64_t gone;   /* 499                                            */
    uint64_t request_us;
    uint64_t request[GRAY_REVISION_BUCKETS];
} gray_revision_counts_t;

unsigned gray_revision_bucket(uint64_t us);
uint64_t gray_revision_end(unsigned bucket);

/* The revisions that are there, the newest first; returns how many. */
unsigned gray_counters_revisions_get(const gray_counters_t *counters,
    unsigned release, unsigned variant,
    gray_revision_counts_t out[GRAY_REVISIONS]);

#endif
