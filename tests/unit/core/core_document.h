/* Building documents and releases in tests. */

#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include "core_test.h"
#include "core/release.h"

/* Lists whose names begin with "live" are live, with "ip" are ip lists, with
 * "no" are not there. */
static inline gray_list_kind_t
list_kind(void *data, gray_str_t name)
{
    static const struct {
        const char *prefix;
        gray_list_kind_t kind;
    } kinds[] = {
        { "live", GRAY_LIST_LIVE },
        { "ip", GRAY_LIST_IP },
        { "no", GRAY_LIST_UNKNOWN },
    };
    size_t i;

    (void) data;

    for (i = 0; i < COUNT(kinds); i++) {
        size_t n = strlen(kinds[i].prefix);

        if (name.len >= n && memcmp(name.data, kinds[i].prefix, n) == 0) {
            return kinds[i].kind;
        }
    }

    return GRAY_LIST_STRING;
}

/* Variants stable (the default), gray, blue. */
static inline void
document_init(gray_document_t *document)
{
    gray_document_init(document);
    document->nvariants = 3;
    strcpy(document->variants[0], "stable");
    strcpy(document->variants[1], "gray");
    strcpy(document->variants[2], "blue");
}

static inline gray_rule_t *
document_rule(gray_document_t *document, const char *name,
    const char *condition, int variant)
{
    gray_rule_t *rule;

    /* Room for a power of two. */
    if ((document->nrules & (document->nrules - 1)) == 0) {
        document->rules = realloc(document->rules,
            (2 * document->nrules + 1) * sizeof(*document->rules));
    }

    rule = &document->rules[document->nrules++];
    memset(rule, 0, sizeof(*rule));
    snprintf(rule->name, sizeof(rule->name), "%s", name);
    rule->condition = condition ? strdup(condition) : NULL;
    rule->variant = variant;

    return rule;
}

/* Weights in thousandths of a percent. */
static inline void
set_split(gray_split_t *split, uint32_t gray, uint32_t blue)
{
    uint32_t weights[GRAY_SPLIT_VARIANTS_MAX] = { 0, gray, blue };
    gray_error_t error;

    assert_int_equal(gray_split_set(split, weights, 3, 0, &error), 0);
}

static inline void
document_split(
    gray_document_t *document, const char *by, uint32_t gray, uint32_t blue)
{
    document->has_split = true;
    set_split(&document->split, gray, blue);

    if (by != NULL) {
        document->by[document->nby++] = strdup(by);
    }
}

static inline void
document_compile(const gray_document_t *document, void **bytes, size_t *len)
{
    gray_error_t errors[4] = { 0 };
    unsigned n = gray_document_compile(document, gray_str("shop"), list_kind,
        NULL, bytes, len, errors, COUNT(errors));

    if (n > 0) {
        fail_msg("%s: %s", errors[0].place, errors[0].message);
    }
}

/* Compiles, loads, and frees the document. */
static inline gray_release_t *
document_release(gray_document_t *document)
{
    gray_release_t *release;
    gray_error_t error;
    void *bytes;
    size_t len;

    document_compile(document, &bytes, &len);

    if (gray_release_load(bytes, len, &release, &error) != 0) {
        fail_msg("%s", error.message);
    }

    free(bytes);
    gray_document_free(document);
    return release;
}

/* A release whose one rule gives gray. */
static inline gray_release_t *
release_of(const char *condition)
{
    gray_document_t document;

    document_init(&document);
    document_rule(&document, "r", condition, 1);

    return document_release(&document);
}

#endif
