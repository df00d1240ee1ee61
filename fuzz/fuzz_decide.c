/*
 * Any condition and any values: what it compiles to decides as its tree says,
 * read here a second time, and the same with its steps told. The input is
 * a byte that chooses the lists' answers, the condition, and the values of its
 * attributes in the order in which they stand there, each after a NUL.
 */

#include <stdlib.h>
#include <string.h>
#include "core/condition.h"
#include "core/decide.h"
#include "core/number.h"
#include "core/rfc3339.h"
#include "core/semver.h"
#include "core/trace.h"

#define NOW 1800000000
#define DECIDE_VALUES_MAX 16

typedef struct {
    const gray_release_t *release;
    unsigned seed;
    unsigned nvalues;
    gray_str_t values[DECIDE_VALUES_MAX];
    bool regex; /* the tree has `matches`, which is not read twice       */
} facts_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static gray_list_kind_t
decide_kind_of(void *data, gray_str_t name)
{
    (void) data;
    return (gray_list_kind_t) (1 + (unsigned char) name.data[0] % 3);
}


static gray_answer_t
decide_answer(const facts_t *facts, gray_str_t list)
{
    unsigned n = facts->seed * 31 + (unsigned) list.len;

    return (gray_answer_t) ((n + (unsigned char) list.data[0])
                            % (GRAY_UNKNOWN_LIST + 1));
}


static bool
decide_attribute(void *data, unsigned i, gray_str_t *value)
{
    const facts_t *facts = data;

    if (i >= facts->nvalues) {
        return false;
    }
    *value = facts->values[i];
    return true;
}


static gray_answer_t
decide_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    const facts_t *facts = data;

    (void) attribute;
    if (value.len == 0) {
        abort();
    }
    return decide_answer(facts, gray_release_list(facts->release, list));
}


static void
decide_step(void *data, const gray_step_t *step)
{
    const facts_t *facts = data;
    char text[64];

    if (step->kind == GRAY_STEP_TEST
        && gray_step_print(facts->release, step, text, sizeof(text)) == 0)
    {
        abort();
    }
}


/* --- the tree, read a second time ----------------------------------------- */

static int
decide_sign(int64_t n)
{
    return (n > 0) - (n < 0);
}


static int
decide_text_order(gray_str_t a, gray_str_t b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, n);

    return order != 0 ? decide_sign(order)
                      : decide_sign((int64_t) a.len - (int64_t) b.len);
}


/* How the value stands to the literal; false: it is not of that kind. */
static bool
decide_order(const gray_node_t *node, gray_str_t value, int *order)
{
    gray_address_t address;
    int64_t time, literal;

    switch (node->kind) {
    case GRAY_VALUE_NUMBER:
        *order = gray_number_valid(value)
                     ? decide_sign(gray_number_compare(value, node->text))
                     : 2;
        break;

    case GRAY_VALUE_VERSION:
        *order = gray_semver_valid(value)
                     ? decide_sign(gray_semver_compare(value, node->text))
                     : 2;
        break;

    case GRAY_VALUE_TIME:
        *order = gray_rfc3339_parse(value, &time)
                         && gray_rfc3339_parse(node->text, &literal)
                     ? decide_sign(time - literal)
                     : 2;
        break;

    case GRAY_VALUE_ADDRESS:
        *order = 2;
        if (gray_address_parse(value, &address)
            && gray_address_is_ipv4(&address)
                   == gray_address_is_ipv4(&node->address))
        {
            *order
                = decide_sign(memcmp(address.bytes, node->address.bytes, 16));
        }
        break;

    default:
        *order = decide_text_order(value, node->text);
        break;
    }

    return *order != 2;
}


static bool
decide_equal(const gray_node_t *node, gray_str_t value, bool *readable)
{
    gray_address_t address;
    int order;

    if (node->kind == GRAY_VALUE_ADDRESS) {
        *readable = gray_address_parse(value, &address);
        return *readable && gray_block_contains(&node->address, &address);
    }

    *readable = decide_order(node, value, &order);
    return *readable && order == 0;
}


