#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "compiler.h"
#include "utf8.h"

/* A split and what it hashes, with its place in the document ("rules[2]." or
 * ""). */
typedef struct {
    const gray_split_t *split;
    char *const *by;
    unsigned nby;
    char place[32];
} source_t;


void
gray_compiler_problem(
    gray_compiler_t *c, const gray_error_t *problem, const char *place, ...)
{
    gray_error_t *error;
    va_list args;

    if (c->nerrors++ < c->max_errors) {
        error = &c->errors[c->nerrors - 1];
        *error = *problem;
        va_start(args, place);
        vsnprintf(error->place, sizeof(error->place), place, args);
        va_end(args);
    }
}


gray_form_str_t
gray_compiler_str(gray_compiler_t *c, gray_str_t str)
{
    gray_blob_t *strings = &c->sections[GRAY_FORM_STRINGS];
    size_t start = gray_blob_add(strings, str.data, str.len);

    gray_blob_add(strings, "", 1);

    return (gray_form_str_t){ (uint32_t) start, (uint32_t) str.len };
}


uint32_t
gray_compiler_add(
    gray_compiler_t *c, gray_form_section_t section, const void *element)
{
    size_t size = gray_form_element_size(section);

    return (
        uint32_t) (gray_blob_add(&c->sections[section], element, size) / size);
}


uint32_t
gray_compiler_attribute(gray_compiler_t *c, gray_str_t name)
{
    unsigned before = c->attributes.n;
    int i = gray_names_add(&c->attributes, name);
    gray_form_str_t str;

    if (i < 0) {
        c->failed = true;
        return 0;
    }

    if (c->attributes.n > before) {
        str = gray_compiler_str(c, name);
        gray_compiler_add(c, GRAY_FORM_ATTRIBUTES, &str);
    }

    return (uint32_t) i;
}


static gray_str_t
str_of(const char *text)
{
    return (gray_str_t){ strlen(text), text };
}


/* Whether the text at the place is UTF-8; what is not is a problem. */
static bool
check_utf8(gray_compiler_t *c, gray_str_t text, const char *place, unsigned i)
{
    size_t bad = gray_utf8_valid(text);
    gray_error_t problem;

    if (bad == text.len) {
        return true;
    }

    gray_error_set(&problem, GRAY_EINVALID,
        "byte %zu is 0x%02x, which is no UTF-8", bad + 1,
        (unsigned char) text.data[bad]);
    gray_compiler_problem(c, &problem, place, i);
    return false;
}


static void
check_name(gray_compiler_t *c, const char *name, const char *what,
    const char *place, unsigned i)
{
    gray_error_t problem;

    if (gray_name_valid(str_of(name)) || !check_utf8(c, str_of(name), place, i))
    {
        return;
    }

    gray_error_set(&problem, GRAY_EINVALID, "'%s' is no %s's name", name, what);
    gray_error_hint(&problem,
        "a name has letters, digits, '_', '.' and '-', at most %d",
        GRAY_NAME_MAX);
    gray_compiler_problem(c, &problem, place, i);
}


/* Tells of a name that was there before. */
static void
check_new(gray_compiler_t *c, gray_names_t *seen, const char *name,
    const char *what, const char *place, unsigned i)
{
    unsigned before = seen->n;
    gray_error_t problem;

    if (gray_names_add(seen, str_of(name)) < 0) {
        c->failed = true;
        return;
    }

    if (seen->n == before) {
        gray_error_set(
            &problem, GRAY_EINVALID, "there are two %ss '%s'", what, name);
        gray_compiler_problem(c, &problem, place, i);
    }
}


