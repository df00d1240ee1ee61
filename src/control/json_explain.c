/* An explanation as JSON. */

#include "control/json.h"


static const char *
or_null(const char *text)
{
    return *text ? text : NULL;
}


static json_t *
trace_json(const gray_explanation_t *explanation)
{
    unsigned i;
    json_t *trace = json_array();
    const gray_explain_step_t *step;
    static const char *kinds[] = { [GRAY_STEP_TEST] = "test",
        [GRAY_STEP_RULE] = "rule",
        [GRAY_STEP_SPLIT] = "split" };

    for (i = 0; i < explanation->nsteps; i++) {
        step = &explanation->steps[i];
        json_array_append_new(trace,
            json_pack("{s:s, s:s?, s:s?, s:o, s:o}", "step", kinds[step->kind],
                "rule", or_null(step->rule), "truth",
                step->kind == GRAY_STEP_SPLIT ? NULL
                                              : gray_truth_name(step->truth),
                "test", gray_json_text(step->test), "why",
                gray_json_text(step->why)));
    }

    return trace;
}


static json_t *
names_json(char **names, unsigned n)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < n; i++) {
        json_array_append_new(list, gray_json_text(names[i]));
    }

    return list;
}


json_t *
gray_json_explanation(const gray_explanation_t *explanation)
{
    json_t *bucket = explanation->bucket < 0
                         ? json_null()
                         : json_integer(explanation->bucket);
    json_t *range = explanation->bucket < 0
                        ? json_null()
                        : json_pack("[i, i]", (int) explanation->range.first,
                            (int) explanation->range.end);

    return json_pack(
        "{s:s, s:s, s:s, s:s?, s:s?, s:o, s:o, s:o, s:I, s:b, s:b, s:o, s:o, "
        "s:o, s:o}",
        "release", explanation->release, "variant", explanation->variant,
        "reason", explanation->reason, "rule", or_null(explanation->rule),
        "attribute", or_null(explanation->attribute), "bucket", bucket, "range",
        range, "now", gray_json_time(explanation->now), "revision",
        (json_int_t) explanation->revision, "off", explanation->off, "all_off",
        explanation->all_off, "missing",
        names_json(explanation->missing, explanation->nmissing), "unused",
        names_json(explanation->unused, explanation->nunused), "unasked",
        names_json(explanation->unasked, explanation->nunasked), "trace",
        trace_json(explanation));
}
