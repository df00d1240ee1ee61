#include <stdlib.h>
#include <string.h>
#include "compiler.h"
#include "condition.h"
#include "rfc3339.h"

/* Where a condition is compiled to, for the places of its problems. */
typedef struct {
    gray_compiler_t *compiler;
    unsigned rule;
} target_t;


static void
list_problem(target_t *t, const gray_node_t *node, gray_error_t *problem)
{
    problem->line = node->list_line;
    problem->column = node->list_column;
    gray_compiler_problem(t->compiler, problem, "rules[%u].if", t->rule);
}


/* A live test is counted once for each list and attribute. */
static void
count_live(target_t *t, const gray_node_t *node, const gray_form_node_t *form)
{
    gray_compiler_t *c = t->compiler;
    gray_pending_t test = { (uint16_t) form->list, form->attribute };
    gray_error_t problem;
    unsigned i;

    for (i = 0; i < c->nlive; i++) {
        if (c->live[i].list == test.list
            && c->live[i].attribute == test.attribute) {
            return;
        }
    }

    if (c->nlive < GRAY_LIVE_TESTS_MAX) {
        c->live[c->nlive++] = test;
        return;
    }

    gray_error_set(&problem, GRAY_EINVALID,
        "this is one live test more than the %d that a release may have",
        GRAY_LIVE_TESTS_MAX);
    list_problem(t, node, &problem);
}


static uint32_t
add_list(target_t *t, const gray_node_t *node)
{
    gray_compiler_t *c = t->compiler;
    unsigned before = c->lists.n;
    int i = gray_names_add(&c->lists, node->list);
    gray_form_list_t list;
    gray_error_t problem;

    if (i < 0 || c->sections[GRAY_FORM_LISTS].failed) {
        c->failed = true;
        return 0;
    }

    if (c->lists.n == before) {
        list = ((gray_form_list_t *) c->sections[GRAY_FORM_LISTS].data)[i];
    } else {
        list.name = gray_compiler_str(c, node->list);
        list.kind = c->kind_of(c->data, node->list);
        gray_compiler_add(c, GRAY_FORM_LISTS, &list);
    }

    if (list.kind == GRAY_LIST_UNKNOWN) {
        gray_error_set(&problem, GRAY_ENOTFOUND, "there is no list '%.*s'",
            (int) node->list.len, node->list.data);
        gray_error_hint(&problem, "grayctl list create %.*s",
            (int) node->list.len, node->list.data);
        list_problem(t, node, &problem);
    }

    return (uint32_t) i;
}


static void
compile_list(target_t *t, const gray_node_t *node, gray_form_node_t *form)
{
    const gray_form_list_t *list;

    form->list = add_list(t, node);

    if (t->compiler->failed || t->compiler->sections[GRAY_FORM_LISTS].failed) {
        return;
    }

    list = (gray_form_list_t *) t->compiler->sections[GRAY_FORM_LISTS].data
           + form->list;

    if (list->kind == GRAY_LIST_LIVE) {
        count_live(t, node, form);
    }
}


static uint32_t
add_data(target_t *t, const void *data, size_t len)
{
    return (uint32_t) gray_blob_add(
        &t->compiler->sections[GRAY_FORM_STRINGS], data, len);
}


/* The number of a regex. Each distinct one is compiled by every worker. */
static uint32_t
add_pattern(target_t *t, const gray_node_t *node)
{
    gray_compiler_t *c = t->compiler;
    int i = gray_names_add(&c->patterns, node->text);
    gray_error_t problem;

    if (i < 0) {
        c->failed = true;
        return 0;
    }

    if (i == GRAY_REGEX_PATTERNS_MAX) {
        gray_error_set(&problem, GRAY_EINVALID,
            "this is one regex more than the %d that a release may have",
            GRAY_REGEX_PATTERNS_MAX);
        problem.line = node->line;
        problem.column = node->column;
        gray_compiler_problem(c, &problem, "rules[%u].if", t->rule);
    }

    return (uint32_t) i;
}


static void
compile_value(target_t *t, const gray_node_t *node, gray_form_node_t *form)
{
    int64_t seconds;

    form->kind = (uint8_t) node->kind;
    form->text = gray_compiler_str(t->compiler, node->text);

    if (node->kind == GRAY_VALUE_ADDRESS) {
        form->data = add_data(t, &node->address, sizeof(node->address));
    }

    if (node->kind == GRAY_VALUE_TIME
        && gray_rfc3339_parse(node->text, &seconds)) {
        form->data = add_data(t, &seconds, sizeof(seconds));
    }

    if (node->op == GRAY_OP_MATCHES) {
        form->data = add_pattern(t, node);
    }
}


/* No deeper than GRAY_CONDITION_HEIGHT_MAX. */
static void
compile_node(target_t *t, const gray_node_t *node)
{
    gray_compiler_t *c = t->compiler;
    gray_blob_t *nodes = &c->sections[GRAY_FORM_NODES];
    gray_form_node_t form = { .op = (uint8_t) node->op };
    const gray_node_t *operand;
    uint32_t i;

    if (node->attribute.len > 0) {
        form.attribute = (uint16_t) gray_compiler_attribute(c, node->attribute);
    }

    if (node->list.len > 0) {
        compile_list(t, node, &form);
    }

    if (node->kind != GRAY_VALUE_NONE) {
        compile_value(t, node, &form);
    }

    i = gray_compiler_add(c, GRAY_FORM_NODES, &form);

    for (operand = node->child; operand != NULL; operand = operand->next) {
        compile_node(t, operand);
    }

    if (!nodes->failed) {
        ((gray_form_node_t *) nodes->data)[i].end
            = (uint32_t) (nodes->len / sizeof(form));
    }
}


/* The canonical text, straight into the form's strings. */
static gray_form_str_t
print(gray_compiler_t *c, const gray_node_t *root)
{
    gray_blob_t *strings = &c->sections[GRAY_FORM_STRINGS];
    size_t len = gray_condition_print(root, NULL, 0);
    size_t start = gray_blob_add(strings, NULL, len + 1);

    if (!strings->failed) {
        gray_condition_print(root, strings->data + start, len + 1);
    }

    return (gray_form_str_t){ (uint32_t) start, (uint32_t) len };
}


void
gray_compiler_condition(gray_compiler_t *c, unsigned i, gray_form_rule_t *rule)
{
    const char *text = c->document->rules[i].condition;
    target_t target = { c, i };
    gray_condition_t *condition;
    gray_error_t problem;

    rule->node = (uint32_t) (c->sections[GRAY_FORM_NODES].len
                             / sizeof(gray_form_node_t));

    if (text == NULL) {
        gray_error_set(&problem, GRAY_EINVALID, "the rule has no condition");
        gray_compiler_problem(c, &problem, "rules[%u].if", i);
        return;
    }

    if (gray_condition_parse(
            (gray_str_t){ strlen(text), text }, &condition, &problem)
        != 0)
    {
        gray_compiler_problem(c, &problem, "rules[%u].if", i);
        return;
    }

    compile_node(&target, gray_condition_root(condition));
    rule->condition = print(c, gray_condition_root(condition));
    gray_condition_free(condition);
}