static void
compile_variants(gray_compiler_t *c)
{
    const gray_document_t *document = c->document;
    gray_names_t seen = { 0 };
    gray_error_t problem;
    gray_form_str_t str;
    unsigned i;

    if (document->nvariants == 0 || document->nvariants > GRAY_VARIANTS_MAX) {
        gray_error_set(&problem, GRAY_EINVALID,
            "a release has 1 to %d variants, not %u", GRAY_VARIANTS_MAX,
            document->nvariants);
        gray_compiler_problem(c, &problem, "variants");
        return;
    }

    for (i = 0; i < document->nvariants; i++) {
        check_name(c, document->variants[i], "variant", "variants[%u]", i);
        check_new(
            c, &seen, document->variants[i], "variant", "variants[%u]", i);
        str = gray_compiler_str(c, str_of(document->variants[i]));
        gray_compiler_add(c, GRAY_FORM_VARIANTS, &str);
    }

    gray_names_free(&seen);

    if (document->default_variant >= document->nvariants) {
        gray_error_set(
            &problem, GRAY_EINVALID, "the default is none of the variants");
        gray_compiler_problem(c, &problem, "default");
    }
}


static void
compile_by(gray_compiler_t *c, const source_t *source)
{
    gray_error_t problem;
    uint32_t attribute;
    unsigned i;

    for (i = 0; i < source->nby; i++) {
        gray_str_t name = str_of(source->by[i]);

        if (!gray_attribute_valid(name)) {
            char place[48];

            snprintf(place, sizeof(place), "%sby[%%u]", source->place);

            if (!check_utf8(c, name, place, i)) {
                continue;
            }

            gray_error_set(&problem, GRAY_EINVALID,
                "'%.80s' is no attribute's name", name.data);
            gray_compiler_problem(c, &problem, "%sby[%u]", source->place, i);
            continue;
        }

        attribute = gray_compiler_attribute(c, name);
        gray_compiler_add(c, GRAY_FORM_BY, &attribute);
    }
}


static int
compare_ranges(const void *a, const void *b)
{
    const gray_form_range_t *x = a;
    const gray_form_range_t *y = b;

    return (x->first > y->first) - (x->first < y->first);
}


static void
compile_ranges(gray_compiler_t *c, const gray_split_t *split)
{
    gray_blob_t *ranges = &c->sections[GRAY_FORM_RANGES];
    size_t start = ranges->len;
    unsigned i;

    for (i = 0; i < split->nowned; i++) {
        gray_compiler_add(c, GRAY_FORM_RANGES,
            &(gray_form_range_t){
                .first = split->owned[i].first,
                .end = split->owned[i].end,
                .variant = split->owned[i].variant,
            });
    }

    if (!ranges->failed && split->nowned > 0) {
        qsort(ranges->data + start, split->nowned, sizeof(gray_form_range_t),
            compare_ranges);
    }
}


/* Only nobody and everybody can be told without hashing. */
static bool
needs_identity(const gray_split_t *split)
{
    unsigned v;

    for (v = 0; v < GRAY_SPLIT_VARIANTS_MAX; v++) {
        if (split->weights[v] > 0 && split->weights[v] < GRAY_BUCKETS) {
            return true;
        }
    }

    return false;
}


static uint32_t
find_everyone(const gray_document_t *document, const gray_split_t *split)
{
    uint32_t v;

    for (v = 0; v < document->nvariants; v++) {
        if (split->weights[v] == GRAY_BUCKETS && v != document->default_variant)
        {
            return v;
        }
    }

    return GRAY_FORM_NONE;
}


static void
check_split(gray_compiler_t *c, const source_t *source)
{
    const gray_document_t *document = c->document;
    gray_error_t problem;

    if (gray_split_check(source->split, document->nvariants,
            document->default_variant, &problem)
        != 0)
    {
        gray_compiler_problem(c, &problem, "%ssplit", source->place);
        return;
    }

    if (source->nby == 0 && needs_identity(source->split)) {
        gray_error_set(
            &problem, GRAY_EINVALID, "the split has no attribute to hash");
        gray_error_hint(&problem, "name one or more in \"by\"");
        gray_compiler_problem(c, &problem, "%sby", source->place);
    }
}


