/*
 * What an unquoted value means. For condition.c alone.
 */

#ifndef GRAY_CORE_CONDITION_LITERAL_H
#define GRAY_CORE_CONDITION_LITERAL_H

#include "condition.h"
#include "condition_lexer.h"

/*
 * Recognises the token as a number, a version, a time, an address or a block,
 * and sets the node's kind and address (not its text). Anything else is an
 * error that says how it should be written.
 */
int gray_literal_read(
    const gray_token_t *token, gray_node_t *node, gray_error_t *error);

/* Whether the text begins as a time does, good or bad. */
bool gray_literal_is_time(gray_str_t text);

#endif
