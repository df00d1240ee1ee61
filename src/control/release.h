/*
 * Verbs on releases.
 */

#ifndef GRAY_CONTROL_RELEASE_H
#define GRAY_CONTROL_RELEASE_H

#include "control/control.h"
#include "control/errors.h"
#include "core/document.h"

/* Makes a release without rules or split. variants NULL: stable and gray;
 * the first is the default. GRAY_EEXISTS. */
int gray_control_release_create(gray_control_t *control, const char *name,
    const char *const *variants, unsigned nvariants, gray_errors_t *errors);

/* Puts a whole document, JSON text, making the release when it is not there.
 * All problems are reported together, and none is written. */
int gray_control_release_set(gray_control_t *control, const char *name,
    const char *text, size_t len, gray_errors_t *errors);

/* The canonical document, indented, with salt and buckets, so that it alone
 * determines its decisions; malloc'ed, the caller's. *revision (may be NULL)
 * is the release's own. */
int gray_control_release_get(gray_control_t *control, const char *name,
    char **text, uint64_t *revision, gray_error_t *error);

/* The document in memory, for those who read it member by member; the caller
 * frees it with gray_document_free. */
int gray_control_release_document(gray_control_t *control, const char *name,
    gray_document_t *document, uint64_t *revision, gray_error_t *error);

/* GRAY_EINUSE when a running nginx names it, unless `force`. Its kill switch
 * goes with it. */
int gray_control_release_rm(
    gray_control_t *control, const char *name, bool force, gray_error_t *error);

/* A line of `release ls`. Pointers belong to the listing. */
typedef struct {
    char name[GRAY_NAME_MAX + 1];
    uint64_t revision; /* that last changed it                       */
    bool off;          /* by its own switch                          */
    unsigned nrules;
    unsigned nvariants;
    char variants[GRAY_VARIANTS_MAX][GRAY_NAME_MAX + 1];
    uint32_t weights[GRAY_VARIANTS_MAX]; /* in buckets; the default's is
                                            what is left             */
    unsigned default_variant;
    bool has_split;
    unsigned nlists;
    char **lists; /* used by its rules                               */
    char *note;   /* NULL: none                                      */
} gray_release_line_t;

typedef struct {
    uint64_t revision; /* the store's                                */
    bool all_off;      /* the global kill switch                     */
    unsigned n;
    gray_release_line_t *lines;
} gray_release_lines_t;

/* All releases by name. The caller frees *lines. */
int gray_control_release_ls(
    gray_control_t *control, gray_release_lines_t *lines, gray_error_t *error);
void gray_release_lines_free(gray_release_lines_t *lines);

#endif
