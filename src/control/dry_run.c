#include "control/dry_run.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* What is told of two documents. */
typedef struct {
    const gray_document_t *old;
    const gray_document_t *new;
    gray_texts_t changes;
    bool failed; /* no memory                                           */
} gray_diff_t;


static void tell(gray_diff_t *diff, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


static void
tell(gray_diff_t *diff, const char *format, ...)
{
    int len;
    va_list args;
    char text[1024];

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    /* A long condition is cut: the document has all of it. */
    if (len >= (int) sizeof(text)) {
        (void) strcpy(text + sizeof(text) - 4, "...");
    }

    if (gray_texts_add(&diff->changes, text, strlen(text)) != 0) {
        diff->failed = true;
    }
}


/* Tells when two texts differ; they are given up. */
static void
tell_texts(gray_diff_t *diff, const char *what, char *old, char *new)
{
    if (old == NULL || new == NULL) {
        diff->failed = true;
    } else if (strcmp(old, new) != 0) {
        tell(diff, "%s: %s -> %s", what, old, new);
    }

    free(old);
    free(new);
}


static char *
variants_text(const gray_document_t *document)
{
    unsigned i;
    size_t len = 0;
    char text[GRAY_VARIANTS_MAX * (GRAY_NAME_MAX + 3)];

    text[0] = '\0';
    for (i = 0; i < document->nvariants; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s%s",
            i > 0 ? ", " : "", document->variants[i]);
    }

    return strdup(text);
}


static char *
split_text(const gray_document_t *document)
{
    return document->has_split ? gray_split_text(document, NULL)
                               : strdup("none");
}


static char *
outcome_text(const gray_document_t *document, const gray_rule_t *rule)
{
    return rule->variant >= 0 ? strdup(document->variants[rule->variant])
                              : gray_split_text(document, rule);
}


static char *
note_text(const gray_document_t *document)
{
    return document->note != NULL ? gray_text("'%s'", document->note)
                                  : strdup("none");
}


static const gray_rule_t *
find_rule(const gray_document_t *document, const gray_rule_t *rule)
{
    int i;

    i = gray_document_rule(
        document, (gray_str_t){ strlen(rule->name), rule->name });

    return i >= 0 ? &document->rules[i] : NULL;
}


static void
diff_rule(gray_diff_t *diff, unsigned i)
{
    char what[GRAY_NAME_MAX + 16], *outcome;
    const gray_rule_t *new = &diff->new->rules[i];
    const gray_rule_t *old = find_rule(diff->old, new);

    if (old == NULL) {
        outcome = outcome_text(diff->new, new);
        tell(diff, "rule %s: new, number %u of %u: %s if %s", new->name, i + 1,
            diff->new->nrules, outcome != NULL ? outcome : "", new->condition);
        free(outcome);
        return;
    }

    (void) snprintf(what, sizeof(what), "rule %s", new->name);
    tell_texts(
        diff, what, outcome_text(diff->old, old), outcome_text(diff->new, new));

    if (strcmp(old->condition, new->condition) != 0) {
        tell(diff, "%s: if %s -> if %s", what, old->condition, new->condition);
    }
}


/* Whether the rules that both have stand in another order. */
static bool
reordered(const gray_diff_t *diff)
{
    unsigned i;
    const gray_rule_t *new, *last = NULL;

    for (i = 0; i < diff->old->nrules; i++) {
        new = find_rule(diff->new, &diff->old->rules[i]);

        if (new != NULL) {
            if (last != NULL && new < last) {
                return true;
            }
            last = new;
        }
    }

    return false;
}


static void
diff_rules(gray_diff_t *diff)
{
    unsigned i;

    for (i = 0; i < diff->old->nrules; i++) {
        if (find_rule(diff->new, &diff->old->rules[i]) == NULL) {
            tell(diff, "rule %s: removed", diff->old->rules[i].name);
        }
    }

    for (i = 0; i < diff->new->nrules; i++) {
        diff_rule(diff, i);
    }

    if (reordered(diff)) {
        tell(diff, "rules: in another order");
    }
}


static void
diff_documents(gray_diff_t *diff)
{
    const gray_document_t *old = diff->old, *new = diff->new;

    tell_texts(diff, "variants", variants_text(old), variants_text(new));
    tell_texts(diff, "default", strdup(old->variants[old->default_variant]),
        strdup(new->variants[new->default_variant]));
    diff_rules(diff);
    tell_texts(diff, "split", split_text(old), split_text(new));

    if (strcmp(old->salt != NULL ? old->salt : "",
            new->salt != NULL ? new->salt : "")
        != 0)
    {
        tell(diff, "salt: another one, so other people in every split");
    }

    tell_texts(diff, "note", note_text(old), note_text(new));

    if (diff->changes.n == 0) {
        tell(diff, "buckets: divided otherwise");
    }
}


static void
diff_new(gray_diff_t *diff)
{
    char *variants = variants_text(diff->new), *split = split_text(diff->new);

    tell(diff, "a new release: variants %s; %u rule%s; split %s",
        variants != NULL ? variants : "", diff->new->nrules,
        diff->new->nrules == 1 ? "" : "s", split != NULL ? split : "");
    free(variants);
    free(split);
}


int
gray_dry_run_tell(gray_control_t *control, const gray_document_t *old,
    const gray_document_t *document, const gray_compiled_t *compiled, bool same)
{
    gray_diff_t diff = { .old = old, .new = document };
    gray_dry_run_t *dry_run = control->dry_run;

    if (old == NULL) {
        diff_new(&diff);
    } else if (!same) {
        diff_documents(&diff);
    }

    gray_dry_run_free(dry_run);
    dry_run->changed = !same;
    dry_run->made = old == NULL;
    dry_run->document = strdup(compiled->text);
    dry_run->nchanges = diff.changes.n;
    dry_run->changes = diff.changes.texts;

    return dry_run->document != NULL && !diff.failed ? 0 : -1;
}


void
gray_control_dry_run(gray_control_t *control, gray_dry_run_t *dry_run)
{
    control->dry_run = dry_run;
}


void
gray_dry_run_free(gray_dry_run_t *dry_run)
{
    gray_texts_t changes = { dry_run->nchanges, dry_run->changes };

    gray_texts_free(&changes);
    free(dry_run->document);
    memset(dry_run, 0, sizeof(*dry_run));
}
