#include <stdlib.h>
#include <string.h>
#include "condition_parser.h"
#include "utf8.h"

/* A chain: what stands between its operands, and what reads one. */
typedef struct {
    const char *word;
    gray_op_t op;
    gray_node_t *(*operand)(gray_parser_t *p);
} chain_t;

static gray_node_t *parse_and(gray_parser_t *p);
static gray_node_t *parse_not(gray_parser_t *p);

/* Words that stand in the place of another language's. */
static const struct {
    const char *word;
    const char *hint;
} hints[] = {
    { "&&", "write 'and'" },
    { "||", "write 'or'" },
    { "&", "write 'and'" },
    { "|", "write 'or'" },
    { "!", "write 'not'" },
    { "==", "write '='" },
    { "AND", "write 'and'" },
    { "OR", "write 'or'" },
    { "NOT", "write 'not'" },
    { "IN", "write 'in'" },
    { "HAS", "write 'has'" },
    { "TRUE", "write 'true'" },
    { "false", "write 'not true'" },
};

static const chain_t and_chain = { "and", GRAY_OP_AND, parse_not };
static const chain_t or_chain = { "or", GRAY_OP_OR, parse_and };


int
gray_parser_next(gray_parser_t *p)
{
    return gray_lexer_next(&p->lexer, &p->token, p->error);
}


/* "expected X, not 'token'", with the right word if it is a foreign one. */
int
gray_parser_expected(gray_parser_t *p, const char *what)
{
    size_t i;

    if (p->token.kind == GRAY_TOKEN_END) {
        return gray_token_error(
            &p->token, p->error, "expected %s, not the end", what);
    }

    gray_token_error(&p->token, p->error, "expected %s, not '%.*s'", what,
        gray_shown(p->token.text));

    for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        if (gray_token_is(&p->token, hints[i].word)) {
            gray_error_hint(p->error, "%s", hints[i].hint);
        }
    }

    return -1;
}


gray_node_t *
gray_parser_node(gray_parser_t *p, gray_op_t op)
{
    gray_condition_t *condition = p->condition;
    gray_node_t *node;

    /* Cannot happen: see gray_condition_parse. */
    if (condition->nnodes == p->max_nodes) {
        gray_token_error(&p->token, p->error, "too many tests");
        return NULL;
    }

    node = &condition->nodes[condition->nnodes++];
    *node = (gray_node_t){
        .op = op,
        .line = p->token.line,
        .column = p->token.column,
    };

    return node;
}


gray_str_t
gray_parser_keep(gray_parser_t *p, const char *data, size_t len)
{
    gray_str_t text = { len, p->texts };

    memcpy(p->texts, data, len);
    p->texts += len;

    return text;
}


static gray_node_t *
parse_test(gray_parser_t *p)
{
    gray_node_t *node = gray_parser_node(p, 0);

    return node != NULL && gray_parser_test(p, node) == 0 ? node : NULL;
}


/* Appends an operand, or the operands of one that is a chain of the same
 * kind: "a and (b and c)". */
static void
append(gray_node_t *chain, gray_node_t **last, gray_node_t *operand)
{
    gray_node_t *first = operand;

    if (operand->op == chain->op) {
        first = (gray_node_t *) operand->child;

        for (operand = first; operand->next != NULL;) {
            operand = (gray_node_t *) operand->next;
        }
    }

    if (*last == NULL) {
        chain->child = first;
    } else {
        (*last)->next = first;
    }

    *last = operand;
}


static gray_node_t *
parse_chain(gray_parser_t *p, const chain_t *kind)
{
    gray_node_t *first = kind->operand(p);
    gray_node_t *chain, *operand, *last = NULL;

    if (first == NULL || !gray_token_is(&p->token, kind->word)) {
        return first;
    }

    chain = gray_parser_node(p, kind->op);
    if (chain == NULL) {
        return NULL;
    }

    chain->line = first->line;
    chain->column = first->column;
    append(chain, &last, first);

    while (gray_token_is(&p->token, kind->word)) {
        if (gray_parser_next(p) != 0 || (operand = kind->operand(p)) == NULL) {
            return NULL;
        }
        append(chain, &last, operand);
    }

    return chain;
}


static gray_node_t *
parse_and(gray_parser_t *p)
{
    return parse_chain(p, &and_chain);
}


