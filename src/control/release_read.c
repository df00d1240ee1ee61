/*
 * Verbs on releases that read.
 */

#include <stdlib.h>
#include <string.h>
#include "control/document_json.h"
#include "control/release.h"
#include "internal.h"


int
gray_control_release_document(gray_control_t *control, const char *name,
    gray_document_t *document, uint64_t *revision, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;

    gray_document_init(document);

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    rc = gray_release_fetch(control, txn, name, document, revision, error);
    gray_verb_read_end(control, txn);

    return rc;
}


int
gray_control_release_get(gray_control_t *control, const char *name, char **text,
    uint64_t *revision, gray_error_t *error)
{
    gray_document_t document;

    if (gray_control_release_document(control, name, &document, revision, error)
        != 0)
    {
        return -1;
    }

    *text = gray_document_write(
        &document, name, GRAY_JSON_BUCKETS | GRAY_JSON_SALT | GRAY_JSON_PRETTY);
    gray_document_free(&document);

    return *text != NULL ? 0 : gray_no_memory(error);
}


static int
gray_release_line_list(
    void *data, const char *release, const char *rule, gray_str_t list)
{
    gray_texts_t *texts = data;

    (void) release;
    (void) rule;

    if (gray_texts_have(texts, list.data, list.len)) {
        return 0;
    }

    return gray_texts_add(texts, list.data, list.len);
}


static int
gray_release_line(const gray_document_t *document, const char *name,
    uint64_t revision, gray_release_line_t *line)
{
    int rc;
    gray_texts_t lists;

    memset(line, 0, sizeof(*line));
    memset(&lists, 0, sizeof(lists));

    (void) strcpy(line->name, name);
    line->revision = revision;
    line->nrules = document->nrules;
    line->nvariants = document->nvariants;
    memcpy(line->variants, document->variants, sizeof(line->variants));
    line->default_variant = document->default_variant;
    line->has_split = document->has_split;
    memcpy(line->weights, document->split.weights, sizeof(line->weights));

    rc = gray_document_references(
        document, name, gray_release_line_list, &lists);
    line->nlists = lists.n;
    line->lists = lists.texts;
    if (document->note != NULL) {
        line->note = strdup(document->note);
    }

    return rc;
}


/* The state of each release's own switch. */
static void
gray_release_lines_switches(
    gray_control_t *control, gray_release_lines_t *lines)
{
    unsigned i, j;
    gray_switch_t slot;

    if (control->switches == NULL) {
        return;
    }

    for (i = 0; gray_switches_get(control->switches, i, &slot); i++) {
        if (i == 0) {
            lines->all_off = slot.off;
        }
        for (j = 0; i > 0 && slot.off && j < lines->n; j++) {
            if (strcmp(lines->lines[j].name, slot.release) == 0) {
                lines->lines[j].off = true;
            }
        }
    }
}


static int
gray_release_lines_add(gray_control_t *control, gray_txn_t *txn,
    const char *name, gray_release_lines_t *lines, gray_error_t *error)
{
    int rc;
    uint64_t revision;
    gray_document_t document;
    gray_release_line_t *grown;

    if (gray_release_fetch(control, txn, name, &document, &revision, error)
        != 0) {
        return -1;
    }

    grown = realloc(lines->lines, (lines->n + 1) * sizeof(*grown));
    if (grown == NULL) {
        rc = gray_no_memory(error);
    } else {
        lines->lines = grown;
        rc = gray_release_line(&document, name, revision, &grown[lines->n++]);
        if (rc != 0) {
            rc = gray_no_memory(error);
        }
    }
    gray_document_free(&document);

    return rc;
}


int
gray_control_release_ls(
    gray_control_t *control, gray_release_lines_t *lines, gray_error_t *error)
{
    int rc, store;
    gray_txn_t *txn;
    char name[64], after[64];

    memset(lines, 0, sizeof(*lines));

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }

    rc = 0;
    after[0] = '\0';
    lines->revision = control->revision;

    for (;;) {
        store = gray_store_release_next(txn, after, name);
        if (store != GRAY_STORE_OK) {
            break;
        }
        rc = gray_release_lines_add(control, txn, name, lines, error);
        if (rc != 0) {
            break;
        }
        memcpy(after, name, sizeof(after));
    }
    gray_verb_read_end(control, txn);

    if (rc == 0 && store != GRAY_STORE_ENOTFOUND) {
        rc = gray_verb_store_error(control->dir, store, error);
    }
    if (rc != 0) {
        gray_release_lines_free(lines);
        return -1;
    }

    gray_release_lines_switches(control, lines);

    return 0;
}


void
gray_release_lines_free(gray_release_lines_t *lines)
{
    unsigned i;
    gray_texts_t lists;

    for (i = 0; i < lines->n; i++) {
        lists.n = lines->lines[i].nlists;
        lists.texts = lines->lines[i].lists;
        gray_texts_free(&lists);
        free(lines->lines[i].note);
    }
    free(lines->lines);
    memset(lines, 0, sizeof(*lines));
}
