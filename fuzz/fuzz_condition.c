/* Any text: parsed or refused with a position; what is parsed prints, and
 * parses to the same tree and the same text again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "core/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static bool
same_str(gray_str_t a, gray_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


static bool
same_tree(const gray_node_t *a, const gray_node_t *b)
{
    const gray_node_t *x = a->child, *y = b->child;

    while (x != NULL && y != NULL && same_tree(x, y)) {
        x = x->next;
        y = y->next;
    }

    return x == NULL && y == NULL && a->op == b->op && a->kind == b->kind
           && same_str(a->attribute, b->attribute) && same_str(a->list, b->list)
           && same_str(a->text, b->text)
           && (a->kind != GRAY_VALUE_ADDRESS
               || memcmp(&a->address, &b->address, sizeof(a->address)) == 0);
}


static gray_condition_t *
condition_parse(gray_str_t text)
{
    gray_condition_t *condition;
    gray_error_t error = { 0 };
    char line[1024];

    if (gray_condition_parse(text, &condition, &error) == 0) {
        return condition;
    }

    if (error.code != GRAY_ESYNTAX
        || (error.line == 0 && text.len <= GRAY_CONDITION_TEXT_MAX)
        || gray_error_print(&error, line, sizeof(line)) <= 0)
    {
        abort();
    }
    return NULL;
}


static gray_str_t
condition_print(const gray_condition_t *condition)
{
    const gray_node_t *root = gray_condition_root(condition);
    size_t len = gray_condition_print(root, NULL, 0);
    char *text = malloc(len + 1);

    if (gray_condition_print(root, text, len + 1) != len || strlen(text) != len)
    {
        abort();
    }
    return (gray_str_t){ len, text };
}


static void
check_again(const gray_condition_t *condition, gray_str_t text)
{
    gray_condition_t *again = condition_parse(text);
    gray_str_t printed;

    if (again == NULL
        || !same_tree(
            gray_condition_root(condition), gray_condition_root(again)))
    {
        abort();
    }

    printed = condition_print(again);
    if (!same_str(text, printed)) {
        abort();
    }
    free((char *) printed.data);
    gray_condition_free(again);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_condition_t *condition
        = condition_parse((gray_str_t){ size, (const char *) data });
    gray_str_t text;

    if (condition != NULL) {
        text = condition_print(condition);
        if (text.len <= GRAY_CONDITION_TEXT_MAX) {
            check_again(condition, text);
        }
        free((char *) text.data);
        gray_condition_free(condition);
    }

    return 0;
}
