/*
 * What a release's document tells beside success: what is no error and still
 * not meant.
 */

#include <stdio.h>
#include <string.h>
#include "core/blob.h"
#include "core/condition.h"
#include "internal.h"

typedef struct {
    const gray_document_t *document;
    const gray_running_t *running;
    gray_list_kind_pt kind_of;
    void *data;
    gray_names_t attributes; /* looked at: a name is told once, where it is
                                first                                     */
    gray_names_t lists;
    gray_errors_t *warnings;
} gray_warner_t;


/* A name that rule i, or (-1) the document, needs of nginx. */
static void
gray_warn_name(gray_warner_t *warner, gray_running_kind_t kind, gray_str_t name,
    int i, const char *member)
{
    size_t len;
    char text[GRAY_NAME_MAX + 1];
    gray_error_t *warning, unknown;

    (void) snprintf(text, sizeof(text), "%.*s", (int) name.len, name.data);

    if (!gray_running_lacks(warner->running, kind, text, &unknown)) {
        return;
    }

    warning = gray_errors_next(warner->warnings);
    *warning = unknown;
    len = strlen(warning->message);

    if (i < 0) {
        (void) snprintf(warning->message + len, sizeof(warning->message) - len,
            ", which \"by\" names");
        (void) gray_error_place(warning, "%s", member);
    } else {
        (void) snprintf(warning->message + len, sizeof(warning->message) - len,
            ", which rule '%s' needs", warner->document->rules[i].name);
        (void) gray_error_place(warning, "rules[%d].%s", i, member);
    }
}


/* Whether a name is met for the first time. */
static bool
gray_warn_first(gray_names_t *names, gray_str_t name)
{
    unsigned before = names->n;

    return name.len > 0 && gray_names_add(names, name) == (int) before;
}


static void
gray_warn_by(gray_warner_t *warner, char *const by[], unsigned nby, int i)
{
    unsigned k;
    gray_str_t name;
    char member[16];

    for (k = 0; k < nby; k++) {
        name = (gray_str_t){ strlen(by[k]), by[k] };

        if (gray_warn_first(&warner->attributes, name)) {
            (void) snprintf(member, sizeof(member), "by[%u]", k);
            gray_warn_name(warner, GRAY_RUNNING_ATTRIBUTE, name, i, member);
        }
    }
}


static void
gray_warn_condition(
    gray_warner_t *warner, const gray_condition_t *condition, int i)
{
    unsigned k, n;
    const gray_node_t *nodes = gray_condition_nodes(condition, &n);

    for (k = 0; k < n; k++) {
        if (gray_warn_first(&warner->attributes, nodes[k].attribute)) {
            gray_warn_name(
                warner, GRAY_RUNNING_ATTRIBUTE, nodes[k].attribute, i, "if");
        }

        if (gray_warn_first(&warner->lists, nodes[k].list)
            && warner->kind_of(warner->data, nodes[k].list) == GRAY_LIST_LIVE)
        {
            gray_warn_name(warner, GRAY_RUNNING_LIVE, nodes[k].list, i, "if");
        }
    }
}


static void
gray_warn_rule(gray_warner_t *warner, int i)
{
    gray_error_t ignored;
    gray_condition_t *condition;
    const gray_rule_t *rule = &warner->document->rules[i];

    if (gray_condition_parse(
            (gray_str_t){ strlen(rule->condition), rule->condition },
            &condition, &ignored)
        == 0)
    {
        gray_warn_condition(warner, condition, i);
        gray_condition_free(condition);
    }

    gray_warn_by(warner, rule->by, rule->nby, i);
}


void
gray_document_warn(const gray_document_t *document,
    const gray_running_t *running, gray_list_kind_pt kind_of, void *data,
    gray_errors_t *warnings)
{
    unsigned i;
    gray_warner_t warner = {
        .document = document,
        .running = running,
        .kind_of = kind_of,
        .data = data,
        .warnings = warnings,
    };

    gray_errors_found(
        warnings, gray_document_lint(document, &warnings->list[warnings->n],
                      GRAY_ERRORS_MAX - warnings->n));

    if (running->n == 0) {
        return;
    }

    for (i = 0; i < document->nrules; i++) {
        gray_warn_rule(&warner, (int) i);
    }
    gray_warn_by(&warner, document->by, document->nby, -1);

    gray_names_free(&warner.attributes);
    gray_names_free(&warner.lists);
}


void
gray_verb_warn(gray_control_t *control, const gray_document_t *document,
    gray_list_kind_pt kind_of, void *data)
{
    gray_error_t ignored;
    gray_running_t running;

    if (gray_control_running(control, &running, &ignored) == 0) {
        gray_document_warn(
            document, &running, kind_of, data, &control->warnings);
        gray_running_free(&running);
    }
}
