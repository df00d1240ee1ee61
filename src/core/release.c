#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "release_private.h"

/* Of one element of each section. */
static const uint32_t element_sizes[GRAY_FORM_SECTIONS] = {
    [GRAY_FORM_VARIANTS] = sizeof(gray_form_str_t),
    [GRAY_FORM_ATTRIBUTES] = sizeof(gray_form_str_t),
    [GRAY_FORM_LISTS] = sizeof(gray_form_list_t),
    [GRAY_FORM_RULES] = sizeof(gray_form_rule_t),
    [GRAY_FORM_NODES] = sizeof(gray_form_node_t),
    [GRAY_FORM_SPLITS] = sizeof(gray_form_split_t),
    [GRAY_FORM_RANGES] = sizeof(gray_form_range_t),
    [GRAY_FORM_BY] = sizeof(uint32_t),
    [GRAY_FORM_STRINGS] = 1,
};


size_t
gray_form_element_size(gray_form_section_t section)
{
    return element_sizes[section];
}


static int
damaged(gray_error_t *error, const char *what)
{
    gray_error_set(
        error, GRAY_EDAMAGED, "the compiled release is damaged: %s", what);
    return gray_error_hint(error, "put the release again");
}


static int
check_form(const gray_form_header_t *header, gray_error_t *error)
{
    if (memcmp(header->magic, GRAY_FORM_MAGIC, sizeof(header->magic)) != 0) {
        return damaged(error, "it does not begin as one");
    }

    if (header->order != GRAY_FORM_ORDER) {
        return damaged(error, "another machine's byte order");
    }

    if (header->form != GRAY_RELEASE_FORM) {
        return gray_error_set(error, GRAY_ESCHEMA,
            "the compiled release has form %u; this version reads form %u",
            header->form, GRAY_RELEASE_FORM);
    }

    return 0;
}


static uint32_t
checksum(const char *bytes, size_t len)
{
    size_t start = offsetof(gray_form_header_t, checksum) + sizeof(uint32_t);

    return gray_murmur3_32(bytes + start, len - start, GRAY_FORM_SEED);
}


static int
check_sections(const gray_form_header_t *header, gray_error_t *error)
{
    unsigned i;

    for (i = 0; i < GRAY_FORM_SECTIONS; i++) {
        const gray_form_run_t *run = &header->sections[i];

        if (run->offset % 4 != 0 || run->offset < sizeof(*header)
            || run->offset > header->size
            || (uint64_t) run->len * element_sizes[i]
                   > header->size - run->offset)
        {
            return damaged(error, "a section is out of bounds");
        }
    }

    return 0;
}


static void
set_pointers(gray_release_t *r)
{
    const gray_form_run_t *run = r->header->sections;

#define at(section) ((const void *) (r->bytes + run[section].offset))

    r->variants = at(GRAY_FORM_VARIANTS);
    r->attributes = at(GRAY_FORM_ATTRIBUTES);
    r->lists = at(GRAY_FORM_LISTS);
    r->rules = at(GRAY_FORM_RULES);
    r->nodes = at(GRAY_FORM_NODES);
    r->splits = at(GRAY_FORM_SPLITS);
    r->ranges = at(GRAY_FORM_RANGES);
    r->by = at(GRAY_FORM_BY);
    r->strings = at(GRAY_FORM_STRINGS);

#undef at
}


/* The copy is aligned as malloc aligns; the caller's bytes need not be. */
static int
load(gray_release_t *r, size_t len, gray_error_t *error)
{
    r->header = (const gray_form_header_t *) r->bytes;

    if (check_form(r->header, error) != 0) {
        return -1;
    }

    if (r->header->size != len) {
        return damaged(error, "its size is wrong");
    }

    if (r->header->checksum != checksum(r->bytes, len)) {
        return damaged(error, "its checksum is wrong");
    }

    if (check_sections(r->header, error) != 0) {
        return -1;
    }

    set_pointers(r);

    if (gray_release_check(r, error) != 0
        || gray_release_open_regexes(r, error) != 0)
    {
        return -1;
    }

    gray_bucket_salt(&r->salted, gray_release_str(r, r->header->salt));
    return 0;
}


int
gray_release_load(const void *bytes, size_t len, gray_release_t **release,
    gray_error_t *error)
{
    gray_release_t *r;

    if (len < sizeof(gray_form_header_t) || len > GRAY_FORM_MAX) {
        return damaged(error, "its size is wrong");
    }

    r = calloc(1, sizeof(*r));

    if (r == NULL || (r->bytes = malloc(len)) == NULL) {
        free(r);
        return gray_error_set(error, GRAY_ESYSTEM, "out of memory");
    }

    memcpy(r->bytes, bytes, len);

    if (load(r, len, error) != 0) {
        gray_release_free(r);
        return -1;
    }

    *release = r;
    return 0;
}


void
gray_release_free(gray_release_t *release)
{
    if (release != NULL) {
        gray_regexes_free(release->regexes);
        free(release->bytes);
        free(release);
    }
}


unsigned
gray_release_variants(const gray_release_t *release)
{
    return gray_release_count(release, GRAY_FORM_VARIANTS);
}


gray_str_t
gray_release_variant(const gray_release_t *release, unsigned i)
{
    return i < gray_release_variants(release)
               ? gray_release_str(release, release->variants[i])
               : gray_str("");
}


unsigned
gray_release_default(const gray_release_t *release)
{
    return release->header->default_variant;
}


unsigned
gray_release_attributes(const gray_release_t *release)
{
    return gray_release_count(release, GRAY_FORM_ATTRIBUTES);
}


gray_str_t
gray_release_attribute(const gray_release_t *release, unsigned i)
{
    return i < gray_release_attributes(release)
               ? gray_release_str(release, release->attributes[i])
               : gray_str("");
}


unsigned
gray_release_lists(const gray_release_t *release)
{
    return gray_release_count(release, GRAY_FORM_LISTS);
}


gray_str_t
gray_release_list(const gray_release_t *release, unsigned i)
{
    return i < gray_release_lists(release)
               ? gray_release_str(release, release->lists[i].name)
               : gray_str("");
}


gray_list_kind_t
gray_release_list_kind(const gray_release_t *release, unsigned i)
{
    return i < gray_release_lists(release)
               ? (gray_list_kind_t) release->lists[i].kind
               : GRAY_LIST_UNKNOWN;
}


unsigned
gray_release_rules(const gray_release_t *release)
{
    return gray_release_count(release, GRAY_FORM_RULES);
}


gray_str_t
gray_release_rule(const gray_release_t *release, unsigned i)
{
    return i < gray_release_rules(release)
               ? gray_release_str(release, release->rules[i].name)
               : gray_str("");
}


gray_str_t
gray_release_condition(const gray_release_t *release, unsigned i)
{
    return i < gray_release_rules(release)
               ? gray_release_str(release, release->rules[i].condition)
               : gray_str("");
}
