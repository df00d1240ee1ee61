/*
 * What a verb that changes something did, and how it is told.
 *
 * It is told from JSON: what the API answers, and what is made of a verb that
 * was called here. So a command says the same with --server and without.
 */

#ifndef GRAYCTL_DONE_H
#define GRAYCTL_DONE_H

#include <jansson.h>
#include "command.h"

/*
 * What the verb of src/control that was just called did: {"changed",
 * "revision", "warnings"?}, or what it would do, in a dry run; and the members
 * of `more` (taken over; may be NULL). NULL when it failed, which is what it
 * returned.
 */
json_t *grayctl_did(const grayctl_t *cli, int failed, json_t *more);

/* Whether it changed something. */
bool grayctl_changed(const json_t *did);

/*
 * Tells it, and takes it over: a line for a person, or the JSON itself with
 * --json; of a dry run what would change; and its warnings. With NULL the
 * error of the verb. Returns the exit code.
 */
int grayctl_done(grayctl_t *cli, json_t *did, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The error or errors of the verb that was just called, printed; its exit
 * code. */
int grayctl_failed(grayctl_t *cli);

/* The same, with the text that they are about, for positions; or NULL. */
int grayctl_failed_in(grayctl_t *cli, const char *text);

#endif
