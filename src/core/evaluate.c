#include <string.h>
#include "evaluate.h"
#include "number.h"


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


static gray_truth_t
doubt(gray_evaluation_t *e, const gray_form_node_t *node, gray_answer_t answer)
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

    /* The first doubt is the one that is named. */
    if (e->doubts.cause == GRAY_CAUSE_NONE) {
        e->doubts.cause = causes[answer];
        e->doubts.cause_list
            = answer == GRAY_UNKNOWN_STORE ? -1 : (int) node->list;
    }

    return GRAY_UNKNOWN;
}


static void
tell_test(gray_evaluation_t *e, const gray_form_node_t *node, bool present,
    gray_str_t value, gray_answer_t answer, gray_truth_t truth)
{
    bool in = node->op == GRAY_OP_IN || node->op == GRAY_OP_NOT_IN;
    bool compares = node->op == GRAY_OP_EQ || node->op == GRAY_OP_NE;

    if (e->host->step == NULL) {
        return;
    }

    e->host->step(e->host->data,
        &(gray_step_t){
            .kind = GRAY_STEP_TEST,
            .rule = e->rule,
            .truth = truth,
            .op = (gray_op_t) node->op,
            .attribute = node->op == GRAY_OP_TRUE ? -1 : node->attribute,
            .present = present,
            .value = value,
            .list = in ? (int) node->list : -1,
            .answer = answer,
            .literal_kind
            = compares ? (gray_value_kind_t) node->kind : GRAY_VALUE_NONE,
            .literal = compares ? gray_release_str(e->release, node->text)
                                : gray_str(""),
            .bucket = -1,
            .variant = -1,
        });
}


static gray_truth_t
test_true(gray_evaluation_t *e, const gray_form_node_t *node)
{
    tell_test(e, node, false, gray_str(""), GRAY_NO, GRAY_TRUE);

    return GRAY_TRUE;
}


static gray_truth_t
test_has(gray_evaluation_t *e, const gray_form_node_t *node)
{
    gray_str_t value = gray_str("");
    bool present = gray_evaluate_attribute(e, node->attribute, &value);
    gray_truth_t truth = present ? GRAY_TRUE : GRAY_FALSE;

    tell_test(e, node, present, value, GRAY_NO, truth);

    return truth;
}


static gray_truth_t
test_in(gray_evaluation_t *e, const gray_form_node_t *node)
{
    gray_str_t value = gray_str("");
    gray_answer_t answer = GRAY_NO;
    gray_truth_t truth = GRAY_FALSE;
    bool present = gray_evaluate_attribute(e, node->attribute, &value);

    if (present) {
        answer = e->host->member(
            e->host->data, node->list, node->attribute, value);

        if (answer > GRAY_YES) {
            truth = doubt(e, node, answer);
        } else if ((answer == GRAY_YES) == (node->op == GRAY_OP_IN)) {
            truth = GRAY_TRUE;
        }
    }

    tell_test(e, node, present, value, answer, truth);

    return truth;
}


/* --- values: what does not read as the literal's kind makes the test false,
 * so these answer unknown for it and compare() turns that into false. */

static gray_truth_t
equals_text(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    return value.len == node->text.len
                   && memcmp(value.data, release->strings + node->text.offset,
                          value.len)
                          == 0
               ? GRAY_TRUE
               : GRAY_FALSE;
}


static gray_truth_t
equals_number(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    if (!gray_number_valid(value)) {
        return GRAY_UNKNOWN;
    }

    return gray_number_compare(value, gray_release_str(release, node->text))
                   == 0
               ? GRAY_TRUE
               : GRAY_FALSE;
}


static gray_truth_t
lies_in(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    const void *block = release->strings + node->address;
    gray_address_t address;

    if (!gray_address_parse(value, &address)) {
        return GRAY_UNKNOWN;
    }

    return gray_block_contains(block, &address) ? GRAY_TRUE : GRAY_FALSE;
}


static gray_truth_t
compare(const gray_release_t *release, const gray_form_node_t *node,
    gray_str_t value)
{
    static gray_truth_t (*const equals[])(const gray_release_t *release,
        const gray_form_node_t *node, gray_str_t value)
        = {
              [GRAY_VALUE_TEXT] = equals_text,
              [GRAY_VALUE_NUMBER] = equals_number,
              [GRAY_VALUE_ADDRESS] = lies_in,
          };
    gray_truth_t truth = equals[node->kind](release, node, value);

    if (truth == GRAY_UNKNOWN) {
        return GRAY_FALSE;
    }

    return node->op == GRAY_OP_NE ? truth_not(truth) : truth;
}


static gray_truth_t
test_compare(gray_evaluation_t *e, const gray_form_node_t *node)
{
    gray_str_t value = gray_str("");
    bool present = gray_evaluate_attribute(e, node->attribute, &value);
    gray_truth_t truth
        = present ? compare(e->release, node, value) : GRAY_FALSE;

    tell_test(e, node, present, value, GRAY_NO, truth);

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
    const gray_form_node_t *node = &e->release->nodes[i];

    switch ((gray_op_t) node->op) {
    case GRAY_OP_AND:
        return evaluate_chain(e, i, GRAY_FALSE);
    case GRAY_OP_OR:
        return evaluate_chain(e, i, GRAY_TRUE);
    case GRAY_OP_NOT:
        return truth_not(gray_evaluate(e, i + 1));
    case GRAY_OP_TRUE:
        return test_true(e, node);
    case GRAY_OP_HAS:
        return test_has(e, node);
    case GRAY_OP_IN:
    case GRAY_OP_NOT_IN:
        return test_in(e, node);
    case GRAY_OP_EQ:
    case GRAY_OP_NE:
        return test_compare(e, node);
    }

    return GRAY_FALSE;
}