static uint32_t
compile_split(gray_compiler_t *c, const source_t *source)
{
    gray_form_split_t form = {
        .range = (uint32_t) (c->sections[GRAY_FORM_RANGES].len
                             / sizeof(gray_form_range_t)),
        .nranges = source->split->nowned,
        .everyone = find_everyone(c->document, source->split),
        .by = (uint32_t) (c->sections[GRAY_FORM_BY].len / sizeof(uint32_t)),
        .nby = source->nby,
    };

    check_split(c, source);
    compile_by(c, source);
    compile_ranges(c, source->split);

    return gray_compiler_add(c, GRAY_FORM_SPLITS, &form);
}


static void
compile_outcome(gray_compiler_t *c, unsigned i, gray_form_rule_t *form)
{
    const gray_document_t *document = c->document;
    const gray_rule_t *rule = &document->rules[i];
    source_t source = { .split = &rule->split };
    gray_error_t problem;

    if (rule->variant >= 0) {
        form->variant = (uint32_t) rule->variant;

        if (form->variant >= document->nvariants) {
            gray_error_set(
                &problem, GRAY_EINVALID, "it is none of the variants");
            gray_compiler_problem(c, &problem, "rules[%u].variant", i);
        }
        return;
    }

    snprintf(source.place, sizeof(source.place), "rules[%u].", i);
    source.by = rule->nby > 0 ? rule->by : document->by;
    source.nby = rule->nby > 0 ? rule->nby : document->nby;
    form->split = compile_split(c, &source);
}


static void
compile_rules(gray_compiler_t *c)
{
    const gray_document_t *document = c->document;
    gray_names_t seen = { 0 };
    gray_error_t problem;
    unsigned i;

    if (document->nrules > GRAY_RULES_MAX) {
        gray_error_set(&problem, GRAY_EINVALID,
            "a release has at most %d rules, not %u", GRAY_RULES_MAX,
            document->nrules);
        gray_compiler_problem(c, &problem, "rules");
        return;
    }

    for (i = 0; i < document->nrules; i++) {
        const char *name = document->rules[i].name;
        gray_form_rule_t form = {
            .variant = GRAY_FORM_NONE,
            .split = GRAY_FORM_NONE,
        };

        check_name(c, name, "rule", "rules[%u].name", i);
        check_new(c, &seen, name, "rule", "rules[%u].name", i);
        form.name = gray_compiler_str(c, str_of(name));
        gray_compiler_condition(c, i, &form);
        compile_outcome(c, i, &form);
        gray_compiler_add(c, GRAY_FORM_RULES, &form);
    }

    gray_names_free(&seen);
}


/* The salt, and the texts that are only kept. */
static void
compile_texts(gray_compiler_t *c, gray_str_t name, gray_form_header_t *header)
{
    const char *salt = c->document->salt;
    gray_error_t problem;

    if (!gray_name_valid(name)) {
        gray_error_set(&problem, GRAY_EINVALID, "'%.*s' is no release's name",
            (int) (name.len > 80 ? 80 : name.len), name.data);
        gray_compiler_problem(c, &problem, "%s", "");
    }

    if (salt != NULL && (*salt == '\0' || strlen(salt) > GRAY_SALT_MAX)) {
        gray_error_set(
            &problem, GRAY_EINVALID, "a salt has 1 to %d bytes", GRAY_SALT_MAX);
        gray_compiler_problem(c, &problem, "salt");
    }

    if (salt != NULL) {
        check_utf8(c, str_of(salt), "salt", 0);
    }

    if (c->document->note != NULL) {
        check_utf8(c, str_of(c->document->note), "note", 0);
    }

    header->salt = gray_compiler_str(c, salt != NULL ? str_of(salt) : name);
}


