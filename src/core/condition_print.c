#include <string.h>
#include "condition.h"

/* As snprintf: counts everything, writes what fits. */
typedef struct {
    char *buffer;
    size_t size;
    size_t len;
} writer_t;

/* How an operator is written, and how firmly it binds: an operand that binds
 * less than its parent needs parentheses. */
typedef struct {
    const char *name;
    unsigned binding;
    void (*print)(writer_t *w, const gray_node_t *node);
} shape_t;

static void print_true(writer_t *w, const gray_node_t *node);
static void print_chain(writer_t *w, const gray_node_t *node);
static void print_not(writer_t *w, const gray_node_t *node);
static void print_has(writer_t *w, const gray_node_t *node);
static void print_in(writer_t *w, const gray_node_t *node);
static void print_comparison(writer_t *w, const gray_node_t *node);

static const shape_t shapes[] = {
    [GRAY_OP_TRUE] = { "true", 4, print_true },
    [GRAY_OP_AND] = { "and", 2, print_chain },
    [GRAY_OP_OR] = { "or", 1, print_chain },
    [GRAY_OP_NOT] = { "not", 3, print_not },
    [GRAY_OP_HAS] = { "has", 4, print_has },
    [GRAY_OP_IN] = { "in", 4, print_in },
    [GRAY_OP_NOT_IN] = { "not in", 4, print_in },
    [GRAY_OP_EQ] = { "=", 4, print_comparison },
    [GRAY_OP_NE] = { "!=", 4, print_comparison },
};


static void
put(writer_t *w, const char *data, size_t len)
{
    size_t room = w->len < w->size ? w->size - w->len : 0;

    if (room > 0) {
        memcpy(w->buffer + w->len, data, len < room ? len : room);
    }

    w->len += len;
}


static void
put_word(writer_t *w, const char *word)
{
    put(w, word, strlen(word));
}


static void
put_str(writer_t *w, gray_str_t str)
{
    put(w, str.data, str.len);
}


static void
put_quoted(writer_t *w, gray_str_t text)
{
    size_t i;

    put(w, "'", 1);

    for (i = 0; i < text.len; i++) {
        put(w, text.data + i, 1);

        if (text.data[i] == '\'') {
            put(w, "'", 1);
        }
    }

    put(w, "'", 1);
}


static void
print_true(writer_t *w, const gray_node_t *node)
{
    put_word(w, shapes[node->op].name);
}


static void
print_operand(writer_t *w, const gray_node_t *parent, const gray_node_t *node)
{
    bool parentheses = shapes[node->op].binding <= shapes[parent->op].binding;

    if (parentheses) {
        put(w, "(", 1);
    }

    shapes[node->op].print(w, node);

    if (parentheses) {
        put(w, ")", 1);
    }
}


static void
print_chain(writer_t *w, const gray_node_t *node)
{
    const gray_node_t *operand;

    for (operand = node->child; operand != NULL; operand = operand->next) {
        print_operand(w, node, operand);

        if (operand->next != NULL) {
            put(w, " ", 1);
            put_word(w, shapes[node->op].name);
            put(w, " ", 1);
        }
    }
}


static void
print_not(writer_t *w, const gray_node_t *node)
{
    put_word(w, "not ");
    print_operand(w, node, node->child);
}


static void
print_has(writer_t *w, const gray_node_t *node)
{
    put_word(w, "has ");
    put_str(w, node->attribute);
}


static void
print_in(writer_t *w, const gray_node_t *node)
{
    put_str(w, node->attribute);
    put(w, " ", 1);
    put_word(w, shapes[node->op].name);
    put_word(w, " @");
    put_str(w, node->list);
}


static void
print_comparison(writer_t *w, const gray_node_t *node)
{
    put_str(w, node->attribute);
    put(w, " ", 1);
    put_word(w, shapes[node->op].name);
    put(w, " ", 1);

    if (node->kind == GRAY_VALUE_TEXT) {
        put_quoted(w, node->text);
    } else {
        put_str(w, node->text);
    }
}


size_t
gray_condition_print(const gray_node_t *node, char *buffer, size_t size)
{
    writer_t w = { buffer, size, 0 };

    shapes[node->op].print(&w, node);

    if (size > 0) {
        buffer[w.len < size ? w.len : size - 1] = '\0';
    }

    return w.len;
}


const char *
gray_op_name(gray_op_t op)
{
    size_t n = sizeof(shapes) / sizeof(shapes[0]);

    return (size_t) op < n && shapes[op].name != NULL ? shapes[op].name : "?";
}
