#include <stdlib.h>
#include <string.h>
#include "document.h"


void
gray_document_init(gray_document_t *document)
{
    memset(document, 0, sizeof(*document));
}


static void
free_names(char **names, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        free(names[i]);
    }
}


void
gray_document_free(gray_document_t *document)
{
    unsigned i;

    for (i = 0; i < document->nrules; i++) {
        gray_rule_t *rule = &document->rules[i];

        free(rule->condition);
        gray_split_free(&rule->split);
        free_names(rule->by, rule->nby);
    }

    free(document->rules);
    free_names(document->by, document->nby);
    gray_split_free(&document->split);
    free(document->salt);
    free(document->note);
    gray_document_init(document);
}


static bool
is_name(const char *a, gray_str_t b)
{
    return strlen(a) == b.len && memcmp(a, b.data, b.len) == 0;
}


int
gray_document_variant(const gray_document_t *document, gray_str_t name)
{
    unsigned i;

    for (i = 0; i < document->nvariants; i++) {
        if (is_name(document->variants[i], name)) {
            return (int) i;
        }
    }

    return -1;
}


int
gray_document_rule(const gray_document_t *document, gray_str_t name)
{
    unsigned i;

    for (i = 0; i < document->nrules; i++) {
        if (is_name(document->rules[i].name, name)) {
            return (int) i;
        }
    }

    return -1;
}
