/*
 * Explaining a decision: the same function that nginx calls, with its steps.
 */

#ifndef GRAY_CONTROL_EXPLAIN_H
#define GRAY_CONTROL_EXPLAIN_H

#include "control/control.h"
#include "core/condition.h"
#include "core/trace.h"

/* An attribute of the request: an empty value is an absent one. */
typedef struct {
    const char *name;
    gray_str_t value;
} gray_explain_attribute_t;

/* What a live list would answer: GRAY_YES, GRAY_NO or GRAY_UNKNOWN_LIVE. */
typedef struct {
    const char *list;
    gray_answer_t answer;
} gray_explain_live_t;

typedef struct {
    const char *release;
    const gray_explain_attribute_t *attributes;
    unsigned nattributes;
    const gray_explain_live_t *lives; /* not given: unknown            */
    unsigned nlives;
    uint64_t now; /* seconds since the epoch; 0: the clock's           */
} gray_explain_t;

/* A step; texts belong to the explanation. */
typedef struct {
    gray_step_kind_t kind;
    char rule[64];      /* "" for the release's own split              */
    gray_truth_t truth; /* TEST, RULE                                  */
    char *test;         /* TEST: "device_id in @testers"; RULE: the whole
                           condition; SPLIT: "gray 5% by device_id"    */
    char *why;          /* "phone-42 is a member", "device_id is absent",
                           "gives gray", "bucket 31415 of device_id …" */
} gray_explain_step_t;

/* Buckets from first to end - 1, and whose they are; variant "": nobody's, so
 * the default's. */
typedef struct {
    uint32_t first;
    uint32_t end;
    char variant[64];
} gray_explain_range_t;

typedef struct {
    char release[64];
    char variant[64];
    char reason[96];    /* as $gray_reason                             */
    char rule[64];      /* that decided, or ""                         */
    char attribute[64]; /* hashed, or ""                               */
    int bucket;         /* -1: none                                    */
    gray_explain_range_t range; /* that it lies in, when there is one  */
    uint64_t now;      /* the time that it was decided for               */
    uint64_t revision; /* the store's                                 */
    bool off;          /* the kill switch decided                     */
    bool all_off;      /* it was the global one                       */
    unsigned nsteps;
    gray_explain_step_t *steps;
    unsigned nmissing; /* attributes that it uses and were not given   */
    char **missing;
    unsigned nunused; /* given, but the release uses no such attribute */
    char **unused;
    unsigned nunasked; /* live lists whose answer was not given        */
    char **unasked;
} gray_explanation_t;

/* The caller frees *explanation with gray_explanation_free. With the kill
 * switch off, the steps are those of the decision that it prevents. */
int gray_control_explain(gray_control_t *control,
    const gray_explain_t *question, gray_explanation_t *explanation,
    gray_error_t *error);
void gray_explanation_free(gray_explanation_t *explanation);

/* "false", "true", "unknown". */
const char *gray_truth_name(gray_truth_t truth);

#endif
