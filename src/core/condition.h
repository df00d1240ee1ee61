/*
 * Conditions: the small language of a rule's "if".
 *
 *     expr = and-expr { "or" and-expr }
 *     and  = not-expr { "and" not-expr }
 *     not  = [ "not" ] ( "(" expr ")" | test )
 *     test = ATTR ["not"] "in" "@"LIST
 *          | ATTR ["not"] "in" "[" value { "," value } "]"
 *          | ATTR ("=" | "!=" | "<" | "<=" | ">" | ">=") value
 *          | ATTR ("starts" | "ends" | "contains") text
 *          | ATTR "matches" text                      (a regex, regex.h)
 *          | "has" ATTR | "true"
 *          | "now" ("<" | ">=") time
 *     value = text | number | version | address[/bits] | time
 *     text  = 'text' | "text"
 *
 * A version begins with v (semver.h), a time is RFC 3339's (rfc3339.h). In a
 * text a doubled quote stands for one: 'it''s'. Backslashes are plain bytes.
 * Words are lower case; control characters are errors, and so is what is no
 * UTF-8.
 *
 * A parsed condition is a tree of nodes in one allocation, for writers: they
 * print it canonically, check its names and compile it into a release
 * (document.h). Workers never see it. `and` and `or` are n-ary and flat:
 * "a and (b and c)" is one node with three operands, so a chain of thousands
 * of terms is no deeper than one of two.
 */

#ifndef GRAY_CORE_CONDITION_H
#define GRAY_CORE_CONDITION_H

#include "address.h"
#include "error.h"
#include "str.h"

/* Deeper nesting of parentheses is refused. */
#define GRAY_CONDITION_DEPTH_MAX 64

/* The height of a tree that the parser can make: or, and, not at each level
 * of parentheses, and a test at the bottom. */
#define GRAY_CONDITION_HEIGHT_MAX (3 * (GRAY_CONDITION_DEPTH_MAX + 1) + 1)

/* Longer text is refused. */
#define GRAY_CONDITION_TEXT_MAX 65536

/* The operators. The numbers are part of the compiled form (release.h): add
 * at the end, never renumber. */
typedef enum {
    GRAY_OP_TRUE = 1,   /* true                                        */
    GRAY_OP_AND = 2,    /* two or more operands                        */
    GRAY_OP_OR = 3,     /* two or more operands                        */
    GRAY_OP_NOT = 4,    /* one operand                                 */
    GRAY_OP_HAS = 5,    /* has ATTR                                    */
    GRAY_OP_IN = 6,     /* ATTR in @LIST                               */
    GRAY_OP_NOT_IN = 7, /* ATTR not in @LIST: false when ATTR absent   */
    GRAY_OP_EQ = 8,     /* ATTR = value                                */
    GRAY_OP_NE = 9,     /* ATTR != value: false when ATTR absent       */
    GRAY_OP_LT = 10,    /* ATTR < value                                */
    GRAY_OP_LE = 11,
    GRAY_OP_GT = 12,
    GRAY_OP_GE = 13,
    GRAY_OP_IN_SET = 14,     /* ATTR in [ … ]: operands are GRAY_OP_VALUE  */
    GRAY_OP_NOT_IN_SET = 15, /* equal to none; false when ATTR absent  */
    GRAY_OP_VALUE = 16,      /* a value of a set; no test of its own       */
    GRAY_OP_STARTS = 17,     /* ATTR starts 'text'                         */
    GRAY_OP_ENDS = 18,
    GRAY_OP_CONTAINS = 19,
    GRAY_OP_MATCHES = 20,    /* ATTR matches 'regex'                       */
    GRAY_OP_NOW_BEFORE = 21, /* now < time                                 */
    GRAY_OP_NOW_FROM = 22    /* now >= time                                */
} gray_op_t;

/* What a value is. The numbers are part of the compiled form. */
typedef enum {
    GRAY_VALUE_NONE = 0,
    GRAY_VALUE_TEXT = 1,    /* compared byte by byte                   */
    GRAY_VALUE_NUMBER = 2,  /* decimal, compared exactly (number.h)    */
    GRAY_VALUE_ADDRESS = 3, /* address or block: `=` means "lies in"  */
    GRAY_VALUE_VERSION = 4, /* semver.h                               */
    GRAY_VALUE_TIME = 5     /* an instant (rfc3339.h)                 */
} gray_value_kind_t;

/* Where an attribute's value cannot be read as the literal's kind ("abc"
 * against 5, "unknown" against 10.0.0.0/8), the test is false, `!=` too. In a
 * set it equals that literal not: "abc" is not in [5]. */

typedef struct gray_condition_s gray_condition_t;

typedef struct gray_node_s gray_node_t;

/* One node; all pointers live as long as the condition. */
struct gray_node_s {
    gray_op_t op;
    const gray_node_t *child; /* and, or, not, a set: the first
                                 operand                             */
    const gray_node_t *next;  /* the parent's next operand; or NULL  */
    gray_str_t attribute;     /* of a test that has one              */
    gray_str_t list;          /* in, not in: without the "@"         */
    gray_value_kind_t kind;   /* of the value that it has, or NONE   */
    gray_str_t text;          /* the value: unquoted, addresses in
                                 canonical form                      */
    gray_address_t address;   /* when kind is GRAY_VALUE_ADDRESS     */
    unsigned line;            /* of the test's first byte, from 1    */
    unsigned column;
    unsigned list_line; /* of the "@"                          */
    unsigned list_column;
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

/* All nodes as one array of *n, in no particular order: for a reader that
 * wants every attribute or list without walking the tree. */
const gray_node_t *gray_condition_nodes(
    const gray_condition_t *condition, unsigned *n);

/* The operator as it is written: "and", "not in", "=", "now <". Never NULL. */
const char *gray_op_name(gray_op_t op);

/*
 * Writes the canonical text of a node (one space between words, single
 * quotes, parentheses only where they are needed): parse, print, parse is the
 * identity. As snprintf: at most size - 1 bytes and a NUL, returns the whole
 * length.
 */
size_t gray_condition_print(const gray_node_t *node, char *buffer, size_t size);

#endif
