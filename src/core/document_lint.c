#include <stdlib.h>
#include <string.h>
#include "blob.h"
#include "condition.h"
#include "document.h"
#include "trace.h"

typedef struct {
    const gray_document_t *document;
    gray_error_t *warnings;
    unsigned max_warnings;
    unsigned n;
    gray_names_t seen; /* canonical conditions                          */
    unsigned *rules;   /* of seen[i]: the rule that has it              */
    int everyone;      /* the first rule that holds for everyone; -1    */
} linter_t;


/* What the condition is, whatever its tests are: unknown if they matter. */
static gray_truth_t
constant(const gray_node_t *node)
{
    gray_truth_t decisive = node->op == GRAY_OP_AND ? GRAY_FALSE : GRAY_TRUE;
    gray_truth_t result = node->op == GRAY_OP_AND ? GRAY_TRUE : GRAY_FALSE;
    const gray_node_t *operand;

    if (node->op == GRAY_OP_TRUE) {
        return GRAY_TRUE;
    }

    if (node->op == GRAY_OP_NOT) {
        result = constant(node->child);
        return result == GRAY_UNKNOWN ? GRAY_UNKNOWN
               : result == GRAY_TRUE  ? GRAY_FALSE
                                      : GRAY_TRUE;
    }

    if (node->op != GRAY_OP_AND && node->op != GRAY_OP_OR) {
        return GRAY_UNKNOWN;
    }

    for (operand = node->child; operand != NULL; operand = operand->next) {
        gray_truth_t truth = constant(operand);

        if (truth == decisive) {
            return decisive;
        }

        if (truth == GRAY_UNKNOWN) {
            result = GRAY_UNKNOWN;
        }
    }

    return result;
}


/* The next warning to fill in; one that nobody asked for goes to `spare`. */
static gray_error_t *
next_warning(linter_t *l, gray_error_t *spare)
{
    return l->n++ < l->max_warnings ? &l->warnings[l->n - 1] : spare;
}


static void
warn_unreachable(linter_t *l, unsigned i, unsigned before, const char *why)
{
    const char *name = l->document->rules[before].name;
    gray_error_t spare, *warning = next_warning(l, &spare);

    gray_error_set(warning, GRAY_EINVALID,
        "rule '%s' is never reached: rule '%s' before it %s",
        l->document->rules[i].name, name, why);
    gray_error_hint(warning, "move it before '%s', or remove it", name);
    gray_error_place(warning, "rules[%u]", i);
}


static void
warn_never(linter_t *l, unsigned i)
{
    gray_error_t spare, *warning = next_warning(l, &spare);

    gray_error_set(warning, GRAY_EINVALID,
        "the condition of rule '%s' holds for nobody",
        l->document->rules[i].name);
    gray_error_hint(warning, "remove the rule, or switch the release off");
    gray_error_place(warning, "rules[%u].if", i);
}


static void
warn_split(linter_t *l)
{
    gray_error_t spare, *warning = next_warning(l, &spare);

    gray_error_set(warning, GRAY_EINVALID,
        "the split is never reached: rule '%s' holds for everyone",
        l->document->rules[l->everyone].name);
    gray_error_hint(warning, "remove the rule, or give it the split");
    gray_error_place(warning, "split");
}


/* The earlier rule that has the same condition; -1: none. */
static int
find_equal(linter_t *l, const gray_node_t *root, unsigned i)
{
    size_t len = gray_condition_print(root, NULL, 0);
    char *text = malloc(len + 1);
    unsigned before = l->seen.n;
    int number = -1;

    if (text != NULL) {
        gray_condition_print(root, text, len + 1);
        number = gray_names_add(&l->seen, (gray_str_t){ len, text });
        free(text);
    }

    if (number < 0) {
        return -1;
    }

    if ((unsigned) number == before) {
        l->rules[number] = i;
        return -1;
    }

    return (int) l->rules[number];
}


static void
lint_rule(linter_t *l, unsigned i, const gray_node_t *root)
{
    gray_truth_t truth = constant(root);
    int equal = find_equal(l, root, i);

    if (l->everyone >= 0) {
        warn_unreachable(l, i, (unsigned) l->everyone, "holds for everyone");
    } else if (truth == GRAY_FALSE) {
        warn_never(l, i);
    } else if (equal >= 0) {
        warn_unreachable(l, i, (unsigned) equal, "has the same condition");
    } else if (truth == GRAY_TRUE) {
        l->everyone = (int) i;
    }
}


static void
lint_rules(linter_t *l)
{
    gray_condition_t *condition;
    gray_error_t ignored;
    unsigned i;

    for (i = 0; i < l->document->nrules; i++) {
        const char *text = l->document->rules[i].condition;

        if (text != NULL
            && gray_condition_parse(
                   (gray_str_t){ strlen(text), text }, &condition, &ignored)
                   == 0)
        {
            lint_rule(l, i, gray_condition_root(condition));
            gray_condition_free(condition);
        }
    }
}


unsigned
gray_document_lint(
    const gray_document_t *document, gray_error_t *warnings, unsigned nwarnings)
{
    linter_t l = {
        .document = document,
        .warnings = warnings,
        .max_warnings = nwarnings,
        .everyone = -1,
    };

    l.rules = calloc(document->nrules + 1, sizeof(*l.rules));
    if (l.rules == NULL) {
        return 0;
    }

    lint_rules(&l);

    if (document->has_split && l.everyone >= 0) {
        warn_split(&l);
    }

    gray_names_free(&l.seen);
    free(l.rules);
    return l.n;
}
