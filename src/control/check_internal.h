/*
 * The parts of a check.
 */

#ifndef GRAY_CONTROL_CHECK_INTERNAL_H
#define GRAY_CONTROL_CHECK_INTERNAL_H

#include "control/check.h"
#include "internal.h"

/* A file of the folder. */
typedef struct {
    const char *name; /* NULL ends the table                          */
    mode_t mode;
    bool needed;        /* without it there is no use in opening LMDB        */
    const char *remedy; /* when it is missing; NULL: it may be         */
} gray_check_file_t;

/* check_files.c */
extern const gray_check_file_t gray_check_file_list[];

typedef struct {
    const char *dir;
    bool backup; /* which need not be ready for workers               */
    gray_problem_pt tell;
    void *data;
    gray_progress_pt progress;
    gray_checked_t *checked;
    gray_control_t control; /* only dir and store are set            */
} gray_checker_t;

/* As gray_control_check; a backup has no counters, and whatever owner and
 * modes a copy gave it. */
int gray_check_run(const char *dir, bool backup, gray_problem_pt tell,
    void *data, gray_progress_pt progress, gray_checked_t *checked,
    gray_error_t *error);

/* Counts and tells a problem. */
void gray_check_problem(gray_checker_t *checker, gray_error_code_t code,
    const char *place, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Tells a problem that is a gray_error_t already. */
void gray_check_error(
    gray_checker_t *checker, const char *place, const gray_error_t *error);

/* check_files.c: the folder and its files, without LMDB. Returns whether
 * opening LMDB makes sense. */
bool gray_check_files(gray_checker_t *checker);

/* "grayctl --store DIR check --repair" */
void gray_check_mendable(gray_checker_t *checker, const char *place,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* check_releases.c, check_lists.c, check_entries.c: in the open store. -1: stopped,
 * *error is set. */
int gray_check_releases(gray_checker_t *checker, gray_error_t *error);
int gray_check_lists(gray_checker_t *checker, gray_error_t *error);

/* repair_releases.c. Compiles a stored document that can be trusted, even when
 * its record is damaged; *compiled is the caller's. -1: it cannot be. */
int gray_check_compile(
    gray_txn_t *txn, const char *name, gray_compiled_t *compiled);

/* check_lists.c. What gray_store_index_check gave, OK for ENOTFOUND; *missing:
 * the list should have an index and has none. */
int gray_check_index_of(
    gray_checker_t *checker, const char *name, bool *missing);
int gray_check_entries(gray_checker_t *checker, gray_error_t *error);

#endif
