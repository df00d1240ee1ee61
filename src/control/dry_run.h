/*
 * Trying a change of a release: everything but the writing.
 */

#ifndef GRAY_CONTROL_DRY_RUN_H
#define GRAY_CONTROL_DRY_RUN_H

#include <stdbool.h>
#include "control/control.h"

/* Zeroed, nothing was tried. Texts are malloc'ed. */
typedef struct {
    bool changed;   /* the store would change                          */
    bool made;      /* there is no such release: it would be made      */
    char *document; /* what the release would be, with buckets         */
    unsigned nchanges;
    char **changes; /* in words, a line each                           */
} gray_dry_run_t;

/*
 * From now on a verb that puts one release (release set, rule add, weight, …)
 * validates and compiles the document, fails as it would otherwise, tells
 * *dry_run what would change, and writes nothing: gray_control_changed() is
 * false. Other verbs are not to be called. NULL ends it. *dry_run stays the
 * caller's.
 */
void gray_control_dry_run(gray_control_t *control, gray_dry_run_t *dry_run);
void gray_dry_run_free(gray_dry_run_t *dry_run);

#endif
