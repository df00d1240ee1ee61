/* A host whose facts are a table. */

#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "core_document.h"
#include "core/trace.h"

#define MAX_FACTS 24

/* Attributes "name=value", answers
 * "list=…" for any attribute. */
typedef struct {
    const gray_release_t *release;
    const char *attributes[MAX_FACTS];
    struct {
        const char *list;
        gray_answer_t answer;
    } answers[MAX_FACTS];
    int64_t now;
    unsigned asked;
    unsigned nsteps;
    gray_step_t steps[64];
} facts_t;


static inline bool
fact_attribute(void *data, unsigned i, gray_str_t *value)
{
    facts_t *facts = data;
    gray_str_t name = gray_release_attribute(facts->release, i);
    unsigned j;

    for (j = 0; j < MAX_FACTS && facts->attributes[j]; j++) {
        const char *fact = facts->attributes[j];

        if (strncmp(fact, name.data, name.len) == 0 && fact[name.len] == '=') {
            *value = str_of(fact + name.len + 1);
            return true;
        }
    }

    return false;
}


static inline gray_answer_t
fact_member(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    facts_t *facts = data;
    const char *name = gray_release_list(facts->release, list).data;
    unsigned j;

    (void) attribute;
    assert_true(value.len > 0);
    facts->asked++;

    for (j = 0; j < MAX_FACTS && facts->answers[j].list; j++) {
        if (strcmp(facts->answers[j].list, name) == 0) {
            return facts->answers[j].answer;
        }
    }

    return GRAY_NO;
}


static inline void
fact_step(void *data, const gray_step_t *step)
{
    facts_t *facts = data;

    assert_true(facts->nsteps < COUNT(facts->steps));
    facts->steps[facts->nsteps++] = *step;
}


static inline gray_host_t
host_of(facts_t *facts)
{
    return (gray_host_t){
        .data = facts,
        .now = facts->now,
        .attribute = fact_attribute,
        .member = fact_member,
    };
}


static inline gray_decision_t
decide(const gray_release_t *release, facts_t *facts)
{
    gray_decision_t decision;
    gray_host_t host = host_of(facts);

    facts->release = release;
    memset(&decision, 0xa5, sizeof(decision));
    gray_decide(release, &host, &decision);

    return decision;
}


static inline void
assert_decision(const gray_release_t *release, const gray_decision_t *decision,
    const char *variant, const char *reason)
{
    char text[GRAY_REASON_TEXT_MAX];
    size_t n = gray_reason_print(release, decision, text);

    assert_int_equal(n, strlen(text));
    assert_string_equal(text, reason);
    assert_string_equal(
        gray_release_variant(release, decision->variant).data, variant);
}

#endif
