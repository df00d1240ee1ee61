/*
 * The words of a condition, with their places. For condition.c alone.
 */

#ifndef GRAY_CORE_CONDITION_LEXER_H
#define GRAY_CORE_CONDITION_LEXER_H

#include <stdbool.h>
#include "error.h"
#include "str.h"

typedef enum {
    GRAY_TOKEN_END,
    GRAY_TOKEN_WORD,     /* unquoted: a word, a number, an address      */
    GRAY_TOKEN_TEXT,     /* 'text' or "text", quotes included           */
    GRAY_TOKEN_LIST,     /* @LIST, "@" included                         */
    GRAY_TOKEN_OPERATOR, /* a run of = ! < > & | ~                      */
    GRAY_TOKEN_MARK      /* one of ( ) [ ] ,                            */
} gray_token_kind_t;

typedef struct {
    gray_token_kind_t kind;
    gray_str_t text; /* as it stands in the condition                   */
    unsigned line;   /* from 1                                          */
    unsigned column; /* from 1, in bytes                                */
} gray_token_t;

typedef struct {
    gray_str_t text;
    size_t position;
    size_t line_start;
    unsigned line;
} gray_lexer_t;

void gray_lexer_init(gray_lexer_t *lexer, gray_str_t text);

/* The next token; at the end GRAY_TOKEN_END, again and again. */
int gray_lexer_next(
    gray_lexer_t *lexer, gray_token_t *token, gray_error_t *error);

/* Whether the token is this word, operator or mark. */
bool gray_token_is(const gray_token_t *token, const char *word);

/* Sets a syntax error at the token. Always -1. */
int gray_token_error(const gray_token_t *token, gray_error_t *error,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As much of a text as a message shows: 80 bytes, no half character. */
int gray_shown_length(gray_str_t text);

/* The two arguments of a "%.*s". */
#define gray_shown(text) gray_shown_length(text), (text).data

#endif
