/*
 * A change of a release's document: read in a write transaction, changed by
 * the verb, put whole (so that a part is validated together with everything
 * else), committed.
 */

#ifndef GRAY_CONTROL_CHANGE_H
#define GRAY_CONTROL_CHANGE_H

#include "control/weight.h"
#include "internal.h"

typedef struct {
    gray_control_t *control;
    gray_txn_t *txn;
    const char *release;
    uint64_t revision;
    gray_document_t document;
    gray_document_t old; /* as it is stored                           */
    gray_record_t record;
    bool same; /* after put: nothing is different            */
} gray_change_t;

/* Reads the release twice: as it is, and to be changed. -1: *error; the
 * change is to be ended all the same. `rule` may be NULL. */
int gray_change_begin(gray_change_t *change, gray_control_t *control,
    const char *verb, const char *release, const char *rule,
    gray_error_t *error);

/* Puts the document, whose splits have their buckets then. Not needed before
 * gray_change_end; for verbs that look at the outcome. */
int gray_change_put(gray_change_t *change, gray_error_t *error);

/* Commits what was put, unless it is the same or `rc` is not 0; frees all.
 * Returns rc, or -1. */
int gray_change_commit(gray_change_t *change, int rc, gray_error_t *error);

/* Puts and commits when `rc` is 0. */
int gray_change_end(gray_change_t *change, int rc, gray_error_t *error);

/* The index of a rule of the document by name; -1: *error. */
int gray_change_rule(
    const gray_change_t *change, const char *name, gray_error_t *error);

/* Sets weights, and attributes to hash, of rule `rule`'s split, or (-1) of the
 * release's own. */
int gray_change_weights(gray_change_t *change, int rule,
    const gray_weights_t *weights, gray_error_t *error);

/* What the audit says of rule i: its JSON and its place. */
json_t *gray_change_rule_json(const gray_document_t *document, unsigned i);

#endif
