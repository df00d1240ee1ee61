/*
 * A loaded release, for release.c that makes it and decide.c that reads it.
 */

#ifndef GRAY_CORE_RELEASE_PRIVATE_H
#define GRAY_CORE_RELEASE_PRIVATE_H

#include "form.h"
#include "murmur3.h"
#include "regex.h"
#include "release.h"

/* Pointers into `bytes`, checked when loaded. */
struct gray_release_s {
    char *bytes;
    const gray_form_header_t *header;
    const gray_form_str_t *variants;
    const gray_form_str_t *attributes;
    const gray_form_list_t *lists;
    const gray_form_rule_t *rules;
    const gray_form_node_t *nodes;
    const gray_form_split_t *splits;
    const gray_form_range_t *ranges;
    const uint32_t *by;
    const char *strings;
    gray_murmur3_t salted; /* the salt's part of every bucket           */

    /* The one thing that changes after loading: patterns are compiled when
     * they are first needed. NULL: there are none. */
    gray_regexes_t *regexes;
};

static inline unsigned
gray_release_count(const gray_release_t *release, gray_form_section_t section)
{
    return release->header->sections[section].len;
}

static inline gray_str_t
gray_release_str(const gray_release_t *release, gray_form_str_t str)
{
    return (gray_str_t){ str.len, release->strings + str.offset };
}

/*
 * Checks everything behind the header of a release whose sections lie within
 * its bytes: every index, string, range and tree. -1: GRAY_EDAMAGED.
 */
int gray_release_check(const gray_release_t *release, gray_error_t *error);

/*
 * Checks the numbers of the regexes of a checked release, and makes room for
 * them.
 */
int gray_release_open_regexes(gray_release_t *release, gray_error_t *error);

#endif
