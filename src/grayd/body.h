/*
 * Reading a JSON body: every member by name and type, and no other member, so
 * that a misspelt one is not silently ignored. Each function that finds
 * something wrong fills a 422 reply that names the member, and returns -1.
 */

#ifndef GRAYD_BODY_H
#define GRAYD_BODY_H

#include "control/explain.h"
#include "request.h"

/* Refuses members that are not in `names`, a NULL-terminated list. */
int grayd_body_only(grayd_request_t *request, const char *const *names);

/* A string; NULL when it is not there or null, and an error when it is
 * `needed`. Valid as long as the request. */
int grayd_body_text(
    grayd_request_t *request, const char *name, bool needed, const char **text);

/* A whole number from 0 to `max`; `fallback` when it is not there. */
int grayd_body_number(grayd_request_t *request, const char *name,
    uint64_t fallback, uint64_t max, uint64_t *number);

/* true or false; false when it is not there. */
int grayd_body_flag(grayd_request_t *request, const char *name, bool *flag);

/* A list of strings: malloc'ed pointers to texts that live as long as the
 * request; *n 0 and NULL when it is not there. At most `max`. */
int grayd_body_texts(grayd_request_t *request, const char *name, bool needed,
    unsigned max, const char ***texts, unsigned *n);

/* "MEMBER: WORDS" as a 422 reply; returns -1. */
int grayd_body_bad(grayd_request_t *request, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* An object of at most `max` strings; *object NULL: it is not there. */
int grayd_body_object(
    grayd_request_t *request, const char *name, size_t max, json_t **object);

#define GRAYD_LIVES_MAX 16

/* {"legacy": "yes"}: what live lists answer. Texts are the body's. */
int grayd_body_lives(grayd_request_t *request, const char *name,
    gray_explain_live_t lives[GRAYD_LIVES_MAX], unsigned *n);

#endif
