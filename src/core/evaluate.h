/*
 * A condition's value for one request, in Kleene's three-valued logic. For
 * decide.c alone.
 */

#ifndef GRAY_CORE_EVALUATE_H
#define GRAY_CORE_EVALUATE_H

#include "release_private.h"
#include "trace.h"

/* What the undecided tests of an expression leave behind. */
typedef struct {
    unsigned ntests;    /* of tests[]                                   */
    unsigned npending;  /* met, those already in tests[] included       */
    gray_cause_t cause; /* of the first unknown test                    */
    int cause_list;     /* -1: none                                     */
} gray_doubts_t;

typedef struct {
    const gray_release_t *release;
    const gray_host_t *host;
    gray_pending_t *tests; /* GRAY_LIVE_TESTS_MAX, distinct             */
    int rule;              /* for the steps                             */
    long regex_steps;      /* left for the regexes of this decision     */
    unsigned nregex;       /* regexes past a limit                      */
    gray_doubts_t doubts;
} gray_evaluation_t;

/*
 * Evaluates the tree whose root is node `i`. What it leaves in e->doubts are
 * the doubts that still matter: those of an operand that another operand made
 * needless are dropped.
 */
gray_truth_t gray_evaluate(gray_evaluation_t *e, uint32_t i);

/*
 * Whether a value is what a test or a set's value asks (=, !=, <, …, starts,
 * ends, contains). A value that cannot be read as the literal's kind is not.
 */
bool gray_evaluate_value(const gray_release_t *release,
    const gray_form_node_t *node, gray_str_t value);

/* The host's value of an attribute; an empty one is absent. */
static inline bool
gray_evaluate_attribute(
    const gray_evaluation_t *e, unsigned i, gray_str_t *value)
{
    return e->host->attribute(e->host->data, i, value) && value->len > 0;
}

#endif
