/*
 * Explaining: gray_decide with a host that reads the store and keeps the
 * steps.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/running.h"
#include "core/name.h"
#include "explain_internal.h"


const char *
gray_truth_name(gray_truth_t truth)
{
    static const char *const names[] = { "false", "true", "unknown" };

    return names[truth];
}


static bool
gray_explain_has(const gray_explain_t *question, const char *name)
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
        if (!gray_explain_has(question, name)) {
            gray_explain_add(
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
            gray_explain_add(
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
        decision->variant < gray_release_variants(release)
            ? gray_release_variant(release, decision->variant).data
            : explainer->default_name);
    (void) gray_reason_print(release, decision, explanation->reason);

    explanation->bucket = decision->bucket;
    if (decision->bucket >= 0) {
        explanation->range = gray_explain_range(explainer,
            gray_explain_split(explainer, decision->rule),
            (uint32_t) decision->bucket);
    }
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


/* The first variant of a running nginx.conf is what its requests get by
 * default, whatever the document says. */
unsigned
gray_explain_default(const gray_running_t *running, const char *name,
    const gray_release_t *release, const char **default_name)
{
    unsigned v;
    const gray_running_release_t *named;

    named = gray_running_find(running, name);
    if (named == NULL || named->nvariants == 0) {
        return 0;
    }

    *default_name = *named->variants;

    for (v = 0; v < gray_release_variants(release); v++) {
        if (strcmp(gray_release_variant(release, v).data, *default_name) == 0) {
            return v + 1;
        }
    }

    return GRAY_VARIANTS_MAX + 1;
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
    host.now = (int64_t) explainer->now;
    host.attribute = gray_explain_attribute;
    host.member = gray_explain_member;
    host.step = gray_explain_step;
    host.default_plus_one = explainer->default_plus_one;

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
gray_explain_load(gray_control_t *control, gray_txn_t *txn, const char *name,
    gray_release_t **release, gray_error_t *error)
{
    gray_store_release_t stored;
    int rc = gray_store_release_get(txn, name, &stored);

    if (rc != GRAY_STORE_OK) {
        return gray_verb_store_error(control->dir, rc, error);
    }

    return gray_release_load(
        stored.compiled.data, stored.compiled.len, release, error);
}


static int
gray_explain_in(gray_control_t *control, gray_txn_t *txn,
    const gray_explain_t *question, const gray_running_t *running,
    gray_explanation_t *explanation, gray_error_t *error)
{
    int rc;
    gray_release_t *release;
    gray_explainer_t explainer;

    memset(&explainer, 0, sizeof(explainer));

    if (gray_release_fetch(
            control, txn, question->release, &explainer.document, NULL, error)
        != 0)
    {
        return -1;
    }

    if (gray_explain_load(control, txn, question->release, &release, error)
        != 0) {
        gray_document_free(&explainer.document);
        return -1;
    }

    explainer.question = question;
    explainer.release = release;
    explainer.txn = txn;
    explainer.now = question->now != 0 ? question->now : gray_wall_ms() / 1000;
    explainer.explanation = explanation;
    explanation->now = explainer.now;
    explanation->revision = control->revision;

    explainer.default_plus_one = gray_explain_default(
        running, question->release, release, &explainer.default_name);
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
    gray_running_t running;

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
                "'%.80s' is no name for an attribute",
                question->attributes[i].name);
            return gray_error_hint(error, "write NAME=VALUE");
        }
    }

    if (gray_control_running(control, &running, error) != 0) {
        return -1;
    }

    rc = gray_verb_read(control, &txn, error);
    if (rc == 0) {
        rc = gray_explain_in(
            control, txn, question, &running, explanation, error);
        gray_verb_read_end(control, txn);
    }
    gray_running_free(&running);

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
