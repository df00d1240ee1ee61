#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "control/release.h"
#include "control/rule.h"
#include "internal.h"
#include "segment/hits.h"


/* "gray 10%, beta 5% by user" */
static char *
gray_rule_split_text(const gray_document_t *document, const gray_split_t *split,
    char *const by[], unsigned nby)
{
    FILE *out;
    char *text, percent[16];
    size_t len;
    unsigned i;
    const char *comma;

    text = NULL;
    out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }

    comma = "";
    for (i = 0; i < document->nvariants; i++) {
        if (i != document->default_variant && split->weights[i] > 0) {
            gray_percent_print(split->weights[i], percent);
            (void) fprintf(
                out, "%s%s %s%%", comma, document->variants[i], percent);
            comma = ", ";
        }
    }
    if (*comma == '\0') {
        (void) fprintf(
            out, "%s 100%%", document->variants[document->default_variant]);
    }

    for (i = 0; i < nby; i++) {
        (void) fprintf(out, "%s%s", i == 0 ? " by " : ", else ", by[i]);
    }

    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


char *
gray_split_text(const gray_document_t *document, const gray_rule_t *rule)
{
    if (rule != NULL && rule->nby > 0) {
        return gray_rule_split_text(
            document, &rule->split, rule->by, rule->nby);
    }

    return gray_rule_split_text(document,
        rule != NULL ? &rule->split : &document->split, document->by,
        document->nby);
}


static int
gray_rule_line(const gray_document_t *document, const gray_rule_t *rule,
    gray_rule_line_t *line)
{
    const char *variant;

    (void) strcpy(line->name, rule->name);
    line->condition = strdup(rule->condition);

    if (rule->variant >= 0) {
        variant = document->variants[rule->variant];
        (void) strcpy(line->variant, variant);
        line->outcome = strdup(variant);
    } else {
        memcpy(line->weights, rule->split.weights, sizeof(line->weights));
        line->outcome = gray_split_text(document, rule);
    }

    return line->condition != NULL && line->outcome != NULL ? 0 : -1;
}


static char *
gray_rule_fallback(const gray_document_t *document)
{
    char *split, *text;
    const char *variant;

    variant = document->variants[document->default_variant];
    if (!document->has_split) {
        return strdup(variant);
    }

    split = gray_split_text(document, NULL);
    text = gray_text("%s, else %s", split != NULL ? split : "", variant);
    free(split);

    return text;
}


/* The line of a name. Slots are mostly in the order of the rules, so that the
 * search begins after the one found last. */
static gray_rule_line_t *
gray_rule_line_find(gray_rule_lines_t *lines, const char *name, unsigned *at)
{
    unsigned i, k;

    for (i = 0; i < lines->n; i++) {
        k = (*at + i) % lines->n;
        if (strcmp(lines->lines[k].name, name) == 0) {
            *at = k + 1;
            return &lines->lines[k];
        }
    }

    return NULL;
}


static void
gray_rule_hits(
    gray_control_t *control, const char *release, gray_rule_lines_t *lines)
{
    unsigned i, at;
    gray_rule_line_t *line;
    gray_hits_counts_t counts;

    at = 0;
    for (i = 0; i < gray_counters_hits_end(control->counters); i++) {
        if (!gray_counters_hits_get(control->counters, i, -1, &counts)
            || strcmp(counts.release, release) != 0)
        {
            continue;
        }

        line = gray_rule_line_find(lines, counts.rule, &at);
        if (line != NULL) {
            line->counted = true;
            line->hits = counts.hits;
        }
    }
}


int
gray_control_rule_ls(gray_control_t *control, const char *release,
    gray_rule_lines_t *lines, gray_error_t *error)
{
    int rc;
    unsigned i;
    gray_document_t document;

    memset(lines, 0, sizeof(*lines));

    rc = gray_control_release_document(
        control, release, &document, &lines->revision, error);
    if (rc != 0) {
        return -1;
    }

    lines->nvariants = document.nvariants;
    memcpy(lines->variants, document.variants, sizeof(lines->variants));
    lines->default_variant = document.default_variant;
    lines->fallback = gray_rule_fallback(&document);
    lines->lines = calloc(document.nrules + 1, sizeof(*lines->lines));

    for (i = 0; lines->lines != NULL && i < document.nrules; i++) {
        lines->n++;
        rc |= gray_rule_line(&document, &document.rules[i], &lines->lines[i]);
    }
    gray_rule_hits(control, release, lines);
    gray_document_free(&document);

    if (rc != 0 || lines->lines == NULL || lines->fallback == NULL) {
        gray_rule_lines_free(lines);
        return gray_no_memory(error);
    }

    return 0;
}


void
gray_rule_lines_free(gray_rule_lines_t *lines)
{
    unsigned i;

    for (i = 0; i < lines->n; i++) {
        free(lines->lines[i].condition);
        free(lines->lines[i].outcome);
    }
    free(lines->lines);
    free(lines->fallback);
    memset(lines, 0, sizeof(*lines));
}
