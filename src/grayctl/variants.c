#include "variants.h"

double
grayctl_share(uint32_t buckets)
{
    return buckets * 100.0 / GRAY_BUCKETS;
}

/* The default has what the others leave. */
static uint32_t
weight_of(const gray_release_line_t *line, unsigned variant)
{
    unsigned v;
    uint32_t rest = GRAY_BUCKETS;

    if (variant != line->default_variant) {
        return line->weights[variant];
    }

    for (v = 0; v < line->nvariants; v++) {
        rest -= v == variant ? 0 : line->weights[v];
    }

    return rest;
}

static size_t
print_variant(
    char *text, size_t size, const gray_release_line_t *line, unsigned variant)
{
    if (!line->has_split) {
        return snprintf(text, size, "%s", line->variants[variant]);
    }

    return snprintf(text, size, "%s %.7g%%", line->variants[variant],
        grayctl_share(weight_of(line, variant)));
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

json_t *
grayctl_variants_json(const gray_release_line_t *line)
{
    unsigned v;
    json_t *list = json_array();

    for (v = 0; v < line->nvariants; v++) {
        json_array_append_new(
            list, json_pack("{s:s, s:f}", "name", line->variants[v], "percent",
                      grayctl_share(weight_of(line, v))));
    }

    return list;
}