static gray_node_t *
parse_parentheses(gray_parser_t *p)
{
    gray_token_t open = p->token;
    gray_node_t *node;

    if (p->depth == GRAY_CONDITION_DEPTH_MAX) {
        gray_token_error(&open, p->error,
            "more than %d parentheses within each other",
            GRAY_CONDITION_DEPTH_MAX);
        return NULL;
    }

    p->depth++;
    node = gray_parser_next(p) == 0 ? parse_chain(p, &or_chain) : NULL;
    p->depth--;

    if (node == NULL) {
        return NULL;
    }

    if (!gray_token_is(&p->token, ")")) {
        gray_parser_expected(p, "'and', 'or' or ')'");

        if (p->error->hint[0] == '\0') {
            gray_error_hint(p->error, "the '(' is in line %u, column %u",
                open.line, open.column);
        }
        return NULL;
    }

    return gray_parser_next(p) == 0 ? node : NULL;
}


static gray_node_t *
parse_operand(gray_parser_t *p)
{
    return gray_token_is(&p->token, "(") ? parse_parentheses(p) : parse_test(p);
}


static gray_node_t *
parse_not(gray_parser_t *p)
{
    gray_node_t *node;

    if (!gray_token_is(&p->token, "not")) {
        return parse_operand(p);
    }

    node = gray_parser_node(p, GRAY_OP_NOT);

    if (node == NULL || gray_parser_next(p) != 0) {
        return NULL;
    }

    node->child = parse_operand(p);

    return node->child != NULL ? node : NULL;
}


static int
parse_whole(gray_parser_t *p)
{
    if (gray_parser_next(p) != 0) {
        return -1;
    }

    if (p->token.kind == GRAY_TOKEN_END) {
        gray_token_error(&p->token, p->error, "the condition is empty");
        return gray_error_hint(p->error, "write 'true' for everyone");
    }

    p->condition->root = parse_chain(p, &or_chain);

    if (p->condition->root == NULL) {
        return -1;
    }

    return p->token.kind == GRAY_TOKEN_END
               ? 0
               : gray_parser_expected(p, "'and', 'or' or the end");
}


/* The line and column of the first byte that is no UTF-8. */
static int
check_utf8(gray_str_t text, gray_error_t *error)
{
    gray_token_t token = { .line = 1, .column = 1 };
    size_t i, bad = gray_utf8_valid(text);

    if (bad == text.len) {
        return 0;
    }

    for (i = 0; i < bad; i++) {
        token.column++;

        if (text.data[i] == '\n') {
            token.line++;
            token.column = 1;
        }
    }

    return gray_token_error(&token, error, "byte 0x%02x is no UTF-8",
        (unsigned char) text.data[bad]);
}


int
gray_condition_parse(
    gray_str_t text, gray_condition_t **condition, gray_error_t *error)
{
    gray_parser_t p = { .error = error };
    size_t nodes, texts;

    if (text.len > GRAY_CONDITION_TEXT_MAX) {
        return gray_error_set(error, GRAY_ESYNTAX,
            "the condition has %zu bytes; the limit is %d", text.len,
            GRAY_CONDITION_TEXT_MAX);
    }

    if (check_utf8(text, error) != 0) {
        return -1;
    }

    /* A test and its connective take four bytes or more and make two nodes, a
     * "not" three and one, a value of a set and its comma two and one. A canonical address is at most one byte longer
     * than what was written (RFC 5952 never shortens a single zero). */
    p.max_nodes = (unsigned) text.len / 2 + 4;
    nodes = p.max_nodes * sizeof(gray_node_t);
    texts = 2 * text.len + GRAY_ADDRESS_TEXT_MAX;

    p.condition = malloc(sizeof(gray_condition_t) + nodes + texts);
    if (p.condition == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "out of memory");
    }

    p.condition->nnodes = 0;
    p.texts = (char *) p.condition->nodes + nodes;
    gray_lexer_init(&p.lexer, text);

    if (parse_whole(&p) != 0) {
        gray_condition_free(p.condition);
        return -1;
    }

    *condition = p.condition;
    return 0;
}


void
gray_condition_free(gray_condition_t *condition)
{
    free(condition);
}


const gray_node_t *
gray_condition_root(const gray_condition_t *condition)
{
    return condition->root;
}


const gray_node_t *
gray_condition_nodes(const gray_condition_t *condition, unsigned *n)
{
    *n = condition->nnodes;
    return condition->nodes;
}
