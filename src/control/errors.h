/*
 * All problems of a document at once.
 */

#ifndef GRAY_CONTROL_ERRORS_H
#define GRAY_CONTROL_ERRORS_H

#include "core/error.h"

#define GRAY_ERRORS_MAX 32

/* The first `n` problems, n <= GRAY_ERRORS_MAX; `total` may be larger. A
 * failure that is no problem of the document (no store, conflict) is the
 * only one. Verbs start by zeroing it. */
typedef struct {
    unsigned n;
    unsigned total;
    gray_error_t list[GRAY_ERRORS_MAX];
    gray_error_t overflow; /* what is past the last: nobody reads it  */
} gray_errors_t;

/* The next free element, counted; past the last, one that nobody reads: never
 * NULL. */
gray_error_t *gray_errors_next(gray_errors_t *errors);

/* What a function found that wrote up to GRAY_ERRORS_MAX - errors->n of
 * `found` problems from list[errors->n] on. */
void gray_errors_found(gray_errors_t *errors, unsigned found);

#endif
