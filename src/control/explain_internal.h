/*
 * Explaining, in parts: the host's answers (explain_host.c), the steps in
 * words (explain_steps.c), the question (explain.c).
 */

#ifndef GRAY_CONTROL_EXPLAIN_INTERNAL_H
#define GRAY_CONTROL_EXPLAIN_INTERNAL_H

#include "control/explain.h"
#include "control/running.h"
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
    unsigned default_plus_one; /* nginx.conf's default, see gray_host_t   */
    const char *default_name;  /* its name                                */
    char why[400]; /* of the list test that was answered last           */
    bool failed;   /* no memory                                         */
} gray_explainer_t;

/* Adds a copy of the text unless it is there. */
void gray_explain_add(
    gray_explainer_t *explainer, unsigned *n, char ***texts, const char *text);

/* gray_host_t.default_plus_one for a release: what the running nginx says, with
 * its name in *default_name, or 0. */
unsigned gray_explain_default(const gray_running_t *running, const char *name,
    const gray_release_t *release, const char **default_name);

/* The split of rule `rule` of the document, or (-1) its own. */
const gray_split_t *gray_explain_split(
    const gray_explainer_t *explainer, int rule);

/* The range that a bucket lies in: a variant's, or what lies free between
 * two. */
gray_explain_range_t gray_explain_range(const gray_explainer_t *explainer,
    const gray_split_t *split, uint32_t bucket);

/* gray_host_t's callbacks; `data` is a gray_explainer_t. */
bool gray_explain_attribute(void *data, unsigned i, gray_str_t *value);
gray_answer_t gray_explain_member(
    void *data, unsigned list, unsigned attribute, gray_str_t value);
void gray_explain_step(void *data, const gray_step_t *step);

#endif
