/*
 * The steps of a decision, told to gray_host_t.step while it runs.
 */

#ifndef GRAY_CORE_TRACE_H
#define GRAY_CORE_TRACE_H

#include "decide.h"

typedef enum {
    GRAY_FALSE = 0,
    GRAY_TRUE,
    GRAY_UNKNOWN
} gray_truth_t;

typedef enum {
    GRAY_STEP_TEST, /* a test (in, =, has, …) came out             */
    GRAY_STEP_RULE, /* a rule came out                             */
    GRAY_STEP_SPLIT /* a split was entered                         */
} gray_step_kind_t;

struct gray_step_s {
    gray_step_kind_t kind;
    unsigned rule;        /* TEST, RULE                          */
    gray_truth_t truth;   /* TEST, RULE                          */
    gray_op_t op;         /* TEST                                */
    int attribute;        /* TEST, SPLIT; -1: none               */
    bool present;         /* whether the attribute had a value   */
    gray_str_t value;     /* the attribute's value               */
    int list;             /* TEST: in, not in; else -1           */
    gray_answer_t answer; /* TEST: the list's answer             */
    gray_str_t literal;   /* TEST: the value compared with       */
    int bucket;           /* SPLIT; -1: no attribute present     */
    unsigned variant;     /* SPLIT, RULE                         */
};

#endif
