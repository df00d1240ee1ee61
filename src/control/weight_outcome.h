/*
 * Shares of the buckets, and what a change of weights comes to.
 */

#ifndef GRAY_CONTROL_WEIGHT_OUTCOME_H
#define GRAY_CONTROL_WEIGHT_OUTCOME_H

#include "change.h"

/* The split of rule `rule`, or (-1) the document's own. */
const gray_split_t *gray_weight_split(
    const gray_document_t *document, int rule);

/* The weights, the default's included. Returns the variant that has all, or
 * -1. */
int gray_weight_shares(const gray_document_t *document,
    const gray_split_t *split, uint32_t shares[GRAY_VARIANTS_MAX]);

/* Of a change that is put. -1: no memory. */
int gray_weight_outcome(const gray_change_t *change, int rule,
    gray_weighed_t *weighed, gray_error_t *error);

#endif
