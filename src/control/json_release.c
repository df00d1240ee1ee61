/* Releases, rules and weights as JSON. */

#include "control/json.h"


double
gray_share(uint32_t buckets)
{
    return buckets * 100.0 / GRAY_BUCKETS;
}


/* The default has what the others leave. */
uint32_t
gray_line_weight(const gray_release_line_t *line, unsigned variant)
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


json_t *
gray_json_variants(const gray_release_line_t *line)
{
    unsigned v;
    json_t *list = json_array();

    for (v = 0; v < line->nvariants; v++) {
        json_array_append_new(
            list, json_pack("{s:s, s:f}", "name", line->variants[v], "percent",
                      gray_share(gray_line_weight(line, v))));
    }

    return list;
}


json_t *
gray_json_release(const gray_release_line_t *line)
{
    unsigned i;
    json_t *lists = json_array();

    for (i = 0; i < line->nlists; i++) {
        json_array_append_new(lists, json_string(line->lists[i]));
    }

    return json_pack("{s:s, s:I, s:b, s:s, s:o, s:b, s:i, s:o, s:o}", "name",
        line->name, "revision", (json_int_t) line->revision, "off", line->off,
        "default", line->variants[line->default_variant], "variants",
        gray_json_variants(line), "split", line->has_split, "rules",
        (int) line->nrules, "lists", lists, "note", gray_json_text(line->note));
}


json_t *
gray_json_releases(const gray_release_lines_t *lines)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < lines->n; i++) {
        json_array_append_new(list, gray_json_release(&lines->lines[i]));
    }

    return json_pack("{s:I, s:b, s:o}", "revision",
        (json_int_t) lines->revision, "all_off", lines->all_off, "releases",
        list);
}


/* {"gray": 10}, or null for a rule that gives a variant. */
static json_t *
split_json(const gray_rule_lines_t *lines, const gray_rule_line_t *line)
{
    unsigned v;
    json_t *split = json_object();

    if (*line->variant != '\0') {
        json_decref(split);
        return json_null();
    }

    for (v = 0; v < lines->nvariants; v++) {
        if (v != lines->default_variant) {
            json_object_set_new(split, lines->variants[v],
                json_real(gray_share(line->weights[v])));
        }
    }

    return split;
}


json_t *
gray_json_rules(const char *release, const gray_rule_lines_t *lines)
{
    unsigned i;
    json_t *list = json_array();
    const gray_rule_line_t *line;

    for (i = 0; i < lines->n; i++) {
        line = &lines->lines[i];
        json_array_append_new(list,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", line->name,
                "if", gray_json_text(line->condition), "variant",
                gray_json_text(*line->variant ? line->variant : NULL), "split",
                split_json(lines, line), "outcome",
                gray_json_text(line->outcome), "hits",
                line->counted ? json_integer((json_int_t) line->hits)
                              : json_null()));
    }

    return json_pack("{s:s, s:I, s:o, s:o}", "release", release, "revision",
        (json_int_t) lines->revision, "rules", list, "fallback",
        gray_json_text(lines->fallback));
}
