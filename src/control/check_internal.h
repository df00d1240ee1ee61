/*
 * The parts of a check.
 */

#ifndef GRAY_CONTROL_CHECK_INTERNAL_H
#define GRAY_CONTROL_CHECK_INTERNAL_H

#include "control/check.h"
#include "internal.h"

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

/* check_releases.c, check_lists.c, check.c: in the open store. -1: stopped,
 * *error is set. */
int gray_check_releases(gray_checker_t *checker, gray_error_t *error);
int gray_check_lists(gray_checker_t *checker, gray_error_t *error);

#endif