static bool
decide_in_set(const gray_node_t *node, gray_str_t value)
{
    const gray_node_t *one;
    bool readable;

    for (one = node->child; one != NULL; one = one->next) {
        if (decide_equal(one, value, &readable)) {
            return true;
        }
    }

    return false;
}


/* At every place of the value, without the compiled form's shortcuts. */
static bool
decide_within(gray_op_t op, gray_str_t value, gray_str_t text)
{
    size_t i, last = value.len - text.len;

    for (i = 0; value.len >= text.len && i <= last; i++) {
        if (memcmp(value.data + i, text.data, text.len) == 0
            && (op == GRAY_OP_CONTAINS || (op == GRAY_OP_STARTS && i == 0)
                || (op == GRAY_OP_ENDS && i == last)))
        {
            return true;
        }
    }

    return false;
}


/* A test of a value that is there. */
static bool
decide_compare(const gray_node_t *node, gray_str_t value)
{
    bool readable;
    int order;

    switch (node->op) {
    case GRAY_OP_HAS:
        return true;
    case GRAY_OP_EQ:
        return decide_equal(node, value, &readable);
    case GRAY_OP_NE:
        return !decide_equal(node, value, &readable) && readable;
    case GRAY_OP_LT:
        return decide_order(node, value, &order) && order < 0;
    case GRAY_OP_LE:
        return decide_order(node, value, &order) && order <= 0;
    case GRAY_OP_GT:
        return decide_order(node, value, &order) && order > 0;
    case GRAY_OP_GE:
        return decide_order(node, value, &order) && order >= 0;
    case GRAY_OP_IN_SET:
        return decide_in_set(node, value);
    case GRAY_OP_NOT_IN_SET:
        return !decide_in_set(node, value);
    default:
        return decide_within(node->op, value, node->text);
    }
}


static bool
decide_value_of(const facts_t *facts, gray_str_t name, gray_str_t *value)
{
    unsigned i;

    for (i = 0; i < gray_release_attributes(facts->release); i++) {
        if (decide_text_order(gray_release_attribute(facts->release, i), name)
            == 0) {
            return i < facts->nvalues && (*value = facts->values[i]).len > 0;
        }
    }

    abort();
}


static gray_truth_t
decide_listed(const facts_t *facts, const gray_node_t *node)
{
    gray_answer_t answer = decide_answer(facts, node->list);

    if (answer > GRAY_YES) {
        return GRAY_UNKNOWN;
    }
    return (answer == GRAY_YES) == (node->op == GRAY_OP_IN) ? GRAY_TRUE
                                                            : GRAY_FALSE;
}


static gray_truth_t
decide_test(facts_t *facts, const gray_node_t *node)
{
    gray_str_t value;
    int64_t time;

    switch (node->op) {
    case GRAY_OP_TRUE:
        return GRAY_TRUE;

    case GRAY_OP_NOW_BEFORE:
    case GRAY_OP_NOW_FROM:
        if (!gray_rfc3339_parse(node->text, &time)) {
            abort();
        }
        return (NOW < time) == (node->op == GRAY_OP_NOW_BEFORE) ? GRAY_TRUE
                                                                : GRAY_FALSE;

    case GRAY_OP_MATCHES:
        facts->regex = true;
        return GRAY_UNKNOWN;

    default:
        break;
    }

    if (!decide_value_of(facts, node->attribute, &value)) {
        return GRAY_FALSE;
    }
    if (node->op == GRAY_OP_IN || node->op == GRAY_OP_NOT_IN) {
        return decide_listed(facts, node);
    }
    return decide_compare(node, value) ? GRAY_TRUE : GRAY_FALSE;
}


