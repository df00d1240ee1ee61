/*
 * A document being compiled, shared by the compiler's two files: compiler.c
 * checks the document and joins the form, compiler_condition.c does the
 * conditions.
 */

#ifndef GRAY_CORE_COMPILER_H
#define GRAY_CORE_COMPILER_H

#include "blob.h"
#include "decide.h"
#include "form.h"
#include "murmur3.h"
#include "regex.h"

typedef struct {
    const gray_document_t *document;
    gray_list_kind_pt kind_of;
    void *data;

    gray_error_t *errors;
    unsigned max_errors;
    unsigned nerrors; /* found; may be larger than max_errors           */

    gray_blob_t sections[GRAY_FORM_SECTIONS];
    gray_names_t attributes;
    gray_names_t lists;
    gray_names_t patterns; /* of `matches`                              */

    unsigned nlive;
    gray_pending_t live[GRAY_LIVE_TESTS_MAX];
    bool failed; /* out of memory                                       */
} gray_compiler_t;

/* Adds a problem at a place of the document. */
void gray_compiler_problem(gray_compiler_t *c, const gray_error_t *problem,
    const char *place, ...) __attribute__((format(printf, 3, 4)));

/* Adds a string to the form. */
gray_form_str_t gray_compiler_str(gray_compiler_t *c, gray_str_t str);

/* Appends an element to a section; returns its index. */
uint32_t gray_compiler_add(
    gray_compiler_t *c, gray_form_section_t section, const void *element);

/* The number of an attribute, new or known. */
uint32_t gray_compiler_attribute(gray_compiler_t *c, gray_str_t name);

/*
 * Parses the condition of rule `i`, checks its lists and adds its nodes:
 * sets rule->node and rule->condition. Problems have the place "rules[i].if".
 */
void gray_compiler_condition(
    gray_compiler_t *c, unsigned i, gray_form_rule_t *rule);

#endif
