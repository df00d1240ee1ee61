/*
 * How errors are told: on stderr, "grayctl: …" and a line that says what to
 * do, or one JSON object with --json. Each function returns the exit code.
 */

#ifndef GRAYCTL_REPORT_H
#define GRAYCTL_REPORT_H

#include <jansson.h>
#include "command.h"
#include "control/errors.h"

/* The exit code of an error. */
grayctl_exit_t grayctl_exit_code(gray_error_code_t code);

/* One error. */
int grayctl_fail(const grayctl_t *cli, const gray_error_t *error);

/* An error with a position in `text` (a condition, a document): a person
 * sees the line and a caret under the column. `text` may be NULL. */
int grayctl_fail_in(
    const grayctl_t *cli, const gray_error_t *error, const char *text);

/* All problems of a document, whose text may be NULL. */
int grayctl_fail_all(
    const grayctl_t *cli, const gray_errors_t *errors, const char *text);

/* What was typed is wrong: exit code GRAYCTL_USAGE. */
int grayctl_misused(const grayctl_t *cli, const gray_error_t *error);

/* A warning of a command that succeeds: on stderr, "grayctl: warning: …", also
 * with --quiet. Nothing with --json, whose object has them. */
void grayctl_warn(const grayctl_t *cli, const gray_error_t *warning);

/* All warnings of what a verb did (done.h). */
void grayctl_warn_all(const grayctl_t *cli, const json_t *did);

/* A remark on stderr that is no error; silent with --quiet. */
void grayctl_note(const grayctl_t *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
