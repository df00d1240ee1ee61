/*
 * A compiled release: what workers load and decide() reads.
 *
 * The compiled form is one run of bytes in host byte order: a header (magic,
 * form version, byte-order mark, size, checksum), then tables of variants,
 * attributes, lists, rules, condition nodes, splits and a pool of strings,
 * all by offset. It is checked once when loaded (magic, version, order, size,
 * checksum, every offset and index) and never again: decide() trusts it.
 *
 * A release belongs to one thread: deciding compiles the regexes of its
 * conditions when they are first needed.
 */

#ifndef GRAY_CORE_RELEASE_H
#define GRAY_CORE_RELEASE_H

#include <stdbool.h>
#include "address.h"
#include "document.h"
#include "error.h"
#include "str.h"

/* Raised when an older reader could not read the form. */
#define GRAY_RELEASE_FORM 1

typedef struct gray_release_s gray_release_t;

/*
 * Checks the compiled form and copies it into a new release, which the caller
 * owns (gray_release_free). -1 with GRAY_EDAMAGED (checksum, bounds) or
 * GRAY_ESCHEMA (a newer form).
 */
int gray_release_load(const void *bytes, size_t len, gray_release_t **release,
    gray_error_t *error);

/* NULL is allowed. */
void gray_release_free(gray_release_t *release);

/* What the release needs of its host. Names are NUL-terminated as well, and
 * live as long as the release. Indexes run from 0; what is out of range gives
 * an empty string. */
unsigned gray_release_variants(const gray_release_t *release);
gray_str_t gray_release_variant(const gray_release_t *release, unsigned i);
unsigned gray_release_default(const gray_release_t *release);
unsigned gray_release_attributes(const gray_release_t *release);
gray_str_t gray_release_attribute(const gray_release_t *release, unsigned i);
unsigned gray_release_lists(const gray_release_t *release);
gray_str_t gray_release_list(const gray_release_t *release, unsigned i);
gray_list_kind_t gray_release_list_kind(
    const gray_release_t *release, unsigned i);
unsigned gray_release_rules(const gray_release_t *release);
gray_str_t gray_release_rule(const gray_release_t *release, unsigned i);
/* The canonical text of rule i's condition, kept for explain. */
gray_str_t gray_release_condition(const gray_release_t *release, unsigned i);

#endif
