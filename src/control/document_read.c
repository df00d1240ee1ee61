/*
 * A document out of JSON. Every problem is reported with its place; what is
 * wrong leaves something harmless in the document, so that the compiler can
 * find what else is.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "document_read_internal.h"

/* A member of an object and what reads it, in the order of reading. */
typedef struct {
    const char *name;
    void (*read)(gray_reader_t *reader, json_t *value, const char *place);
} gray_member_reader_t;


void
gray_read_problem(
    gray_reader_t *reader, const char *place, const char *format, ...)
{
    va_list args;
    gray_error_t *error = gray_errors_next(reader->errors);

    va_start(args, format);
    (void) gray_error_setv(error, GRAY_EINVALID, format, args);
    va_end(args);

    (void) gray_error_place(error, "%s", place);
}


static void
gray_read_members(gray_reader_t *reader, json_t *object, const char *place,
    const gray_member_reader_t *members)
{
    json_t *value;
    unsigned i;
    const char *name;
    char at[GRAY_PLACE_MAX];

    for (i = 0; members[i].name != NULL; i++) {
        value = json_object_get(object, members[i].name);
        if (value != NULL) {
            (void) snprintf(at, sizeof(at), "%s%s%s", place, *place ? "." : "",
                members[i].name);
            members[i].read(reader, value, at);
        }
    }

    json_object_foreach(object, name, value)
    {
        for (i = 0; members[i].name != NULL; i++) {
            if (strcmp(members[i].name, name) == 0) {
                break;
            }
        }
        if (members[i].name == NULL) {
            gray_read_problem(reader, place, "unknown member '%.80s'", name);
        }
    }
}


static char *
gray_read_text(gray_reader_t *reader, json_t *value, const char *place)
{
    if (!json_is_string(value)) {
        gray_read_problem(reader, place, "must be a string");
        return NULL;
    }

    return strdup(json_string_value(value));
}


/* A name into a fixed buffer; too long a one is cut to what is surely
 * invalid, so that it is never taken for another. */
static bool
gray_read_name(gray_reader_t *reader, json_t *value, const char *place,
    char name[GRAY_NAME_MAX + 1])
{
    if (!json_is_string(value)) {
        gray_read_problem(reader, place, "must be a string");
        return false;
    }

    if (json_string_length(value) > GRAY_NAME_MAX) {
        gray_read_problem(reader, place,
            "'%.40s…' is too long for a name: at most %d bytes",
            json_string_value(value), GRAY_NAME_MAX);
        return false;
    }

    (void) strcpy(name, json_string_value(value));

    return true;
}


int
gray_read_variant(gray_reader_t *reader, const char *name, const char *place)
{
    int variant;

    variant = gray_document_variant(
        reader->document, (gray_str_t){ strlen(name), name });
    if (variant < 0) {
        gray_read_problem(
            reader, place, "'%.80s' is none of the variants", name);
    }

    return variant;
}


static void
gray_read_variants(gray_reader_t *reader, json_t *value, const char *place)
{
    size_t i;
    json_t *item;
    char at[GRAY_PLACE_MAX];
    gray_document_t *document;

    document = reader->document;

    if (!json_is_array(value) || json_array_size(value) == 0
        || json_array_size(value) > GRAY_VARIANTS_MAX)
    {
        gray_read_problem(reader, place, "must be an array of 1 to %d names",
            GRAY_VARIANTS_MAX);
        return;
    }

    document->nvariants = 0;
    json_array_foreach(value, i, item)
    {
        (void) snprintf(at, sizeof(at), "%s[%zu]", place, i);
        if (!gray_read_name(
                reader, item, at, document->variants[document->nvariants])) {
            (void) snprintf(document->variants[document->nvariants],
                GRAY_NAME_MAX + 1, "variant_%zu", i);
        }
        document->nvariants++;
    }
}


static void
gray_read_default(gray_reader_t *reader, json_t *value, const char *place)
{
    int variant;

    if (!json_is_string(value)) {
        gray_read_problem(reader, place, "must be a string");
        return;
    }

    variant = gray_read_variant(reader, json_string_value(value), place);
    if (variant >= 0) {
        reader->document->default_variant = (unsigned) variant;
    }
}


