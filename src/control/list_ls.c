#include <stdlib.h>
#include <string.h>
#include "control/list.h"
#include "internal.h"


/* Adds "RELEASE/RULE" to the line of the list that the rule names. */
static int
gray_list_ls_user(
    void *data, const char *release, const char *rule, gray_str_t list)
{
    int rc;
    char *text;
    unsigned i;
    gray_texts_t users;
    gray_list_line_t *line;
    gray_list_lines_t *lines = data;

    for (i = 0; i < lines->n; i++) {
        line = &lines->lines[i];
        if (strlen(line->name) != list.len
            || memcmp(line->name, list.data, list.len) != 0)
        {
            continue;
        }

        text = gray_text("%s/%s", release, rule);
        if (text == NULL) {
            return -1;
        }

        rc = 0;
        users = (gray_texts_t){ line->nusers, line->users };
        if (!gray_texts_have(&users, text, strlen(text))) {
            rc = gray_texts_add(&users, text, strlen(text));
            line->nusers = users.n;
            line->users = users.texts;
        }
        free(text);

        return rc;
    }

    return 0;
}


static int
gray_list_ls_lists(gray_control_t *control, gray_txn_t *txn,
    gray_list_lines_t *lines, gray_error_t *error)
{
    int rc;
    gray_list_t list;
    gray_list_line_t *grown, *line;
    char name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        rc = gray_store_list_next(txn, after, name);
        if (rc == GRAY_STORE_OK) {
            rc = gray_store_list_get(txn, name, &list);
        }
        if (rc != GRAY_STORE_OK) {
            break;
        }

        grown = realloc(lines->lines, (lines->n + 1) * sizeof(*grown));
        if (grown == NULL) {
            return gray_no_memory(error);
        }
        lines->lines = grown;
        line = &grown[lines->n++];
        memset(line, 0, sizeof(*line));
        (void) strcpy(line->name, name);
        line->kind = (gray_list_kind_t) list.kind;
        line->count = list.count;
        line->created = list.created;
        line->changed = list.changed;
    }

    return rc == GRAY_STORE_ENOTFOUND
               ? 0
               : gray_verb_store_error(control->dir, rc, error);
}


int
gray_control_list_ls(
    gray_control_t *control, gray_list_lines_t *lines, gray_error_t *error)
{
    int rc;
    gray_txn_t *txn;

    memset(lines, 0, sizeof(*lines));

    if (gray_verb_read(control, &txn, error) != 0) {
        return -1;
    }
    lines->revision = control->revision;

    rc = gray_list_ls_lists(control, txn, lines, error);
    if (rc == 0) {
        rc = gray_references(control, txn, gray_list_ls_user, lines, error);
    }
    gray_verb_read_end(control, txn);

    if (rc != 0) {
        gray_list_lines_free(lines);
    }

    return rc;
}


void
gray_list_lines_free(gray_list_lines_t *lines)
{
    unsigned i;
    gray_texts_t users;

    for (i = 0; i < lines->n; i++) {
        users = (gray_texts_t){ lines->lines[i].nusers, lines->lines[i].users };
        gray_texts_free(&users);
    }
    free(lines->lines);
    memset(lines, 0, sizeof(*lines));
}
