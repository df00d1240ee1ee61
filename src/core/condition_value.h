/*
 * What stands behind an operator: a value, a text, a set, a regex, a time.
 * For condition_operators.c alone.
 */

#ifndef GRAY_CORE_CONDITION_VALUE_H
#define GRAY_CORE_CONDITION_VALUE_H

#include "condition_parser.h"

/* Each reads what begins at p->token into the node, whose op is set, and stops
 * at the token after it. */

int gray_value_any(gray_parser_t *p, gray_node_t *node);

/* A value that has an order: no address. */
int gray_value_ordered(gray_parser_t *p, gray_node_t *node);

int gray_value_text(gray_parser_t *p, gray_node_t *node);
int gray_value_regex(gray_parser_t *p, gray_node_t *node);
int gray_value_time(gray_parser_t *p, gray_node_t *node);

/* From "[" to "]". */
int gray_value_set(gray_parser_t *p, gray_node_t *node);

#endif
