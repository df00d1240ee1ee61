/*
 * Explaining: gray_decide with a host that reads the store and keeps the
 * steps.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/explain.h"
#include "core/name.h"
#include "core/release.h"
#include "internal.h"

/* The host of the decision. */
typedef struct {
    const gray_explain_t *question;
    const gray_release_t *release;
    gray_document_t document; /* the release's: for the words of a split  */
    gray_txn_t *txn;
    uint64_t now;
    gray_explanation_t *explanation;
    char why[400]; /* of the list test that was answered last           */
    bool failed;   /* no memory                                         */
} gray_explainer_t;


const char *
gray_truth_name(gray_truth_t truth)
{
    static const char *const names[] = { "false", "true", "unknown" };

    return names[truth];
}


/* --- the host's answers ---------------------------------------------------- */

static bool
gray_explain_attribute(void *data, unsigned i, gray_str_t *value)
{
    unsigned a;
    gray_str_t name;
    gray_explainer_t *explainer = data;
    const gray_explain_t *question = explainer->question;

    name = gray_release_attribute(explainer->release, i);

    for (a = 0; a < question->nattributes; a++) {
        if (strcmp(question->attributes[a].name, name.data) == 0
            && question->attributes[a].value.len > 0)
        {
            *value = question->attributes[a].value;
            return true;
        }
    }

    return false;
}


static int
gray_explain_add(
    gray_explainer_t *explainer, unsigned *n, char ***texts, const char *text)
{
    gray_texts_t all;

    all = (gray_texts_t){ *n, *texts };
    if (!gray_texts_have(&all, text, strlen(text))
        && gray_texts_add(&all, text, strlen(text)) != 0)
    {
        explainer->failed = true;
    }
    *n = all.n;
    *texts = all.texts;

    return 0;
}


static gray_answer_t
gray_explain_live(gray_explainer_t *explainer, const char *list)
{
    unsigned i;
    const gray_explain_t *question = explainer->question;

    for (i = 0; i < question->nlives; i++) {
        if (strcmp(question->lives[i].list, list) == 0) {
            (void) snprintf(explainer->why, sizeof(explainer->why),
                "live list %s: the answer given", list);
            return question->lives[i].answer;
        }
    }

    (void) gray_explain_add(explainer, &explainer->explanation->nunasked,
        &explainer->explanation->unasked, list);
    (void) snprintf(explainer->why, sizeof(explainer->why),
        "live list %s: not asked; give its answer with --live %s=yes", list,
        list);

    return GRAY_UNKNOWN_LIVE;
}


/* What an answer of the store rests on. */
static void
gray_explain_why(gray_explainer_t *explainer, const gray_list_t *header,
    const char *list, gray_str_t value, const gray_lookup_t *lookup)
{
    int shown;
    char member[256], expiry[GRAY_TIME_TEXT_MAX];

    shown = value.len > 80 ? 80 : (int) value.len;

    if (lookup->no_address) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is no address, so it is in no ip list", shown, value.data);
        return;
    }
    if (!lookup->found) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is not in %s", shown, value.data, list);
        return;
    }

    (void) gray_identity_text(
        header->kind, gray_key_bytes(&lookup->key), member);

    if (!lookup->listed) {
        gray_time_print(lookup->expiry, expiry);
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.80s of %s expired at %s", member, list, expiry);
    } else if (strlen(member) == value.len
               && memcmp(member, value.data, value.len) == 0)
    {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.80s is in %s", member, list);
    } else {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "%.*s is in %.80s of %s", shown, value.data, member, list);
    }
}


static gray_answer_t
gray_explain_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    int rc;
    const char *name;
    gray_list_t header;
    gray_lookup_t lookup;
    gray_explainer_t *explainer = data;

    (void) attribute;

    name = gray_release_list(explainer->release, list).data;

    if (gray_release_list_kind(explainer->release, list) == GRAY_LIST_LIVE) {
        return gray_explain_live(explainer, name);
    }

    rc = gray_store_list_get(explainer->txn, name, &header);
    if (rc == GRAY_STORE_OK) {
        rc = gray_lookup(
            explainer->txn, &header, value, explainer->now, &lookup);
    } else if (rc == GRAY_STORE_ENOTFOUND) {
        (void) snprintf(explainer->why, sizeof(explainer->why),
            "there is no list %s", name);
        return GRAY_UNKNOWN_LIST;
    }
    if (rc != GRAY_STORE_OK) {
        (void) snprintf(explainer->why, sizeof(explainer->why), "%s",
            gray_store_strerror(rc));
        return GRAY_UNKNOWN_STORE;
    }

    gray_explain_why(explainer, &header, name, value, &lookup);

    return lookup.listed ? GRAY_YES : GRAY_NO;
}


