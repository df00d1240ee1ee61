#include <string.h>
#include "condition_writer.h"

/* How an operator is written, and how firmly it binds: an operand that binds
 * less than its parent needs parentheses. */
typedef struct {
    const char *name;
    unsigned binding;
    void (*print)(gray_writer_t *w, const gray_node_t *node);
} shape_t;

static void print_true(gray_writer_t *w, const gray_node_t *node);
static void print_chain(gray_writer_t *w, const gray_node_t *node);
static void print_not(gray_writer_t *w, const gray_node_t *node);
static void print_has(gray_writer_t *w, const gray_node_t *node);
static void print_in(gray_writer_t *w, const gray_node_t *node);
static void print_comparison(gray_writer_t *w, const gray_node_t *node);
static void print_set(gray_writer_t *w, const gray_node_t *node);
static void print_value(gray_writer_t *w, const gray_node_t *node);
static void print_now(gray_writer_t *w, const gray_node_t *node);

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
    [GRAY_OP_LT] = { "<", 4, print_comparison },
    [GRAY_OP_LE] = { "<=", 4, print_comparison },
    [GRAY_OP_GT] = { ">", 4, print_comparison },
    [GRAY_OP_GE] = { ">=", 4, print_comparison },
    [GRAY_OP_IN_SET] = { "in", 4, print_set },
    [GRAY_OP_NOT_IN_SET] = { "not in", 4, print_set },
    [GRAY_OP_VALUE] = { "", 4, print_value },
    [GRAY_OP_STARTS] = { "starts", 4, print_comparison },
    [GRAY_OP_ENDS] = { "ends", 4, print_comparison },
    [GRAY_OP_CONTAINS] = { "contains", 4, print_comparison },
    [GRAY_OP_MATCHES] = { "matches", 4, print_comparison },
    [GRAY_OP_NOW_BEFORE] = { "now <", 4, print_now },
    [GRAY_OP_NOW_FROM] = { "now >=", 4, print_now },
};


static void
put(gray_writer_t *w, const char *data, size_t len)
{
    size_t room = w->len < w->size ? w->size - w->len : 0;

    if (room > 0) {
        memcpy(w->buffer + w->len, data, len < room ? len : room);
    }

    w->len += len;
}


void
gray_write_word(gray_writer_t *w, const char *word)
{
    put(w, word, strlen(word));
}


void
gray_write_str(gray_writer_t *w, gray_str_t str)
{
    put(w, str.data, str.len);
}


static void
put_quoted(gray_writer_t *w, gray_str_t text)
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


void
gray_write_value(gray_writer_t *w, gray_value_kind_t kind, gray_str_t text)
{
    if (kind == GRAY_VALUE_TEXT) {
        put_quoted(w, text);
    } else {
        gray_write_str(w, text);
    }
}


void
gray_write_set(gray_writer_t *w, gray_op_t op, gray_str_t attribute)
{
    gray_write_str(w, attribute);
    gray_write_word(w, " ");
    gray_write_word(w, shapes[op].name);
    gray_write_word(w, " [");
}


size_t
gray_write_end(gray_writer_t *w)
{
    if (w->size > 0) {
        w->buffer[w->len < w->size ? w->len : w->size - 1] = '\0';
    }

    return w->len;
}


static void
print_true(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_word(w, shapes[node->op].name);
}


static void
print_operand(
    gray_writer_t *w, const gray_node_t *parent, const gray_node_t *node)
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
print_chain(gray_writer_t *w, const gray_node_t *node)
{
    const gray_node_t *operand;

    for (operand = node->child; operand != NULL; operand = operand->next) {
        print_operand(w, node, operand);

        if (operand->next != NULL) {
            put(w, " ", 1);
            gray_write_word(w, shapes[node->op].name);
            put(w, " ", 1);
        }
    }
}


static void
print_not(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_word(w, "not ");
    print_operand(w, node, node->child);
}


static void
print_has(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_word(w, "has ");
    gray_write_str(w, node->attribute);
}


static void
print_in(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_str(w, node->attribute);
    put(w, " ", 1);
    gray_write_word(w, shapes[node->op].name);
    gray_write_word(w, " @");
    gray_write_str(w, node->list);
}


static void
print_comparison(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_str(w, node->attribute);
    put(w, " ", 1);
    gray_write_word(w, shapes[node->op].name);
    put(w, " ", 1);
    print_value(w, node);
}


static void
print_value(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_value(w, node->kind, node->text);
}


static void
print_set(gray_writer_t *w, const gray_node_t *node)
{
    const gray_node_t *value;

    gray_write_set(w, node->op, node->attribute);

    for (value = node->child; value != NULL; value = value->next) {
        print_value(w, value);

        if (value->next != NULL) {
            gray_write_word(w, ", ");
        }
    }

    gray_write_word(w, "]");
}


static void
print_now(gray_writer_t *w, const gray_node_t *node)
{
    gray_write_word(w, shapes[node->op].name);
    put(w, " ", 1);
    print_value(w, node);
}


size_t
gray_condition_print(const gray_node_t *node, char *buffer, size_t size)
{
    gray_writer_t w = { buffer, size, 0 };

    shapes[node->op].print(&w, node);

    return gray_write_end(&w);
}


const char *
gray_op_name(gray_op_t op)
{
    size_t n = sizeof(shapes) / sizeof(shapes[0]);

    return (size_t) op < n && shapes[op].name != NULL ? shapes[op].name : "?";
}
