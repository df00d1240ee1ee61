/*
 * The parser's state, shared by its files: condition.c reads chains,
 * parentheses and not; condition_operators.c a single test;
 * condition_value.c what it compares with.
 */

#ifndef GRAY_CORE_CONDITION_PARSER_H
#define GRAY_CORE_CONDITION_PARSER_H

#include "condition.h"
#include "condition_lexer.h"

/* Everything in one allocation: this, the nodes, the texts. */
struct gray_condition_s {
    const gray_node_t *root;
    unsigned nnodes;
    gray_node_t nodes[];
};

typedef struct {
    gray_lexer_t lexer;
    gray_token_t token; /* the one at hand                              */
    gray_condition_t *condition;
    unsigned max_nodes;
    char *texts; /* where the next text goes                            */
    unsigned depth;
    gray_error_t *error;
} gray_parser_t;

/* Reads the next token into p->token. */
int gray_parser_next(gray_parser_t *p);

/* Sets "expected WHAT, not 'token'", with the right word as hint when the
 * token is of another language. Always -1. */
int gray_parser_expected(gray_parser_t *p, const char *what);

/* A new node at p->token; NULL is an error. */
gray_node_t *gray_parser_node(gray_parser_t *p, gray_op_t op);

/* Copies a text into the condition. */
gray_str_t gray_parser_keep(gray_parser_t *p, const char *data, size_t len);

/* Reads the test that begins at p->token into a new node; stops at the token
 * after it. */
int gray_parser_test(gray_parser_t *p, gray_node_t *node);

#endif
