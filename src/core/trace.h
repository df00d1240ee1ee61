/*
 * The steps of a decision, told to gray_host_t.step while it runs. Tests come
 * before the rule they belong to. What logic made needless (the rest of an
 * `and` after a false one, the rules after the one that decided) is not
 * evaluated and has no step.
 *
 * A step and what it points to live as long as the call.
 */

#ifndef GRAY_CORE_TRACE_H
#define GRAY_CORE_TRACE_H

#include "condition.h"
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
    int rule;                       /* TEST, RULE, SPLIT; -1: the release's
                             own split                           */
    gray_truth_t truth;             /* TEST, RULE                          */
    gray_op_t op;                   /* TEST                                */
    int attribute;                  /* TEST, SPLIT; -1: none               */
    bool present;                   /* whether the attribute had a value   */
    gray_str_t value;               /* the attribute's value               */
    int list;                       /* TEST: in, not in; else -1           */
    gray_answer_t answer;           /* TEST: the list's answer             */
    gray_value_kind_t literal_kind; /* TEST: of the literal; NONE: none    */
    gray_str_t literal;             /* TEST: the value compared with; of a set
                           the one that is equal, if any       */
    gray_cause_t cause;             /* TEST, when unknown: why             */
    int64_t now;                    /* TEST: now <, now >=                 */
    uint32_t node;                  /* TEST: for gray_step_print           */
    int bucket;                     /* SPLIT; -1: no attribute present     */
    int variant;                    /* SPLIT, RULE; -1: the rule's split   */
};

/*
 * Writes a TEST as the canonical condition has it: "city in ['BJ', 'SH']".
 * As snprintf: at most size - 1 bytes and a NUL, returns the whole length.
 */
size_t gray_step_print(const gray_release_t *release, const gray_step_t *step,
    char *buffer, size_t size);

#endif
