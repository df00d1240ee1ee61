#include "variants.h"

static size_t
print_variant(
    char *text, size_t size, const gray_release_line_t *line, unsigned variant)
{
    if (!line->has_split) {
        return snprintf(text, size, "%s", line->variants[variant]);
    }

    return snprintf(text, size, "%s %.7g%%", line->variants[variant],
        gray_share(gray_line_weight(line, variant)));
}

void
grayctl_table_variants(grayctl_table_t *table, const gray_release_line_t *line)
{
    unsigned v;
    char text[GRAY_VARIANTS_MAX * (GRAY_NAME_MAX + 16)];
    size_t len;

    len = print_variant(text, sizeof(text), line, line->default_variant);

    for (v = 0; v < line->nvariants; v++) {
        if (v != line->default_variant) {
            len += snprintf(text + len, sizeof(text) - len, ", ");
            len += print_variant(text + len, sizeof(text) - len, line, v);
        }
    }

    grayctl_table_add(table, text);
}
