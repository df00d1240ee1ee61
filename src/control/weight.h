/*
 * Verbs on weights: how large a part of the identities each variant gets.
 */

#ifndef GRAY_CONTROL_WEIGHT_H
#define GRAY_CONTROL_WEIGHT_H

#include "control/control.h"
#include "control/rule.h"
#include "core/document.h"

/* One weight as a person asks for it, in buckets (0.001 %). */
typedef struct {
    const char *variant;
    bool relative; /* added to the present weight, may be negative */
    int64_t buckets;
} gray_weight_t;

typedef struct {
    unsigned n;
    const gray_weight_t *weights; /* variants not named keep theirs    */
    unsigned nby;                 /* 0: the attributes stay            */
    const char *const *by;        /* to hash: the first that is there  */
} gray_weights_t;

/* What came of it. The default variant's weight is what the others leave. */
typedef struct {
    unsigned nvariants;
    unsigned default_variant;
    char variants[GRAY_VARIANTS_MAX][GRAY_NAME_MAX + 1];
    uint32_t before[GRAY_VARIANTS_MAX];
    uint32_t after[GRAY_VARIANTS_MAX];
    /* Buckets that went from one variant to another. */
    uint32_t moved[GRAY_VARIANTS_MAX][GRAY_VARIANTS_MAX];

    unsigned nby;
    char by[GRAY_BY_MAX][GRAY_NAME_MAX + 1]; /* now                    */
    bool by_changed;
    bool divided_anew; /* by other attributes: people of all variants
                          may move, whatever `moved` says              */

    /* When one variant has all: the rules that may still give another one,
     * "never, beta"; "" when there are none. */
    char exceptions[256];
} gray_weighed_t;

/*
 * Sets weights of the release's own split, or of the rule's (rule NULL: the
 * release's). GRAY_EINVALID: an unknown variant, the default variant, a
 * weight below 0, a sum over 100 %, a split that has no attribute to hash.
 */
int gray_control_weight(gray_control_t *control, const char *release,
    const char *rule, const gray_weights_t *weights, gray_weighed_t *weighed,
    gray_error_t *error);

/* Gives the variant (also the default) everything that no rule decides. */
int gray_control_promote(gray_control_t *control, const char *release,
    const char *variant, gray_weighed_t *weighed, gray_error_t *error);

/* Adds a rule that gives a split; as gray_control_rule_add. */
int gray_control_rule_add_split(gray_control_t *control, const char *release,
    const char *name, const gray_weights_t *weights, const char *condition,
    const gray_rule_place_t *place, gray_error_t *error);

typedef struct {
    char salt[17];
    /* Of the identities that a split divides, how many get another variant,
     * as is to be expected; of the split that moves most. */
    uint32_t moved;
} gray_reshuffled_t;

/* Draws a new salt: the weights stay, other people get them. */
int gray_control_reshuffle(gray_control_t *control, const char *release,
    gray_reshuffled_t *reshuffled, gray_error_t *error);

#endif
