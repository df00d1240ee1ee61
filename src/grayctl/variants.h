/* A release's variants and their weights, as listings show them. */

#ifndef GRAYCTL_VARIANTS_H
#define GRAYCTL_VARIANTS_H

#include "output.h"

/* Adds the cell "stable 95%, gray 5%" of a release (control/json.h): the
 * default first. Without a split the names alone. */
void grayctl_table_variants(grayctl_table_t *table, const json_t *release);

#endif
