/*
 * Which rules name which lists.
 */

#include <string.h>
#include "core/condition.h"
#include "internal.h"


static int
gray_condition_references(const gray_condition_t *condition,
    const char *release, const char *rule, gray_reference_pt tell, void *data)
{
    int rc;
    unsigned i, n;
    const gray_node_t *nodes;

    nodes = gray_condition_nodes(condition, &n);

    for (i = 0; i < n; i++) {
        if (nodes[i].list.len > 0) {
            rc = tell(data, release, rule, nodes[i].list);
            if (rc != 0) {
                return rc;
            }
        }
    }

    return 0;
}


int
gray_document_references(const gray_document_t *document, const char *release,
    gray_reference_pt tell, void *data)
{
    int rc;
    unsigned i;
    gray_error_t error;
    const gray_rule_t *rule;
    gray_condition_t *condition;

    for (i = 0; i < document->nrules; i++) {
        rule = &document->rules[i];

        if (gray_condition_parse(
                (gray_str_t){ strlen(rule->condition), rule->condition },
                &condition, &error)
            != 0)
        {
            /* What cannot be read names nothing; but it must be read. */
            if (error.code == GRAY_ESYSTEM) {
                return -1;
            }
            continue;
        }

        rc = gray_condition_references(
            condition, release, rule->name, tell, data);
        gray_condition_free(condition);
        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


int
gray_references(gray_control_t *control, gray_txn_t *txn,
    gray_reference_pt tell, void *data, gray_error_t *error)
{
    int rc, store;
    char name[64], after[64];
    gray_document_t document;

    after[0] = '\0';

    for (;;) {
        store = gray_store_release_next(txn, after, name);
        if (store == GRAY_STORE_ENOTFOUND) {
            return 0;
        }
        if (store != GRAY_STORE_OK) {
            return gray_verb_store_error(control->dir, store, error);
        }

        rc = gray_release_fetch(control, txn, name, &document, NULL, error);
        if (rc == 0) {
            rc = gray_document_references(&document, name, tell, data);
            gray_document_free(&document);
            if (rc < 0) {
                return gray_no_memory(error);
            }
        }
        if (rc != 0) {
            return rc;
        }

        memcpy(after, name, sizeof(after));
    }
}
