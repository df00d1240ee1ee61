/* Weights as they are typed: gray=5, gray=+5, gray=-2.5, gray=5,b=10. */

#ifndef GRAYCTL_WEIGHTS_H
#define GRAYCTL_WEIGHTS_H

#include <jansson.h>
#include "command.h"
#include "control/weight.h"

/* The texts that the weights point into are the structure's own. */
typedef struct {
    gray_weights_t weights;
    gray_weight_t list[GRAY_VARIANTS_MAX];
    char variants[GRAY_VARIANTS_MAX][GRAY_NAME_MAX + 1];
    const char *by[GRAY_BY_MAX];
    char by_text[GRAY_BY_MAX * (GRAY_NAME_MAX + 1)];
} grayctl_weights_t;

/* Reads `n` words, and the option --by. -1 and a usage error. */
int grayctl_weights_read(
    grayctl_t *cli, char *const *words, int n, grayctl_weights_t *weights);

/* Puts them into a request's body, as its member `name`, and "by". -1 and an
 * error. */
int grayctl_weights_json(grayctl_t *cli, const grayctl_weights_t *weights,
    const char *name, json_t *body);

#endif
