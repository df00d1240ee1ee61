#include "evaluate.h"

typedef struct {
    gray_evaluation_t evaluation;
    gray_decision_t *decision;
    unsigned default_variant;
    gray_cause_t skipped_cause; /* of the first rule skipped as unknown */
    int skipped_list;
    int skipped_rule;
    bool settled; /* what comes after it only collects pending tests    */
} decider_t;


static void
settle(decider_t *d, unsigned variant, gray_reason_t reason)
{
    d->decision->variant = variant;
    d->decision->reason = reason;
    d->decision->rule = d->evaluation.rule;
    d->settled = true;
}


static void
settle_error(decider_t *d, gray_cause_t cause, int list, int rule)
{
    settle(d, d->default_variant, GRAY_REASON_ERROR);
    d->decision->cause = cause;
    d->decision->cause_list = list;
    d->decision->cause_rule = rule;
}


/* Steps are made only for a host that wants them: they are large. */

static void
tell_split(decider_t *d, bool decided, int attribute, gray_str_t value,
    int bucket, unsigned variant)
{
    const gray_host_t *host = d->evaluation.host;
    const gray_step_t step = {
        .kind = GRAY_STEP_SPLIT,
        .rule = d->evaluation.rule,
        .truth = decided ? GRAY_TRUE : GRAY_FALSE,
        .attribute = attribute,
        .present = attribute >= 0,
        .value = value,
        .list = -1,
        .bucket = bucket,
        .variant = (int) variant,
    };

    host->step(host->data, &step);
}


static void
tell_rule(decider_t *d, const gray_form_rule_t *rule, gray_truth_t truth)
{
    const gray_host_t *host = d->evaluation.host;
    const gray_step_t step = {
        .kind = GRAY_STEP_RULE,
        .rule = d->evaluation.rule,
        .truth = truth,
        .attribute = -1,
        .list = -1,
        .bucket = -1,
        .variant = rule->variant == GRAY_FORM_NONE ? -1 : (int) rule->variant,
    };

    host->step(host->data, &step);
}


/* The first attribute of `by` that is present and can be an identity; -1:
 * none. */
static int
find_identity(decider_t *d, const gray_form_split_t *split, gray_str_t *value)
{
    uint32_t i;

    for (i = 0; i < split->nby; i++) {
        uint32_t attribute = d->evaluation.release->by[split->by + i];

        if (gray_evaluate_attribute(&d->evaluation, attribute, value)
            && value->len <= GRAY_IDENTITY_MAX)
        {
            return (int) attribute;
        }
    }

    return -1;
}


static unsigned
find_owner(decider_t *d, const gray_form_split_t *split, uint32_t bucket)
{
    const gray_form_range_t *ranges
        = d->evaluation.release->ranges + split->range;
    uint32_t low = 0, high = split->nranges;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (bucket >= ranges[middle].end) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low < split->nranges && bucket >= ranges[low].first
               ? ranges[low].variant
               : d->default_variant;
}


/* Whether the split decided: it does not when nobody is there to hash. */
static bool
settle_split(decider_t *d, uint32_t index)
{
    const gray_form_split_t *split = &d->evaluation.release->splits[index];
    unsigned variant = d->default_variant;
    int bucket = -1;
    gray_str_t value = gray_str("");
    int attribute = find_identity(d, split, &value);
    bool decided = true;

    if (attribute >= 0) {
        bucket
            = (int) gray_bucket_salted(&d->evaluation.release->salted, value);
        variant = find_owner(d, split, (uint32_t) bucket);
    } else if (split->everyone != GRAY_FORM_NONE) {
        variant = split->everyone;
    } else {
        decided = false;
    }

    if (d->evaluation.host->step != NULL) {
        tell_split(d, decided, attribute, value, bucket, variant);
    }

    if (decided) {
        settle(d, variant, GRAY_REASON_SPLIT);
        d->decision->attribute = attribute;
        d->decision->bucket = bucket;
    }

    return decided;
}


static void
settle_rule(decider_t *d, const gray_form_rule_t *rule)
{
    if (rule->variant != GRAY_FORM_NONE) {
        settle(d, rule->variant, GRAY_REASON_TARGETING_MATCH);
    } else if (!settle_split(d, rule->split)) {
        settle(d, d->default_variant, GRAY_REASON_DEFAULT);
    }
}


