/*
 * Errors as RFC 9457 problem documents, application/problem+json:
 *
 *   {"type": "about:blank", "title": "Not Found", "status": 404,
 *    "detail": "there is no release 'shpo'", "code": "not_found",
 *    "place": "rules[2].if", "line": 1, "column": 14,
 *    "hint": "did you mean 'shop'?", "errors": [ … ]}
 *
 * code, place, line, column, detail (grayctl's message) and hint are grayctl's
 * own; those that are not known are left out.
 */

#ifndef GRAYD_PROBLEM_H
#define GRAYD_PROBLEM_H

#include <jansson.h>
#include "control/errors.h"

/* The HTTP status for an error's code. */
unsigned grayd_problem_status(gray_error_code_t code);

/* "Not Found" of 404; "Error" of a status we do not use. */
const char *grayd_status_title(unsigned status);

/* `errors` may be NULL. NULL without memory. */
json_t *grayd_problem(
    unsigned status, const gray_error_t *error, const gray_errors_t *errors);

#endif