static void
gray_read_by(gray_reader_t *reader, json_t *value, const char *place,
    char *by[GRAY_BY_MAX], unsigned *nby)
{
    size_t i;
    json_t *item;
    char at[GRAY_PLACE_MAX];

    if (!json_is_array(value) || json_array_size(value) > GRAY_BY_MAX) {
        gray_read_problem(reader, place,
            "must be an array of at most %d attributes", GRAY_BY_MAX);
        return;
    }

    json_array_foreach(value, i, item)
    {
        (void) snprintf(at, sizeof(at), "%s[%zu]", place, i);
        by[*nby] = gray_read_text(reader, item, at);
        if (by[*nby] != NULL) {
            (*nby)++;
        }
    }
}


/* --- members of a rule --------------------------------------------------- */

static void
gray_read_rule_name(gray_reader_t *reader, json_t *value, const char *place)
{
    (void) gray_read_name(reader, value, place, reader->rule->name);
}


static void
gray_read_rule_if(gray_reader_t *reader, json_t *value, const char *place)
{
    reader->rule->condition = gray_read_text(reader, value, place);
}


static void
gray_read_rule_variant(gray_reader_t *reader, json_t *value, const char *place)
{
    char name[GRAY_NAME_MAX + 1];

    reader->rule->variant = 0;
    if (gray_read_name(reader, value, place, name)) {
        reader->rule->variant = gray_read_variant(reader, name, place);
        if (reader->rule->variant < 0) {
            reader->rule->variant = 0;
        }
    }
}


static void
gray_read_rule_split(gray_reader_t *reader, json_t *value, const char *place)
{
    gray_read_weights(reader, value, place, &reader->rule->split);
}


static void
gray_read_rule_by(gray_reader_t *reader, json_t *value, const char *place)
{
    gray_read_by(reader, value, place, reader->rule->by, &reader->rule->nby);
}


static void
gray_read_rule_buckets(gray_reader_t *reader, json_t *value, const char *place)
{
    gray_read_ranges(reader, value, place, &reader->rule->split.owned,
        &reader->rule->split.nowned);
}


static void
gray_read_rule_released(gray_reader_t *reader, json_t *value, const char *place)
{
    gray_read_ranges(reader, value, place, &reader->rule->split.released,
        &reader->rule->split.nreleased);
}


static const gray_member_reader_t gray_rule_members[] = {
    { "name", gray_read_rule_name },
    { "if", gray_read_rule_if },
    { "variant", gray_read_rule_variant },
    { "split", gray_read_rule_split },
    { "by", gray_read_rule_by },
    { "buckets", gray_read_rule_buckets },
    { "released", gray_read_rule_released },
    { NULL, NULL },
};


/* What a rule must have, and what belongs to a split. */
static void
gray_read_rule_whole(gray_reader_t *reader, json_t *value, const char *place)
{
    unsigned i;
    bool variant, split;
    static const char *const splits[] = { "by", "buckets", "released" };

    variant = json_object_get(value, "variant") != NULL;
    split = json_object_get(value, "split") != NULL;

    if (json_object_get(value, "name") == NULL) {
        gray_read_problem(reader, place, "the rule has no 'name'");
    }
    if (json_object_get(value, "if") == NULL) {
        gray_read_problem(
            reader, place, "the rule has no 'if'; for everyone write 'true'");
    }
    if (variant == split) {
        gray_read_problem(reader, place,
            "the rule has %s 'variant' %s "
            "'split'; give one of them",
            variant ? "both" : "neither", variant ? "and" : "nor");
        reader->rule->variant = 0;
    }

    for (i = 0; i < 3 && !split; i++) {
        if (json_object_get(value, splits[i]) != NULL) {
            gray_read_problem(reader, place,
                "'%s' belongs to a 'split', and there is none", splits[i]);
        }
    }
}


static void
gray_read_rule(gray_reader_t *reader, json_t *value, size_t i)
{
    gray_rule_t *rule;
    char place[GRAY_PLACE_MAX];

    rule = &reader->document->rules[reader->document->nrules++];
    memset(rule, 0, sizeof(*rule));
    gray_split_init(&rule->split);
    rule->variant = -1;
    reader->rule = rule;

    (void) snprintf(place, sizeof(place), "rules[%zu]", i);

    if (json_is_object(value)) {
        gray_read_members(reader, value, place, gray_rule_members);
        gray_read_rule_whole(reader, value, place);
    } else {
        gray_read_problem(reader, place, "must be an object");
        rule->variant = 0;
    }

    if (rule->name[0] == '\0') {
        (void) snprintf(rule->name, sizeof(rule->name), "rule_%zu", i);
    }
    if (rule->condition == NULL) {
        rule->condition = strdup("true");
    }
}


