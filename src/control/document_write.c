/*
 * A document as JSON: members in a fixed order, numbers in their shortest
 * form. A value that lacks something, without memory, is none: NULL.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "document_json.h"
#include "json_print.h"

#define GRAY_DUMP (JSON_ENCODE_ANY | JSON_REAL_PRECISION(9))


/* Consumes the value. An object that cannot take it is dropped: *object is
 * NULL from then on. */
static void
gray_write_set(json_t **object, const char *name, json_t *value)
{
    if (json_object_set_new(*object, name, value) != 0) {
        json_decref(*object);
        *object = NULL;
    }
}


/* The same for an array. */
static void
gray_write_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) != 0) {
        json_decref(*array);
        *array = NULL;
    }
}


static json_t *
gray_write_weight(uint32_t buckets)
{
    if (buckets % 1000 == 0) {
        return json_integer(buckets / 1000);
    }

    return json_real(buckets / 1000.0);
}


static json_t *
gray_write_weights(const gray_document_t *document, const gray_split_t *split)
{
    json_t *object;
    unsigned v;

    object = json_object();
    for (v = 0; v < document->nvariants; v++) {
        if (v != document->default_variant) {
            gray_write_set(&object, document->variants[v],
                gray_write_weight(split->weights[v]));
        }
    }

    return object;
}


static json_t *
gray_write_ranges(const gray_document_t *document, const gray_range_t *ranges,
    unsigned nranges)
{
    unsigned v, i;
    json_t *object, *array;

    object = json_object();

    for (v = 0; v < document->nvariants; v++) {
        array = json_array();
        for (i = 0; i < nranges; i++) {
            if (ranges[i].variant == v) {
                gray_write_append(
                    &array, json_pack("[i, i]", (int) ranges[i].first,
                                (int) ranges[i].end));
            }
        }
        if (array == NULL || json_array_size(array) > 0) {
            gray_write_set(&object, document->variants[v], array);
        } else {
            json_decref(array);
        }
    }

    return object;
}


/* `split` and what belongs to it, of the document or of a rule. */
static void
gray_write_split(json_t **object, const gray_document_t *document,
    const gray_split_t *split, char *const by[], unsigned nby, unsigned flags,
    bool has_split)
{
    json_t *array;
    unsigned i;

    if (has_split) {
        gray_write_set(object, "split", gray_write_weights(document, split));
    }

    if (nby > 0) {
        array = json_array();
        for (i = 0; i < nby; i++) {
            gray_write_append(&array, json_string(by[i]));
        }
        gray_write_set(object, "by", array);
    }

    if (!has_split || !(flags & GRAY_JSON_BUCKETS)) {
        return;
    }

    gray_write_set(object, "buckets",
        gray_write_ranges(document, split->owned, split->nowned));
    if (split->nreleased > 0) {
        gray_write_set(object, "released",
            gray_write_ranges(document, split->released, split->nreleased));
    }
}


static json_t *
gray_write_rule(
    const gray_document_t *document, const gray_rule_t *rule, unsigned flags)
{
    json_t *object;

    object = json_object();
    gray_write_set(&object, "name", json_string(rule->name));
    gray_write_set(&object, "if", json_string(rule->condition));
    if (rule->variant >= 0) {
        gray_write_set(
            &object, "variant", json_string(document->variants[rule->variant]));
    } else {
        gray_write_split(
            &object, document, &rule->split, rule->by, rule->nby, flags, true);
    }

    return object;
}


struct json_t *
gray_document_json(
    const gray_document_t *document, const char *name, unsigned flags)
{
    unsigned i;
    json_t *object, *array;

    object = json_object();

    array = json_array();
    for (i = 0; i < document->nvariants; i++) {
        gray_write_append(&array, json_string(document->variants[i]));
    }
    gray_write_set(&object, "variants", array);
    gray_write_set(&object, "default",
        json_string(document->variants[document->default_variant]));

    array = json_array();
    for (i = 0; i < document->nrules; i++) {
        gray_write_append(
            &array, gray_write_rule(document, &document->rules[i], flags));
    }
    gray_write_set(&object, "rules", array);

    gray_write_split(&object, document, &document->split, document->by,
        document->nby, flags, document->has_split);

    if (document->salt != NULL) {
        gray_write_set(&object, "salt", json_string(document->salt));
    } else if (flags & GRAY_JSON_SALT) {
        gray_write_set(&object, "salt", json_string(name));
    }
    if (document->note != NULL && !(flags & GRAY_JSON_NO_NOTE)) {
        gray_write_set(&object, "note", json_string(document->note));
    }

    return object;
}


static bool
gray_write_value(FILE *out, const json_t *value)
{
    char *text = gray_json_print(value, GRAY_DUMP);
    bool written = text != NULL && fputs(text, out) >= 0;

    free(text);

    return written;
}


/* A member on a line of its own, and each rule on one: what a person edits. */
static bool
gray_write_pretty_rules(FILE *out, json_t *rules)
{
    size_t i;
    json_t *rule;

    if (json_array_size(rules) == 0) {
        return fputs("[]", out) >= 0;
    }

    json_array_foreach(rules, i, rule)
    {
        if (fputs(i > 0 ? ",\n    " : "[\n    ", out) < 0
            || !gray_write_value(out, rule))
        {
            return false;
        }
    }

    return fputs("\n  ]", out) >= 0;
}


static bool
gray_write_pretty_members(FILE *out, json_t *object)
{
    json_t *member;
    const char *name, *comma;
    bool written;

    comma = "{";
    json_object_foreach(object, name, member)
    {
        (void) fprintf(out, "%s\n  \"%s\": ", comma, name);
        comma = ",";
        written = strcmp(name, "rules") == 0
                      ? gray_write_pretty_rules(out, member)
                      : gray_write_value(out, member);
        if (!written) {
            return false;
        }
    }

    return fputs("\n}\n", out) >= 0;
}


static char *
gray_write_pretty(json_t *object)
{
    FILE *out;
    char *text;
    size_t len;
    bool written;

    text = NULL;
    out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }

    written = gray_write_pretty_members(out, object) && ferror(out) == 0;

    if (fclose(out) != 0 || !written) {
        free(text);
        return NULL;
    }

    return text;
}


char *
gray_document_write(
    const gray_document_t *document, const char *name, unsigned flags)
{
    char *text;
    json_t *object;

    object = gray_document_json(document, name, flags);
    if (object == NULL) {
        return NULL;
    }

    if (flags & GRAY_JSON_PRETTY) {
        text = gray_write_pretty(object);
    } else {
        text = gray_json_print(object, GRAY_DUMP | JSON_COMPACT);
    }
    json_decref(object);

    return text;
}