/* Whether not knowing the rule ends the decision: it could have kept somebody
 * with the default. */
static bool
ends_unknown(const decider_t *d, const gray_form_rule_t *rule)
{
    return rule->variant == GRAY_FORM_NONE
           || rule->variant == d->default_variant;
}


static void
settle_unknown(decider_t *d, const gray_form_rule_t *rule)
{
    const gray_doubts_t *doubts = &d->evaluation.doubts;

    if (ends_unknown(d, rule)) {
        settle_error(d, doubts->cause, doubts->cause_list, d->evaluation.rule);
        return;
    }

    if (d->decision->skipped++ == 0) {
        d->skipped_cause = doubts->cause;
        d->skipped_list = doubts->cause_list;
        d->skipped_rule = d->evaluation.rule;
    }
}


/* Whether the rules after this one could matter. */
static bool
decide_rule(decider_t *d, unsigned i)
{
    const gray_form_rule_t *rule = &d->evaluation.release->rules[i];
    gray_truth_t truth;
    bool pending;

    d->evaluation.rule = (int) i;
    d->evaluation.doubts.npending = 0;
    d->evaluation.doubts.cause = GRAY_CAUSE_NONE;

    truth = gray_evaluate(&d->evaluation, rule->node);
    pending = d->evaluation.doubts.npending > 0;

    if (d->evaluation.host->step != NULL) {
        tell_rule(d, rule, truth);
    }

    if (!d->settled && truth == GRAY_TRUE) {
        settle_rule(d, rule);
    }

    if (!d->settled && truth == GRAY_UNKNOWN) {
        settle_unknown(d, rule);
    }

    /* A pending test may still turn an unknown rule false. */
    return truth == GRAY_FALSE
           || (truth == GRAY_UNKNOWN && (pending || !ends_unknown(d, rule)));
}


static void
decide_rules(decider_t *d)
{
    unsigned i, n = gray_release_rules(d->evaluation.release);

    for (i = 0; i < n; i++) {
        if (!decide_rule(d, i)) {
            return;
        }
    }
}


static void
decide_bottom(decider_t *d)
{
    uint32_t split = d->evaluation.release->header->split;

    d->evaluation.rule = -1;

    if (split != GRAY_FORM_NONE && settle_split(d, split)) {
        return;
    }

    if (d->decision->skipped > 0) {
        settle_error(d, d->skipped_cause, d->skipped_list, d->skipped_rule);
    } else {
        settle(d, d->default_variant, GRAY_REASON_DEFAULT);
    }
}


unsigned
gray_decide_default(const gray_release_t *release, const gray_host_t *host)
{
    return host->default_plus_one > 0 ? host->default_plus_one - 1
                                      : gray_release_default(release);
}


void
gray_decide(const gray_release_t *release, const gray_host_t *host,
    gray_decision_t *decision)
{
    decider_t d = {
        .evaluation = {
            .release = release,
            .host = host,
            .tests = decision->tests,
            .rule = -1,
            .regex_steps = GRAY_REGEX_DECISION_STEPS,
        },
        .decision = decision,
        .default_variant = gray_decide_default(release, host),
    };

    decision->pending = false;
    decision->ntests = 0;
    decision->attribute = -1;
    decision->bucket = -1;
    decision->cause = GRAY_CAUSE_NONE;
    decision->cause_list = -1;
    decision->cause_rule = -1;
    decision->nregex = 0;
    decision->skipped = 0;

    if (host->off) {
        settle(&d, d.default_variant, GRAY_REASON_DISABLED);
        return;
    }

    if (host->override_plus_one > 0
        && host->override_plus_one <= gray_release_variants(release))
    {
        settle(&d, host->override_plus_one - 1, GRAY_REASON_OVERRIDE);
        return;
    }

    decide_rules(&d);

    if (!d.settled) {
        decide_bottom(&d);
    }

    decision->nregex = d.evaluation.nregex;
    decision->ntests = d.evaluation.doubts.ntests;
    decision->pending = d.evaluation.doubts.ntests > 0;
}