static void
check_limits(gray_compiler_t *c)
{
    gray_error_t problem;

    if (c->attributes.n > UINT16_MAX || c->lists.n > UINT16_MAX) {
        gray_error_set(&problem, GRAY_EINVALID,
            "the conditions name more than %d attributes or lists", UINT16_MAX);
        gray_compiler_problem(c, &problem, "rules");
    }
}


static void
compile(gray_compiler_t *c, gray_str_t name, gray_form_header_t *header)
{
    const gray_document_t *document = c->document;

    compile_texts(c, name, header);
    compile_variants(c);
    compile_rules(c);

    header->default_variant = document->default_variant;
    header->split = GRAY_FORM_NONE;

    if (document->has_split) {
        header->split = compile_split(c, &(source_t){
                                             .split = &document->split,
                                             .by = document->by,
                                             .nby = document->nby,
                                         });
    }

    check_limits(c);
}


/* Joins the sections behind the header. */
static void
join(gray_compiler_t *c, gray_form_header_t *header, gray_blob_t *form)
{
    size_t sum = offsetof(gray_form_header_t, checksum) + sizeof(uint32_t);
    unsigned i;

    memcpy(header->magic, GRAY_FORM_MAGIC, sizeof(header->magic));
    header->order = GRAY_FORM_ORDER;
    header->form = GRAY_RELEASE_FORM;
    gray_blob_add(form, NULL, sizeof(*header));

    for (i = 0; i < GRAY_FORM_SECTIONS; i++) {
        gray_blob_t *section = &c->sections[i];
        size_t offset = gray_blob_add(form, section->data, section->len);

        header->sections[i].offset = (uint32_t) offset;
        header->sections[i].len
            = (uint32_t) (section->len / gray_form_element_size(i));
        gray_blob_add(form, NULL, -section->len % 4);
        c->failed |= section->failed;
    }

    if (c->failed || form->failed || form->len > GRAY_FORM_MAX) {
        c->failed = true;
        return;
    }

    header->size = (uint32_t) form->len;
    memcpy(form->data, header, sizeof(*header));
    header->checksum
        = gray_murmur3_32(form->data + sum, form->len - sum, GRAY_FORM_SEED);
    memcpy(form->data, header, sizeof(*header));
}


/* What is written can be read: a reader's refusal is found here, not in a
 * worker. */
static void
finish(gray_compiler_t *c, gray_form_header_t *header, gray_blob_t *form)
{
    gray_error_t problem;
    gray_release_t *release;

    if (c->nerrors > 0) {
        return;
    }

    join(c, header, form);

    if (c->failed) {
        gray_error_set(&problem, GRAY_ESYSTEM,
            "out of memory, or the compiled release is over %u MiB",
            GRAY_FORM_MAX >> 20);
        gray_compiler_problem(c, &problem, "%s", "");
    } else if (gray_release_load(form->data, form->len, &release, &problem)
               != 0) {
        gray_compiler_problem(c, &problem, "%s", "");
    } else {
        gray_release_free(release);
    }
}


unsigned
gray_document_compile(const gray_document_t *document, gray_str_t name,
    gray_list_kind_pt kind_of, void *data, void **bytes, size_t *len,
    gray_error_t *errors, unsigned nerrors)
{
    gray_compiler_t c = {
        .document = document,
        .kind_of = kind_of,
        .data = data,
        .errors = errors,
        .max_errors = nerrors,
    };
    gray_form_header_t header = { .form = GRAY_RELEASE_FORM };
    gray_blob_t form = { 0 };
    unsigned i;

    compile(&c, name, &header);
    finish(&c, &header, &form);

    for (i = 0; i < GRAY_FORM_SECTIONS; i++) {
        gray_blob_free(&c.sections[i]);
    }

    gray_names_free(&c.attributes);
    gray_names_free(&c.lists);
    gray_names_free(&c.patterns);

    if (c.nerrors > 0) {
        gray_blob_free(&form);
        return c.nerrors;
    }

    *bytes = form.data;
    *len = form.len;
    return 0;
}