/* Every operand is looked at: no short cuts. */
static gray_truth_t
decide_tree(facts_t *facts, const gray_node_t *node)
{
    const gray_node_t *operand;
    unsigned count[3] = { 0 };
    gray_truth_t truth;

    if (node->op != GRAY_OP_AND && node->op != GRAY_OP_OR
        && node->op != GRAY_OP_NOT)
    {
        return decide_test(facts, node);
    }

    for (operand = node->child; operand != NULL; operand = operand->next) {
        count[decide_tree(facts, operand)]++;
    }

    if (node->op == GRAY_OP_NOT) {
        return count[GRAY_TRUE]      ? GRAY_FALSE
               : count[GRAY_UNKNOWN] ? GRAY_UNKNOWN
                                     : GRAY_TRUE;
    }

    truth = node->op == GRAY_OP_AND ? GRAY_FALSE : GRAY_TRUE;
    return count[truth]          ? truth
           : count[GRAY_UNKNOWN] ? GRAY_UNKNOWN
           : truth == GRAY_TRUE  ? GRAY_FALSE
                                 : GRAY_TRUE;
}


/* --- both ----------------------------------------------------------------- */

static void
decide_check(facts_t *facts, const gray_condition_t *condition)
{
    static const gray_reason_t reasons[] = {
        [GRAY_FALSE] = GRAY_REASON_DEFAULT,
        [GRAY_TRUE] = GRAY_REASON_TARGETING_MATCH,
        [GRAY_UNKNOWN] = GRAY_REASON_ERROR,
    };
    gray_host_t host = { .data = facts,
        .now = NOW,
        .attribute = decide_attribute,
        .member = decide_member };
    gray_decision_t decision, told;
    gray_truth_t truth;

    gray_decide(facts->release, &host, &decision);
    host.step = decide_step;
    gray_decide(facts->release, &host, &told);

    if (decision.variant != told.variant || decision.reason != told.reason
        || decision.pending != told.pending || decision.cause != told.cause
        || decision.ntests != told.ntests
        || decision.variant != (decision.reason == GRAY_REASON_TARGETING_MATCH))
    {
        abort();
    }

    truth = decide_tree(facts, gray_condition_root(condition));

    if (!facts->regex && decision.reason != reasons[truth]) {
        abort();
    }
}


static bool
decide_compile(char *text, gray_release_t **release)
{
    gray_document_t document;
    gray_rule_t rule = { .name = "rule", .condition = text, .variant = 1 };
    static gray_error_t error;
    size_t len;
    void *bytes;

    gray_document_init(&document);
    document.nvariants = 2;
    memcpy(document.variants[0], "stable", 7);
    memcpy(document.variants[1], "gray", 5);
    document.nrules = 1;
    document.rules = &rule;

    if (gray_document_compile(&document, gray_str("shop"), decide_kind_of, NULL,
            &bytes, &len, &error, 1)
        != 0)
    {
        return false;
    }

    (void) gray_document_lint(&document, &error, 1);

    if (gray_release_load(bytes, len, release, &error) != 0) {
        abort();
    }
    free(bytes);
    return true;
}


static void
decide_values(facts_t *facts, const char *p, const char *end)
{
    const char *next;

    while (p < end && facts->nvalues < DECIDE_VALUES_MAX) {
        next = memchr(p, '\0', (size_t) (end - p));
        next = next != NULL ? next : end;
        facts->values[facts->nvalues++]
            = (gray_str_t){ (size_t) (next - p), p };
        p = next + 1;
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    facts_t facts = { 0 };
    gray_condition_t *condition;
    gray_release_t *release;
    gray_error_t error;
    char *text;

    if (size < 2) {
        return 0;
    }

    text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';

    if (decide_compile(text, &release)) {
        if (gray_condition_parse(
                (gray_str_t){ strlen(text), text }, &condition, &error)
            != 0)
        {
            abort();
        }
        facts.seed = data[0];
        facts.release = release;
        decide_values(&facts, text + strlen(text) + 1, text + size - 1);
        decide_check(&facts, condition);
        gray_condition_free(condition);
        gray_release_free(release);
    }

    free(text);
    return 0;
}
