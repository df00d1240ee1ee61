/*
 * The steps of a decision in words.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "explain_internal.h"


static const char *
gray_explain_attribute_name(
    const gray_explainer_t *explainer, const gray_step_t *step)
{
    return step->attribute >= 0 ? gray_release_attribute(
               explainer->release, (unsigned) step->attribute)
                                      .data
                                : "";
}


static char *
gray_explain_test(const gray_explainer_t *explainer, const gray_step_t *step)
{
    size_t len = gray_step_print(explainer->release, step, NULL, 0);
    char *text = malloc(len + 1);

    if (text != NULL) {
        (void) gray_step_print(explainer->release, step, text, len + 1);
    }

    return text;
}


static char *
gray_explain_test_why(gray_explainer_t *explainer, const gray_step_t *step)
{
    int shown;
    const char *attribute;
    char now[GRAY_TIME_TEXT_MAX];

    attribute = gray_explain_attribute_name(explainer, step);
    shown = step->value.len > 80 ? 80 : (int) step->value.len;

    if (step->op == GRAY_OP_TRUE) {
        return gray_text("always");
    }
    if (step->op == GRAY_OP_NOW_BEFORE || step->op == GRAY_OP_NOW_FROM) {
        gray_time_print((uint64_t) step->now, now);
        return gray_text("it is %s", now);
    }
    if (!step->present) {
        return gray_text("%s is absent", attribute);
    }
    if (step->list >= 0) {
        return gray_text("%s", explainer->why);
    }
    if (step->cause == GRAY_CAUSE_REGEX) {
        return gray_text("%s is %.*s: past the limit of a regex", attribute,
            shown, step->value.data);
    }

    return gray_text("%s is %.*s", attribute, shown, step->value.data);
}


/* A rule's outcome, in a few words. */
static char *
gray_explain_rule_why(gray_explainer_t *explainer, const gray_step_t *step)
{
    char *split, *text;
    const char *outcome;

    split = NULL;
    if (step->variant >= 0) {
        outcome
            = gray_release_variant(explainer->release, (unsigned) step->variant)
                  .data;
    } else {
        split = gray_split_text(
            &explainer->document, &explainer->document.rules[step->rule]);
        outcome = split != NULL ? split : "";
    }

    switch (step->truth) {
    case GRAY_TRUE:
        text = gray_text("gives %s", outcome);
        break;
    case GRAY_FALSE:
        text = gray_text("does not hold");
        break;
    default:
        text = step->variant >= 0
                       && (unsigned) step->variant
                              != explainer->document.default_variant
                   ? gray_text("cannot be known: skipped, nobody gets %s by "
                               "what is unknown",
                       outcome)
                   : gray_text("cannot be known: ends with the default");
    }
    free(split);

    return text;
}


const gray_split_t *
gray_explain_split(const gray_explainer_t *explainer, int rule)
{
    return rule >= 0 ? &explainer->document.rules[rule].split
                     : &explainer->document.split;
}


gray_explain_range_t
gray_explain_range(const gray_explainer_t *explainer, const gray_split_t *split,
    uint32_t bucket)
{
    unsigned i;
    const gray_range_t *owned;
    gray_explain_range_t range = { 0, GRAY_BUCKETS, "" };

    for (i = 0; i < split->nowned; i++) {
        owned = &split->owned[i];

        if (bucket >= owned->first && bucket < owned->end) {
            range.first = owned->first;
            range.end = owned->end;
            (void) snprintf(range.variant, sizeof(range.variant), "%s",
                explainer->document.variants[owned->variant]);
            return range;
        }

        if (owned->end <= bucket && owned->end > range.first) {
            range.first = owned->end;
        }
        if (owned->first > bucket && owned->first < range.end) {
            range.end = owned->first;
        }
    }

    return range;
}


static char *
gray_explain_bucket_why(const gray_explainer_t *explainer,
    const gray_step_t *step, const char *variant)
{
    gray_explain_range_t range;

    range = gray_explain_range(explainer,
        gray_explain_split(explainer, step->rule), (uint32_t) step->bucket);

    if (*range.variant != '\0') {
        return gray_text("%s falls into bucket %d, in %u to %u of %s",
            gray_explain_attribute_name(explainer, step), step->bucket,
            range.first, range.end - 1, range.variant);
    }

    return gray_text("%s falls into bucket %d, in %u to %u, which are nobody's:"
                     " %s",
        gray_explain_attribute_name(explainer, step), step->bucket, range.first,
        range.end - 1, variant);
}


static char *
gray_explain_split_why(gray_explainer_t *explainer, const gray_step_t *step)
{
    const char *variant;

    variant = step->variant >= 0
                      && (unsigned) step->variant
                             < gray_release_variants(explainer->release)
                  ? gray_release_variant(
                      explainer->release, (unsigned) step->variant)
                        .data
                  : explainer->default_name;

    if (step->bucket >= 0) {
        return gray_explain_bucket_why(explainer, step, variant);
    }

    return gray_text("none of its attributes is present: %s", variant);
}


static void
gray_explain_step_texts(gray_explainer_t *explainer, const gray_step_t *step,
    gray_explain_step_t *kept)
{
    switch (step->kind) {
    case GRAY_STEP_TEST:
        kept->test = gray_explain_test(explainer, step);
        kept->why = gray_explain_test_why(explainer, step);
        break;

    case GRAY_STEP_RULE:
        kept->test = gray_text("%s",
            gray_release_condition(explainer->release, (unsigned) step->rule)
                .data);
        kept->why = gray_explain_rule_why(explainer, step);
        break;

    case GRAY_STEP_SPLIT:
        kept->test = gray_split_text(&explainer->document,
            step->rule >= 0 ? &explainer->document.rules[step->rule] : NULL);
        kept->why = gray_explain_split_why(explainer, step);
        break;
    }
}


void
gray_explain_step(void *data, const gray_step_t *step)
{
    gray_explainer_t *explainer = data;
    gray_explain_step_t *grown, *kept;
    gray_explanation_t *explanation = explainer->explanation;

    grown = realloc(explanation->steps,
        (explanation->nsteps + 1) * sizeof(*explanation->steps));
    if (grown == NULL) {
        explainer->failed = true;
        return;
    }
    explanation->steps = grown;

    kept = &grown[explanation->nsteps++];
    memset(kept, 0, sizeof(*kept));
    kept->kind = step->kind;
    kept->truth = step->truth;
    if (step->rule >= 0) {
        (void) snprintf(kept->rule, sizeof(kept->rule), "%s",
            gray_release_rule(explainer->release, (unsigned) step->rule).data);
    }

    gray_explain_step_texts(explainer, step, kept);
    if (kept->test == NULL || kept->why == NULL) {
        explainer->failed = true;
    }
}
