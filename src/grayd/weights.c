/* Weights in a JSON body. */

#include "weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "body.h"

/* Far more than any weight: what is too much is told by the verb. */
#define GRAYD_PERCENT_MAX 1e6


/* Percent with up to three decimals, as buckets. */
static bool
grayd_buckets(double percent, int64_t *buckets)
{
    double scaled = percent * (GRAY_BUCKETS / 100);

    *buckets = fabs(percent) <= GRAYD_PERCENT_MAX ? llround(scaled) : 0;

    return fabs(percent) <= GRAYD_PERCENT_MAX
           && fabs(scaled - round(scaled)) < 1e-6;
}


/* A number is the weight; "+5" and "-2.5" are added to the present one. */
static bool
grayd_weight_value(const json_t *value, gray_weight_t *weight)
{
    const char *text = json_string_value(value);
    char *end;
    double percent;

    if (json_is_number(value)) {
        return grayd_buckets(json_number_value(value), &weight->buckets);
    }

    if (text == NULL || (text[0] != '+' && text[0] != '-')
        || strspn(text + 1, "0123456789.") != strlen(text + 1))
    {
        return false;
    }

    weight->relative = true;
    percent = strtod(text, &end);

    return end > text + 1 && *end == '\0'
           && grayd_buckets(percent, &weight->buckets);
}


int
grayd_weights_read(
    grayd_request_t *request, const char *name, grayd_weights_t *weights)
{
    json_t *value, *object = json_object_get(request->body, name);
    const char *variant;

    memset(weights, 0, sizeof(*weights));

    if (!json_is_object(object) || json_object_size(object) == 0
        || json_object_size(object) > GRAY_VARIANTS_MAX)
    {
        return grayd_body_bad(
            request, name, "it is not an object of variants and percentages");
    }

    json_object_foreach(object, variant, value)
    {
        gray_weight_t *weight = &weights->list[weights->weights.n++];

        weight->variant = variant;
        if (!grayd_weight_value(value, weight)) {
            return grayd_body_bad(request, name,
                "'%.64s' is neither a percentage with up to three decimals nor "
                "a change such as \"+5\"",
                variant);
        }
    }

    weights->weights.weights = weights->list;

    if (grayd_body_texts(request, "by", false, GRAY_BY_MAX, &weights->by,
            &weights->weights.nby)
        != 0)
    {
        return -1;
    }
    weights->weights.by = weights->by;

    return 0;
}
