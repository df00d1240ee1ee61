/*
 * Conditions: the small language of a rule's "if".
 *
 *     expr = and-expr { "or" and-expr }
 *     and  = not-expr { "and" not-expr }
 *     not  = [ "not" ] ( "(" expr ")" | test )
 *     test = ATTR ["not"] "in" "@"LIST
 *          | ATTR ("=" | "!=") value
 *          | "has" ATTR | "true"
 *     value = 'text' | "text" | number | address[/bits]
 *
 * A parsed condition is a tree of nodes in one allocation, for writers: they
 * print it canonically, check its names and compile it into a release
 * (document.h). Workers never see it.
 */

#ifndef GRAY_CORE_CONDITION_H
#define GRAY_CORE_CONDITION_H

#include "error.h"
#include "str.h"

/* Deeper nesting of parentheses and nots is refused. */
#define GRAY_CONDITION_DEPTH_MAX 64

/* Longer text is refused. */
#define GRAY_CONDITION_TEXT_MAX 65536

/* The operators. The numbers are part of the compiled form (release.h): add
 * at the end, never renumber. */
typedef enum {
    GRAY_OP_TRUE = 1,   /* true                                        */
    GRAY_OP_AND = 2,    /* left and right                              */
    GRAY_OP_OR = 3,     /* left or right                               */
    GRAY_OP_NOT = 4,    /* not left                                    */
    GRAY_OP_HAS = 5,    /* has ATTR                                    */
    GRAY_OP_IN = 6,     /* ATTR in @LIST                               */
    GRAY_OP_NOT_IN = 7, /* ATTR not in @LIST: false when ATTR absent   */
    GRAY_OP_EQ = 8,     /* ATTR = value                                */
    GRAY_OP_NE = 9      /* ATTR != value: false when ATTR absent       */
} gray_op_t;

/* What a value is. The numbers are part of the compiled form. */
typedef enum {
    GRAY_VALUE_NONE = 0,
    GRAY_VALUE_TEXT = 1,   /* compared byte by byte                   */
    GRAY_VALUE_NUMBER = 2, /* IEEE double; a value that is no number
                                   makes the test false                    */
    GRAY_VALUE_ADDRESS = 3 /* address or block: `=` means "lies in"   */
} gray_value_kind_t;

typedef struct gray_condition_s gray_condition_t;

typedef struct gray_node_s gray_node_t;

/* One node; all pointers live as long as the condition. */
struct gray_node_s {
    gray_op_t op;
    const gray_node_t *left;  /* and, or, not                        */
    const gray_node_t *right; /* and, or                             */
    gray_str_t attribute;     /* has, in, not in, =, !=              */
    gray_str_t list;          /* in, not in: without the "@"         */
    gray_value_kind_t kind;   /* =, !=                               */
    gray_str_t text;          /* the value, unquoted                 */
    unsigned column;          /* of the test's first byte, from 1    */
    unsigned list_column;     /* of the "@"                          */
};

/*
 * Parses `text`. On success *condition is owned by the caller
 * (gray_condition_free). On failure -1, with code GRAY_ESYNTAX, line, column
 * and what was expected; words of other languages (==, &&, ||, !) are errors
 * that name the right one.
 */
int gray_condition_parse(
    gray_str_t text, gray_condition_t **condition, gray_error_t *error);

/* NULL is allowed. */
void gray_condition_free(gray_condition_t *condition);

/* The tree's root; never NULL. */
const gray_node_t *gray_condition_root(const gray_condition_t *condition);

/*
 * Writes the canonical text of a node (one space between words, single
 * quotes, parentheses only where they are needed): parse, print, parse is the
 * identity. As snprintf: at most size - 1 bytes and a NUL, returns the whole
 * length.
 */
size_t gray_condition_print(const gray_node_t *node, char *buffer, size_t size);

#endif