/* --- steps ----------------------------------------------------------------- */

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
    const char *attribute, *quote;

    attribute = gray_explain_attribute_name(explainer, step);

    switch (step->op) {
    case GRAY_OP_TRUE:
        return gray_text("true");
    case GRAY_OP_HAS:
        return gray_text("has %s", attribute);
    case GRAY_OP_IN:
    case GRAY_OP_NOT_IN:
        return gray_text("%s %s @%s", attribute, gray_op_name(step->op),
            gray_release_list(explainer->release, (unsigned) step->list).data);
    default:
        quote = step->literal_kind == GRAY_VALUE_TEXT ? "'" : "";
        return gray_text("%s %s %s%.*s%s", attribute, gray_op_name(step->op),
            quote, (int) step->literal.len, step->literal.data, quote);
    }
}


static char *
gray_explain_test_why(gray_explainer_t *explainer, const gray_step_t *step)
{
    int shown;
    const char *attribute;

    attribute = gray_explain_attribute_name(explainer, step);
    shown = step->value.len > 80 ? 80 : (int) step->value.len;

    if (step->op == GRAY_OP_TRUE) {
        return gray_text("always");
    }
    if (!step->present) {
        return gray_text("%s is absent", attribute);
    }
    if (step->list >= 0) {
        return gray_text("%s", explainer->why);
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


static char *
gray_explain_split_why(gray_explainer_t *explainer, const gray_step_t *step)
{
    const char *variant;

    variant = step->variant >= 0 ? gray_release_variant(
                  explainer->release, (unsigned) step->variant)
                                       .data
                                 : "the default";

    if (step->bucket >= 0) {
        return gray_text("%s falls into bucket %d: %s",
            gray_explain_attribute_name(explainer, step), step->bucket,
            variant);
    }
    if (step->attribute >= 0) {
        return gray_text("%s can be no identity: %s",
            gray_explain_attribute_name(explainer, step), variant);
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


static void
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


/* --- the answer ------------------------------------------------------------ */

static bool
gray_explain_given(const gray_explain_t *question, const char *name)
{
    unsigned i;

    for (i = 0; i < question->nattributes; i++) {
        if (strcmp(question->attributes[i].name, name) == 0) {
            return true;
        }
    }

    return false;
}


/* Attributes that only one side knows: most surprises are a missing one. */
static void
gray_explain_compare(gray_explainer_t *explainer)
{
    unsigned i, j, n;
    const char *name;
    gray_explanation_t *explanation = explainer->explanation;
    const gray_explain_t *question = explainer->question;

    n = gray_release_attributes(explainer->release);

    for (i = 0; i < n; i++) {
        name = gray_release_attribute(explainer->release, i).data;
        if (!gray_explain_given(question, name)) {
            (void) gray_explain_add(
                explainer, &explanation->nmissing, &explanation->missing, name);
        }
    }

    for (i = 0; i < question->nattributes; i++) {
        name = question->attributes[i].name;
        for (j = 0; j < n; j++) {
            if (strcmp(gray_release_attribute(explainer->release, j).data, name)
                == 0) {
                break;
            }
        }
        if (j == n) {
            (void) gray_explain_add(
                explainer, &explanation->nunused, &explanation->unused, name);
        }
    }
}


static void
gray_explain_result(const gray_explainer_t *explainer,
    const gray_decision_t *decision, gray_explanation_t *explanation)
{
    const gray_release_t *release = explainer->release;

    (void) snprintf(explanation->variant, sizeof(explanation->variant), "%s",
        gray_release_variant(release, decision->variant).data);
    (void) gray_reason_print(release, decision, explanation->reason);

    explanation->bucket = decision->bucket;
    if (decision->rule >= 0) {
        (void) snprintf(explanation->rule, sizeof(explanation->rule), "%s",
            gray_release_rule(release, (unsigned) decision->rule).data);
    }
    if (decision->attribute >= 0) {
        (void) snprintf(explanation->attribute, sizeof(explanation->attribute),
            "%s",
            gray_release_attribute(release, (unsigned) decision->attribute)
                .data);
    }
}


static void
gray_explain_decide(gray_control_t *control, gray_explainer_t *explainer)
{
    gray_host_t host;
    gray_switch_t global;
    gray_decision_t decision;
    gray_switch_cursor_t cursor;
    gray_explanation_t *explanation = explainer->explanation;

    memset(&host, 0, sizeof(host));
    memset(&cursor, 0, sizeof(cursor));
    host.data = explainer;
    host.attribute = gray_explain_attribute;
    host.member = gray_explain_member;
    host.step = gray_explain_step;

    explanation->off
        = gray_switches_off(control->switches, &cursor, explanation->release);
    if (control->switches != NULL
        && gray_switches_get(control->switches, 0, &global))
    {
        explanation->all_off = global.off;
    }

    gray_decide(explainer->release, &host, &decision);

    /* The steps are those of the decision that the switch prevents. */
    if (explanation->off) {
        host.off = true;
        host.step = NULL;
        gray_decide(explainer->release, &host, &decision);
    }

    gray_explain_result(explainer, &decision, explanation);
    gray_explain_compare(explainer);
}


static int
gray_explain_in(gray_control_t *control, gray_txn_t *txn,
    const gray_explain_t *question, gray_explanation_t *explanation,
    gray_error_t *error)
{
    int rc;
    gray_release_t *release;
    gray_explainer_t explainer;
    gray_store_release_t stored;

    memset(&explainer, 0, sizeof(explainer));

    if (gray_release_fetch(
            control, txn, question->release, &explainer.document, NULL, error)
            != 0
        || gray_store_release_get(txn, question->release, &stored)
               != GRAY_STORE_OK
        || gray_release_load(
               stored.compiled.data, stored.compiled.len, &release, error)
               != 0)
    {
        gray_document_free(&explainer.document);
        return -1;
    }

    explainer.question = question;
    explainer.release = release;
    explainer.txn = txn;
    explainer.now = question->now != 0 ? question->now : gray_wall_ms() / 1000;
    explainer.explanation = explanation;
    explanation->revision = control->revision;

    gray_explain_decide(control, &explainer);

    rc = explainer.failed ? gray_no_memory(error) : 0;
    gray_release_free(release);
    gray_document_free(&explainer.document);

    return rc;
}


int
gray_control_explain(gray_control_t *control, const gray_explain_t *question,
    gray_explanation_t *explanation, gray_error_t *error)
{
    int rc;
    unsigned i;
    gray_txn_t *txn;

    memset(explanation, 0, sizeof(*explanation));
    explanation->bucket = -1;
    (void) snprintf(explanation->release, sizeof(explanation->release), "%.63s",
        question->release);

    for (i = 0; i < question->nattributes; i++) {
        if (!gray_attribute_valid(
                (gray_str_t){ strlen(question->attributes[i].name),
                    question->attributes[i].name }))
        {
            (void) gray_error_set(error, GRAY_EINVALID,
                "\"%.80s\" is no name for an attribute",
                question->attributes[i].name);
            return gray_error_hint(error, "write NAME=VALUE");
        }
    }

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    rc = gray_explain_in(control, txn, question, explanation, error);
    gray_verb_read_end(control, txn);

    if (rc != 0) {
        gray_explanation_free(explanation);
    }

    return rc;
}


static void
gray_explain_free_texts(char **texts, unsigned n)
{
    gray_texts_t all;

    all = (gray_texts_t){ n, texts };
    gray_texts_free(&all);
}


void
gray_explanation_free(gray_explanation_t *explanation)
{
    unsigned i;

    for (i = 0; i < explanation->nsteps; i++) {
        free(explanation->steps[i].test);
        free(explanation->steps[i].why);
    }
    free(explanation->steps);
    gray_explain_free_texts(explanation->missing, explanation->nmissing);
    gray_explain_free_texts(explanation->unused, explanation->nunused);
    gray_explain_free_texts(explanation->unasked, explanation->nunasked);
    memset(explanation, 0, sizeof(*explanation));
}
