#include "condition_writer.h"
#include "release_private.h"
#include "trace.h"


static void
write_values(gray_writer_t *w, const gray_release_t *release, uint32_t first)
{
    uint32_t i, end = release->nodes[first - 1].end;

    for (i = first; i < end; i++) {
        const gray_form_node_t *node = &release->nodes[i];

        if (i > first) {
            gray_write_word(w, ", ");
        }

        gray_write_value(w, (gray_value_kind_t) node->kind,
            gray_release_str(release, node->text));
    }

    gray_write_word(w, "]");
}


size_t
gray_step_print(const gray_release_t *release, const gray_step_t *step,
    char *buffer, size_t size)
{
    const gray_form_node_t *form = &release->nodes[step->node];
    gray_writer_t w = { buffer, size, 0 };
    gray_node_t node = { .op = step->op };

    if (step->attribute >= 0) {
        node.attribute
            = gray_release_attribute(release, (unsigned) step->attribute);
    }

    if (step->op == GRAY_OP_IN_SET || step->op == GRAY_OP_NOT_IN_SET) {
        gray_write_set(&w, step->op, node.attribute);
        write_values(&w, release, step->node + 1);
        return gray_write_end(&w);
    }

    if (step->list >= 0) {
        node.list = gray_release_list(release, (unsigned) step->list);
    }

    if (form->kind != GRAY_VALUE_NONE) {
        node.kind = (gray_value_kind_t) form->kind;
        node.text = gray_release_str(release, form->text);
    }

    return gray_condition_print(&node, buffer, size);
}
