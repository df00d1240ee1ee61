/* "weights": {"gray": 10, "b": "+2.5"}, "by": ["device_id"] in a JSON body. */

#ifndef GRAYD_WEIGHTS_H
#define GRAYD_WEIGHTS_H

#include "control/weight.h"
#include "request.h"

typedef struct {
    gray_weights_t weights; /* points into the rest: not to be copied */
    gray_weight_t list[GRAY_VARIANTS_MAX];
    const char **by; /* malloc'ed */
} grayd_weights_t;

/* Reads the members `name` and "by" of the request's body. 0, or -1 and a
 * reply. The caller frees weights->by. */
int grayd_weights_read(
    grayd_request_t *request, const char *name, grayd_weights_t *weights);

#endif
