#include <string.h>
#include "evaluate.h"


static gray_truth_t
truth_not(gray_truth_t truth)
{
    static const gray_truth_t inverse[] = {
        [GRAY_FALSE] = GRAY_TRUE,
        [GRAY_TRUE] = GRAY_FALSE,
        [GRAY_UNKNOWN] = GRAY_UNKNOWN,
    };

    return inverse[truth];
}


static bool
is_collected(const gray_evaluation_t *e, unsigned list, unsigned attribute)
{
    const gray_pending_t *tests = e->tests;
    unsigned i;

    for (i = 0; i < e->doubts.ntests; i++) {
        if (tests[i].list == list && tests[i].attribute == attribute) {
            return true;
        }
    }

    return false;
}


/* The compiler bounds the live tests of a release; a host that answers
 * pending for more gets them as unknown. */
static void
collect(gray_evaluation_t *e, const gray_form_node_t *node)
{
    if (!is_collected(e, node->list, node->attribute)) {
        if (e->doubts.ntests == GRAY_LIVE_TESTS_MAX) {
            return;
        }

        e->tests[e->doubts.ntests++] = (gray_pending_t){
            .list = (uint16_t) node->list,
            .attribute = node->attribute,
        };
    }

    e->doubts.npending++;
}


/* The first doubt is the one that is named. */
static gray_truth_t
doubt(gray_evaluation_t *e, gray_cause_t cause, int list)
{
    if (e->doubts.cause == GRAY_CAUSE_NONE) {
        e->doubts.cause = cause;
        e->doubts.cause_list = list;
    }

    return GRAY_UNKNOWN;
}


static gray_truth_t
doubt_answer(
    gray_evaluation_t *e, const gray_form_node_t *node, gray_answer_t answer)
{
    static const gray_cause_t causes[] = {
        [GRAY_PENDING] = GRAY_CAUSE_LIVE,
        [GRAY_UNKNOWN_STORE] = GRAY_CAUSE_STORE,
        [GRAY_UNKNOWN_LIVE] = GRAY_CAUSE_LIVE,
        [GRAY_UNKNOWN_EARLY] = GRAY_CAUSE_EARLY,
        [GRAY_UNKNOWN_LIST] = GRAY_CAUSE_LIST,
    };

    if (answer == GRAY_PENDING) {
        collect(e, node);
    }

    return doubt(e, causes[answer],
        answer == GRAY_UNKNOWN_STORE ? -1 : (int) node->list);
}


static gray_truth_t
truth_of(bool holds)
{
    return holds ? GRAY_TRUE : GRAY_FALSE;
}


/* What a test saw, for the step that tells of it. */
typedef struct {
    bool present;
    gray_str_t value;
    gray_answer_t answer;
    gray_cause_t cause;
    const gray_form_node_t *literal; /* NULL: none                      */
} seen_t;

typedef gray_truth_t (*test_pt)(
    gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen);


static gray_truth_t
test_true(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    (void) e;
    (void) node;
    (void) seen;
    return GRAY_TRUE;
}


static gray_truth_t
test_has(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    (void) e;
    (void) node;
    return truth_of(seen->present);
}


static gray_truth_t
test_list(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    if (!seen->present) {
        return GRAY_FALSE;
    }

    seen->answer = e->host->member(
        e->host->data, node->list, node->attribute, seen->value);

    if (seen->answer > GRAY_YES) {
        return doubt_answer(e, node, seen->answer);
    }

    return truth_of((seen->answer == GRAY_YES) == (node->op == GRAY_OP_IN));
}


static gray_truth_t
test_value(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    seen->literal = node;

    return truth_of(
        seen->present && gray_evaluate_value(e->release, node, seen->value));
}


static gray_truth_t
test_set(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    const gray_form_node_t *value = node + 1;
    const gray_form_node_t *end = e->release->nodes + node->end;

    if (!seen->present) {
        return GRAY_FALSE;
    }

    while (value < end && !gray_evaluate_value(e->release, value, seen->value))
    {
        value++;
    }

    if (value < end) {
        seen->literal = value;
    }

    return truth_of((value < end) == (node->op == GRAY_OP_IN_SET));
}


static gray_truth_t
test_matches(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    gray_regex_answer_t answer;

    seen->literal = node;

    if (!seen->present) {
        return GRAY_FALSE;
    }

    answer = gray_regex_match(
        e->release->regexes, node->data, seen->value, &e->regex_steps);

    if (answer == GRAY_REGEX_UNKNOWN) {
        e->nregex++;
        seen->cause = GRAY_CAUSE_REGEX;
        return doubt(e, GRAY_CAUSE_REGEX, -1);
    }

    return truth_of(answer == GRAY_REGEX_YES);
}