static void
gray_read_rules(gray_reader_t *reader, json_t *value, const char *place)
{
    size_t i;
    json_t *item;

    if (!json_is_array(value) || json_array_size(value) > GRAY_RULES_MAX) {
        gray_read_problem(reader, place, "must be an array of at most %d rules",
            GRAY_RULES_MAX);
        return;
    }

    reader->document->rules
        = calloc(json_array_size(value) + 1, sizeof(gray_rule_t));
    if (reader->document->rules == NULL) {
        gray_read_problem(reader, place, "no memory");
        return;
    }

    json_array_foreach(value, i, item)
    {
        gray_read_rule(reader, item, i);
    }
}


/* --- members of the document --------------------------------------------- */

static void
gray_read_document_by(gray_reader_t *reader, json_t *value, const char *place)
{
    gray_read_by(
        reader, value, place, reader->document->by, &reader->document->nby);
}


static void
gray_read_split(gray_reader_t *reader, json_t *value, const char *place)
{
    reader->document->has_split = true;
    gray_read_weights(reader, value, place, &reader->document->split);
}


static bool
gray_read_split_there(gray_reader_t *reader, const char *place)
{
    if (!reader->document->has_split) {
        gray_read_problem(
            reader, place, "belongs to a 'split', and there is none");
    }

    return reader->document->has_split;
}


static void
gray_read_buckets(gray_reader_t *reader, json_t *value, const char *place)
{
    if (gray_read_split_there(reader, place)) {
        gray_read_ranges(reader, value, place, &reader->document->split.owned,
            &reader->document->split.nowned);
    }
}


static void
gray_read_released(gray_reader_t *reader, json_t *value, const char *place)
{
    if (gray_read_split_there(reader, place)) {
        gray_read_ranges(reader, value, place,
            &reader->document->split.released,
            &reader->document->split.nreleased);
    }
}


static void
gray_read_salt(gray_reader_t *reader, json_t *value, const char *place)
{
    reader->document->salt = gray_read_text(reader, value, place);
}


static void
gray_read_note(gray_reader_t *reader, json_t *value, const char *place)
{
    reader->document->note = gray_read_text(reader, value, place);
}


static const gray_member_reader_t gray_document_members[] = {
    { "variants", gray_read_variants },
    { "default", gray_read_default },
    { "rules", gray_read_rules },
    { "by", gray_read_document_by },
    { "split", gray_read_split },
    { "buckets", gray_read_buckets },
    { "released", gray_read_released },
    { "salt", gray_read_salt },
    { "note", gray_read_note },
    { NULL, NULL },
};


static json_t *
gray_read_json(const char *text, size_t len, gray_errors_t *errors)
{
    json_t *root;
    json_error_t problem;
    gray_error_t *error;

    if (len > GRAY_DOCUMENT_MAX) {
        (void) gray_error_set(gray_errors_next(errors), GRAY_EINVALID,
            "the document has %zu bytes, at most %d are allowed", len,
            GRAY_DOCUMENT_MAX);
        return NULL;
    }

    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
    if (root == NULL) {
        error = gray_errors_next(errors);
        (void) gray_error_set(
            error, GRAY_EINVALID, "not JSON: %s", problem.text);
        error->line = problem.line > 0 ? (unsigned) problem.line : 0;
        error->column = problem.column > 0 ? (unsigned) problem.column : 0;
        return NULL;
    }

    if (!json_is_object(root)) {
        (void) gray_error_set(gray_errors_next(errors), GRAY_EINVALID,
            "a release document is a JSON object: {…}");
        json_decref(root);
        return NULL;
    }

    return root;
}


int
gray_document_read(const char *text, size_t len, gray_document_t *document,
    gray_errors_t *errors)
{
    json_t *root;
    unsigned before;
    gray_reader_t reader;

    before = errors->total;
    gray_document_init(document);
    document->nvariants = 2;
    (void) strcpy(document->variants[0], "stable");
    (void) strcpy(document->variants[1], "gray");

    root = gray_read_json(text, len, errors);
    if (root == NULL) {
        return -1;
    }

    memset(&reader, 0, sizeof(reader));
    reader.document = document;
    reader.errors = errors;
    gray_read_members(&reader, root, "", gray_document_members);
    json_decref(root);

    return errors->total == before ? 0 : -1;
}
