#include <string.h>
#include "condition_value.h"
#include "name.h"

typedef struct operator_s operator_t;

/* One operator after an attribute: what reads the rest of its test, with
 * `value` for what it is compared with. */
struct operator_s {
    const char *word;
    int (*parse)(gray_parser_t *p, const operator_t *op, gray_node_t *node);
    gray_op_t op;
    int (*value)(gray_parser_t *p, gray_node_t *node);
    const char *hint;
};

static int parse_in(gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int parse_not_in(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int parse_value(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int refuse_foreign(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);

static const operator_t operators[] = {
    { "in", parse_in, GRAY_OP_IN, NULL, NULL },
    { "not", parse_not_in, GRAY_OP_NOT_IN, NULL, NULL },

    { "=", parse_value, GRAY_OP_EQ, gray_value_any, NULL },
    { "!=", parse_value, GRAY_OP_NE, gray_value_any, NULL },
    { "<", parse_value, GRAY_OP_LT, gray_value_ordered, NULL },
    { "<=", parse_value, GRAY_OP_LE, gray_value_ordered, NULL },
    { ">", parse_value, GRAY_OP_GT, gray_value_ordered, NULL },
    { ">=", parse_value, GRAY_OP_GE, gray_value_ordered, NULL },
    { "starts", parse_value, GRAY_OP_STARTS, gray_value_text, NULL },
    { "ends", parse_value, GRAY_OP_ENDS, gray_value_text, NULL },
    { "contains", parse_value, GRAY_OP_CONTAINS, gray_value_text, NULL },
    { "matches", parse_value, GRAY_OP_MATCHES, gray_value_regex, NULL },

    { "==", refuse_foreign, 0, NULL, "write '='" },
    { "===", refuse_foreign, 0, NULL, "write '='" },
    { "<>", refuse_foreign, 0, NULL, "write '!='" },
    { "!==", refuse_foreign, 0, NULL, "write '!='" },
    { "=<", refuse_foreign, 0, NULL, "write '<='" },
    { "=>", refuse_foreign, 0, NULL, "write '>='" },
    { "~", refuse_foreign, 0, NULL, "write 'matches'" },
    { "=~", refuse_foreign, 0, NULL, "write 'matches'" },
    { "!", refuse_foreign, 0, NULL, "write 'not'" },
    { "&&", refuse_foreign, 0, NULL, "write 'and'" },
    { "||", refuse_foreign, 0, NULL, "write 'or'" },
    { "&", refuse_foreign, 0, NULL, "write 'and'" },
    { "|", refuse_foreign, 0, NULL, "write 'or'" },
};

/* What may stand behind "now". */
static const operator_t now_operators[] = {
    { "<", parse_value, GRAY_OP_NOW_BEFORE, gray_value_time, NULL },
    { ">=", parse_value, GRAY_OP_NOW_FROM, gray_value_time, NULL },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))


/* The name behind the "@" at hand. */
static int
parse_list_name(gray_parser_t *p, gray_node_t *node)
{
    gray_str_t name = { p->token.text.len - 1, p->token.text.data + 1 };

    if (!gray_name_valid(name)) {
        gray_token_error(&p->token, p->error, "'%.*s' is no list's name",
            gray_shown(p->token.text));
        return gray_error_hint(p->error,
            "a name has letters, digits, '_', '.' and '-', at most %d",
            GRAY_NAME_MAX);
    }

    node->list = gray_parser_keep(p, name.data, name.len);
    node->list_line = p->token.line;
    node->list_column = p->token.column;

    return gray_parser_next(p);
}


/* These begin with the operator at hand. */

static int
parse_in(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    node->op = op->op;

    if (gray_parser_next(p) != 0) {
        return -1;
    }

    if (p->token.kind == GRAY_TOKEN_LIST) {
        return parse_list_name(p, node);
    }

    if (gray_token_is(&p->token, "[")) {
        node->op = op->op == GRAY_OP_IN ? GRAY_OP_IN_SET : GRAY_OP_NOT_IN_SET;
        return gray_value_set(p, node);
    }

    gray_parser_expected(p, "a list or a set");

    return p->token.kind == GRAY_TOKEN_WORD
               ? gray_error_hint(
                   p->error, "write @%.*s", gray_shown(p->token.text))
               : gray_error_hint(
                   p->error, "a list is written @NAME, a set ['a', 'b']");
}


static int
parse_not_in(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    if (gray_parser_next(p) != 0) {
        return -1;
    }

    if (!gray_token_is(&p->token, "in")) {
        return gray_parser_expected(p, "'in' after 'not'");
    }

    return parse_in(p, op, node);
}


static int
parse_value(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    node->op = op->op;

    return gray_parser_next(p) == 0 ? op->value(p, node) : -1;
}


static int
refuse_foreign(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    (void) node;
    gray_token_error(&p->token, p->error, "unknown operator '%s'", op->word);
    return gray_error_hint(p->error, "%s", op->hint);
}


static const operator_t *
find_operator(const gray_token_t *token, const operator_t *table, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (gray_token_is(token, table[i].word)) {
            return &table[i];
        }
    }

    return NULL;
}


static int
parse_attribute(gray_parser_t *p, gray_node_t *node)
{
    gray_token_t *token = &p->token;

    if (token->kind == GRAY_TOKEN_WORD && gray_attribute_valid(token->text)) {
        node->attribute
            = gray_parser_keep(p, token->text.data, token->text.len);
        return gray_parser_next(p);
    }

    if (token->kind != GRAY_TOKEN_WORD || gray_attribute_reserved(token->text))
    {
        return gray_parser_expected(p, "an attribute");
    }

    gray_token_error(token, p->error, "'%.*s' is no attribute's name",
        gray_shown(token->text));
    return gray_error_hint(p->error,
        "a name has letters, digits and '_', no digit first, at most %d",
        GRAY_NAME_MAX);
}


static int
parse_has(gray_parser_t *p, gray_node_t *node)
{
    node->op = GRAY_OP_HAS;

    return gray_parser_next(p) == 0 ? parse_attribute(p, node) : -1;
}


static int
parse_true(gray_parser_t *p, gray_node_t *node)
{
    node->op = GRAY_OP_TRUE;

    return gray_parser_next(p);
}


static int
parse_now(gray_parser_t *p, gray_node_t *node)
{
    const operator_t *op;

    if (gray_parser_next(p) != 0) {
        return -1;
    }

    op = find_operator(&p->token, now_operators, COUNT(now_operators));

    return op != NULL ? op->parse(p, op, node)
                      : gray_parser_expected(p, "'<' or '>=' after 'now'");
}


/* Tests that begin with a word of the language. */
static const struct {
    const char *word;
    int (*parse)(gray_parser_t *p, gray_node_t *node);
} starts[] = {
    { "has", parse_has },
    { "true", parse_true },
    { "now", parse_now },
};


static int
parse_comparison(gray_parser_t *p, gray_node_t *node)
{
    const operator_t *op;

    if (parse_attribute(p, node) != 0) {
        return -1;
    }

    op = find_operator(&p->token, operators, COUNT(operators));

    if (op == NULL) {
        return gray_parser_expected(p, "an operator ("
                                       "in, not in, =, !=, <, <=, >, >=, "
                                       "starts, ends, contains, matches)");
    }

    return op->parse(p, op, node);
}


int
gray_parser_test(gray_parser_t *p, gray_node_t *node)
{
    size_t i;

    for (i = 0; i < COUNT(starts); i++) {
        if (gray_token_is(&p->token, starts[i].word)) {
            return starts[i].parse(p, node);
        }
    }

    if (p->token.kind != GRAY_TOKEN_WORD
        || gray_attribute_reserved(p->token.text)) {
        return gray_parser_expected(p, "a test");
    }

    return parse_comparison(p, node);
}
