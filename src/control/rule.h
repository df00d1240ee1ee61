/*
 * Verbs on the rules of a release.
 */

#ifndef GRAY_CONTROL_RULE_H
#define GRAY_CONTROL_RULE_H

#include "control/control.h"
#include "core/document.h"

/* Where a rule goes. */
typedef enum {
    GRAY_RULE_LAST = 0,
    GRAY_RULE_FIRST,
    GRAY_RULE_BEFORE /* the rule `before`                            */
} gray_rule_where_t;

typedef struct {
    gray_rule_where_t where;
    const char *before; /* GRAY_RULE_BEFORE                           */
} gray_rule_place_t;

/* Adds a rule that gives a variant. place NULL: the last. Errors of the
 * condition have line and column. GRAY_EEXISTS when the name is taken. */
int gray_control_rule_add(gray_control_t *control, const char *release,
    const char *name, const char *variant, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error);

int gray_control_rule_rm(gray_control_t *control, const char *release,
    const char *name, gray_error_t *error);

int gray_control_rule_mv(gray_control_t *control, const char *release,
    const char *name, const gray_rule_place_t *place, gray_error_t *error);

/* Keeps place, condition and buckets. */
int gray_control_rule_rename(gray_control_t *control, const char *release,
    const char *name, const char *new_name, gray_error_t *error);

/* A line of `rule ls`; pointers belong to the listing. */
typedef struct {
    char name[GRAY_NAME_MAX + 1];
    char *condition;                     /* canonical                    */
    char *outcome;                       /* "gray" or "gray 10%, b 5%"   */
    char variant[GRAY_NAME_MAX + 1];     /* "": a split                  */
    uint32_t weights[GRAY_VARIANTS_MAX]; /* a split's, in buckets; the default's
                                            is what the others leave */
    bool counted;  /* false: no nginx has loaded it, or its counters have no
                      room                                        */
    uint64_t hits; /* decisions that it made                       */
} gray_rule_line_t;

typedef struct {
    uint64_t revision; /* the release's                              */
    char *fallback;    /* what comes after the rules: "gray 5% by device_id,
                          else stable"                               */
    unsigned nvariants;
    char variants[GRAY_VARIANTS_MAX][GRAY_NAME_MAX + 1];
    unsigned default_variant;
    unsigned n;
    gray_rule_line_t *lines;
} gray_rule_lines_t;

/* The rules in their order. The caller frees *lines. */
int gray_control_rule_ls(gray_control_t *control, const char *release,
    gray_rule_lines_t *lines, gray_error_t *error);
void gray_rule_lines_free(gray_rule_lines_t *lines);

#endif
