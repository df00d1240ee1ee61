#include <string.h>
#include "condition_literal.h"
#include "condition_parser.h"
#include "name.h"

typedef struct operator_s operator_t;

/* One operator after an attribute: what reads the rest of its test. */
struct operator_s {
    const char *word;
    int (*parse)(gray_parser_t *p, const operator_t *op, gray_node_t *node);
    gray_op_t op;
    const char *hint;
};

static int parse_list(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int parse_value(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int parse_not_in(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int refuse_foreign(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static int refuse_later(
    gray_parser_t *p, const operator_t *op, gray_node_t *node);
static const operator_t operators[] = {
    { "in", parse_list, GRAY_OP_IN, NULL },
    { "not", parse_not_in, GRAY_OP_NOT_IN, NULL },
    { "=", parse_value, GRAY_OP_EQ, NULL },
    { "!=", parse_value, GRAY_OP_NE, NULL },

    { "<", refuse_later, 0, NULL },
    { "<=", refuse_later, 0, NULL },
    { ">", refuse_later, 0, NULL },
    { ">=", refuse_later, 0, NULL },
    { "starts", refuse_later, 0, NULL },
    { "ends", refuse_later, 0, NULL },
    { "contains", refuse_later, 0, NULL },
    { "matches", refuse_later, 0, NULL },

    { "==", refuse_foreign, 0, "write '='" },
    { "===", refuse_foreign, 0, "write '='" },
    { "<>", refuse_foreign, 0, "write '!='" },
    { "!==", refuse_foreign, 0, "write '!='" },
    { "=<", refuse_foreign, 0, "write '<='" },
    { "=>", refuse_foreign, 0, "write '>='" },
    { "~", refuse_foreign, 0, "write 'matches'" },
    { "=~", refuse_foreign, 0, "write 'matches'" },
    { "!", refuse_foreign, 0, "write 'not'" },
    { "&&", refuse_foreign, 0, "write 'and'" },
    { "||", refuse_foreign, 0, "write 'or'" },
    { "&", refuse_foreign, 0, "write 'and'" },
    { "|", refuse_foreign, 0, "write 'or'" },
};


static gray_str_t
keep(gray_parser_t *p, const char *data, size_t len)
{
    gray_str_t text = { len, p->texts };

    memcpy(p->texts, data, len);
    p->texts += len;

    return text;
}


/* Without the quotes, doubled ones made single. */
static gray_str_t
keep_quoted(gray_parser_t *p)
{
    const char *from = p->token.text.data + 1;
    const char *end = from + p->token.text.len - 2;
    char quote = from[-1];
    gray_str_t text = { 0, p->texts };

    while (from < end) {
        from += *from == quote;
        *p->texts++ = *from++;
        text.len++;
    }

    return text;
}


static gray_str_t
keep_address(gray_parser_t *p, const gray_address_t *address)
{
    char text[GRAY_ADDRESS_TEXT_MAX];

    return keep(p, text, gray_address_print(address, text));
}


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

    node->list = keep(p, name.data, name.len);
    node->list_line = p->token.line;
    node->list_column = p->token.column;

    return gray_parser_next(p);
}


/* These begin with the operator at hand. */

static int
parse_list(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    node->op = op->op;

    if (gray_parser_next(p) != 0) {
        return -1;
    }

    if (p->token.kind == GRAY_TOKEN_LIST) {
        return parse_list_name(p, node);
    }

    if (gray_token_is(&p->token, "[")) {
        return gray_token_error(&p->token, p->error,
            "sets such as ['a', 'b'] are not supported by this version");
    }

    gray_parser_expected(p, "a list");

    return p->token.kind == GRAY_TOKEN_WORD
               ? gray_error_hint(
                   p->error, "write @%.*s", gray_shown(p->token.text))
               : gray_error_hint(p->error, "a list is written @NAME");
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

    return parse_list(p, op, node);
}


static int
parse_unquoted(gray_parser_t *p, gray_node_t *node)
{
    if (gray_literal_read(&p->token, node, p->error) != 0) {
        return -1;
    }

    node->text = node->kind == GRAY_VALUE_ADDRESS
                     ? keep_address(p, &node->address)
                     : keep(p, p->token.text.data, p->token.text.len);

    return gray_parser_next(p);
}


static int
parse_quoted(gray_parser_t *p, gray_node_t *node)
{
    node->kind = GRAY_VALUE_TEXT;
    node->text = keep_quoted(p);

    if (node->text.len == 0) {
        gray_token_error(
            &p->token, p->error, "an empty value is the same as an absent one");
        return gray_error_hint(p->error, "write %shas %.*s",
            node->op == GRAY_OP_EQ ? "not " : "", gray_shown(node->attribute));
    }

    return gray_parser_next(p);
}


static int
parse_value(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    node->op = op->op;

    if (gray_parser_next(p) != 0) {
        return -1;
    }

    if (p->token.kind == GRAY_TOKEN_WORD) {
        return parse_unquoted(p, node);
    }

    if (p->token.kind == GRAY_TOKEN_TEXT) {
        return parse_quoted(p, node);
    }

    gray_parser_expected(p, "a value");

    return p->token.kind == GRAY_TOKEN_LIST
               ? gray_error_hint(p->error, "a list is asked with 'in'")
               : -1;
}


static int
refuse_foreign(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    (void) node;
    gray_token_error(&p->token, p->error, "unknown operator '%s'", op->word);
    return gray_error_hint(p->error, "%s", op->hint);
}


static int
refuse_later(gray_parser_t *p, const operator_t *op, gray_node_t *node)
{
    (void) node;
    return gray_token_error(
        &p->token, p->error, "'%s' is not supported by this version", op->word);
}


static const operator_t *
find_operator(const gray_token_t *token)
{
    size_t i;

    for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (gray_token_is(token, operators[i].word)) {
            return &operators[i];
        }
    }

    return NULL;
}


static int
parse_attribute(gray_parser_t *p, gray_node_t *node)
{
    gray_token_t *token = &p->token;

    if (token->kind == GRAY_TOKEN_WORD && gray_attribute_valid(token->text)) {
        node->attribute = keep(p, token->text.data, token->text.len);
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
refuse_now(gray_parser_t *p, gray_node_t *node)
{
    (void) node;
    return gray_token_error(
        &p->token, p->error, "'now' is not supported by this version");
}


/* Tests that begin with a word of the language. */
static const struct {
    const char *word;
    int (*parse)(gray_parser_t *p, gray_node_t *node);
} starts[] = {
    { "has", parse_has },
    { "true", parse_true },
    { "now", refuse_now },
};


static int
parse_comparison(gray_parser_t *p, gray_node_t *node)
{
    const operator_t *op;

    if (parse_attribute(p, node) != 0) {
        return -1;
    }

    op = find_operator(&p->token);

    if (op == NULL) {
        return gray_parser_expected(p, "an operator (in, not in, =, !=)");
    }

    return op->parse(p, op, node);
}


int
gray_parser_test(gray_parser_t *p, gray_node_t *node)
{
    size_t i;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
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