static gray_truth_t
test_now(gray_evaluation_t *e, const gray_form_node_t *node, seen_t *seen)
{
    int64_t time;

    memcpy(&time, e->release->strings + node->data, sizeof(time));
    seen->literal = node;

    return truth_of((e->host->now < time) == (node->op == GRAY_OP_NOW_BEFORE));
}


/* What evaluates a test, and whether an attribute is read for it. */
static const struct {
    test_pt test;
    bool attribute;
} tests[] = {
    [GRAY_OP_TRUE] = { test_true, false },
    [GRAY_OP_HAS] = { test_has, true },
    [GRAY_OP_IN] = { test_list, true },
    [GRAY_OP_NOT_IN] = { test_list, true },
    [GRAY_OP_EQ] = { test_value, true },
    [GRAY_OP_NE] = { test_value, true },
    [GRAY_OP_LT] = { test_value, true },
    [GRAY_OP_LE] = { test_value, true },
    [GRAY_OP_GT] = { test_value, true },
    [GRAY_OP_GE] = { test_value, true },
    [GRAY_OP_IN_SET] = { test_set, true },
    [GRAY_OP_NOT_IN_SET] = { test_set, true },
    [GRAY_OP_STARTS] = { test_value, true },
    [GRAY_OP_ENDS] = { test_value, true },
    [GRAY_OP_CONTAINS] = { test_value, true },
    [GRAY_OP_MATCHES] = { test_matches, true },
    [GRAY_OP_NOW_BEFORE] = { test_now, false },
    [GRAY_OP_NOW_FROM] = { test_now, false },
};


static void
tell(const gray_evaluation_t *e, uint32_t i, const seen_t *seen,
    gray_truth_t truth)
{
    const gray_form_node_t *node = &e->release->nodes[i];
    gray_step_t step = {
        .kind = GRAY_STEP_TEST,
        .rule = e->rule,
        .truth = truth,
        .op = (gray_op_t) node->op,
        .attribute = tests[node->op].attribute ? node->attribute : -1,
        .present = seen->present,
        .value = seen->value,
        .list = tests[node->op].test == test_list ? (int) node->list : -1,
        .answer = seen->answer,
        .cause = seen->cause,
        .now = e->host->now,
        .bucket = -1,
        .variant = -1,
        .node = i,
    };

    if (seen->literal != NULL) {
        step.literal_kind = (gray_value_kind_t) seen->literal->kind;
        step.literal = gray_release_str(e->release, seen->literal->text);
    }

    e->host->step(e->host->data, &step);
}


static gray_truth_t
evaluate_test(gray_evaluation_t *e, uint32_t i)
{
    const gray_form_node_t *node = &e->release->nodes[i];
    seen_t seen = { .value = gray_str("") };
    gray_truth_t truth;

    if (tests[node->op].attribute) {
        seen.present = gray_evaluate_attribute(e, node->attribute, &seen.value);
    }

    if (!seen.present) {
        seen.value = gray_str("");
    }

    truth = tests[node->op].test(e, node, &seen);

    if (e->host->step != NULL) {
        tell(e, i, &seen, truth);
    }

    return truth;
}


/*
 * One operand with the value `decisive` decides, whatever the others are:
 * false an `and`, true an `or`. Then the doubts of the others do not matter.
 */
static gray_truth_t
evaluate_chain(gray_evaluation_t *e, uint32_t i, gray_truth_t decisive)
{
    const gray_form_node_t *nodes = e->release->nodes;
    gray_truth_t result = truth_not(decisive);
    gray_doubts_t before = e->doubts;
    uint32_t operand;

    for (operand = i + 1; operand < nodes[i].end; operand = nodes[operand].end)
    {
        gray_truth_t truth = gray_evaluate(e, operand);

        if (truth == decisive) {
            e->doubts = before;
            return decisive;
        }

        if (truth == GRAY_UNKNOWN) {
            result = GRAY_UNKNOWN;
        }
    }

    return result;
}


gray_truth_t
gray_evaluate(gray_evaluation_t *e, uint32_t i)
{
    switch (e->release->nodes[i].op) {
    case GRAY_OP_AND:
        return evaluate_chain(e, i, GRAY_FALSE);
    case GRAY_OP_OR:
        return evaluate_chain(e, i, GRAY_TRUE);
    case GRAY_OP_NOT:
        return truth_not(gray_evaluate(e, i + 1));
    default:
        return evaluate_test(e, i);
    }
}
