/*
 * A request of the API as its handler sees it, and what it may answer.
 *
 * A handler is called once, when the request is complete and was allowed:
 * route, token, body and size were checked. It reads the request, calls one
 * verb of src/control on request->control, and fills the reply with one of
 * the functions below. It never touches HTTP, never blocks on a client, and
 * keeps nothing of the request.
 *
 * Which thread calls it follows from its route's `run`: an HTTP thread for
 * what only reads (several at once), the writer thread for what writes (one at
 * a time, grayd's only thread with write transactions).
 */

#ifndef GRAYD_REQUEST_H
#define GRAYD_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include "control/control.h"
#include "control/dry_run.h"
#include "control/errors.h"
#include "uri.h"

typedef struct grayd_s grayd_t;
typedef struct grayd_request_s grayd_request_t;

typedef enum {
    GRAYD_GET,
    GRAYD_PUT,
    GRAYD_POST,
    GRAYD_PATCH,
    GRAYD_DELETE,
    GRAYD_METHODS
} grayd_method_t;

/* What a token must be allowed (access.h). */
typedef enum {
    GRAYD_ANYBODY = 0, /* no token: /healthz and the page's files        */
    GRAYD_READ,
    GRAYD_LIST,    /* changes the list in the path                   */
    GRAYD_RELEASE, /* changes the release in the path                */
    GRAYD_ADMIN
} grayd_scope_t;

typedef enum {
    GRAYD_NO_BODY = 0,
    GRAYD_JSON_BODY, /* an object, at most GRAYD_JSON_MAX bytes, in
                        request->body                                  */
    GRAYD_FILE_BODY  /* any size up to `upload-max`, in request->file  */
} grayd_body_t;

#define GRAYD_JSON_MAX (1 << 20)

typedef enum {
    GRAYD_RUN_PLAIN = 0, /* in an HTTP thread; request->control is NULL */
    GRAYD_RUN_READ,      /* in an HTTP thread, with a handle            */
    GRAYD_RUN_WRITE      /* in the writer thread, with its handle       */
} grayd_run_t;

typedef struct {
    grayd_method_t method;
    const char *path; /* "/v1/lists/{list}/members/{identity}"; a last
                         segment "*" takes all that follow             */
    grayd_scope_t scope;
    grayd_body_t body;
    grayd_run_t run;
    bool dry_run; /* ?dry_run=true tells what would change            */
    void (*handle)(grayd_request_t *request);
} grayd_route_t;

/* Produces a reply's body piece by piece, in an HTTP thread: writes at most
 * `size` bytes and returns how many; 0: nothing yet (grayd_http_wake asks
 * again). */
#define GRAYD_STREAM_END (-1)
#define GRAYD_STREAM_BROKEN (-2) /* the client sees that the end is missing */
typedef ssize_t (*grayd_stream_pt)(void *data, char *to, size_t size);

#define GRAYD_REPLY_HEADERS 8

typedef struct {
    unsigned status; /* 0: the handler has not answered               */
    const char *type;
    char *body;       /* malloc'ed                                      */
    const char *kept; /* or text that outlives the request              */
    size_t len;
    grayd_stream_pt stream; /* instead of a body                      */
    FILE *file;             /* instead of a body: from its beginning  */
    void *data;
    void (*free)(void *data);
    unsigned nheaders;
    struct {
        const char *name;
        char value[192];
    } headers[GRAYD_REPLY_HEADERS];
} grayd_reply_t;

#define GRAYD_PARAMS 4

struct grayd_request_s {
    grayd_t *grayd;
    const grayd_route_t *route;
    grayd_method_t method;
    grayd_uri_t uri;
    gray_str_t params[GRAYD_PARAMS]; /* the {…} of the route, in order; each
                                        ended by a NUL that is not counted  */
    json_t *body; /* a JSON body, and its text as it came            */
    const char *text;
    size_t len;
    FILE *file; /* the body, from its beginning                         */
    gray_control_t *control;
    const char *actor;       /* for the audit: a token's name or a user's     */
    uid_t uid;               /* of the process that asks, by a unix socket    */
    void *http;              /* exchange.c's                                  */
    gray_dry_run_t *dry_run; /* NULL: changes are made                  */

    /* A handler of the writer's that must wait leaves the reply empty and sets
     * these: `again` is called every few milliseconds, with a handle of its
     * own, until it has answered. `waiting` is freed after it. */
    void (*again)(grayd_request_t *request);
    void *waiting;
    grayd_reply_t reply;
};

/* --- reading ---------------------------------------------------------------
 */

/* A parameter of the path as a C string; NULL and a 400 reply when it holds a
 * NUL (no name does). */
const char *grayd_param(grayd_request_t *request, unsigned i);

/* A query option as a C string; NULL: not given. */
const char *grayd_query(const grayd_request_t *request, const char *name);

/* A header of the request, NULL when there is none. */
const char *grayd_header(const grayd_request_t *request, const char *name);

/* A number from the query, or `fallback`. -1 and a 400 reply when it is no
 * number or beyond `max`. */
int grayd_query_number(grayd_request_t *request, const char *name,
    uint64_t fallback, uint64_t max, uint64_t *number);

/* "true"/"1"/"" are true, "false"/"0" and not given false; -1 and a 400 reply
 * for another value. */
int grayd_query_flag(grayd_request_t *request, const char *name, bool *flag);

/* --- answering -------------------------------------------------------------
 */

/* Takes `value` over; NULL gives a 500. */
void grayd_reply_json(grayd_request_t *request, unsigned status, json_t *value);

/* What a verb that changes something did: {"changed", "revision", "warnings"?}
 * or, in a dry run, what it would; and the members of `more`, which is taken
 * over and may be NULL. */
void grayd_reply_done(grayd_request_t *request, unsigned status, json_t *more);

/* 204, nothing to say. */
void grayd_reply_nothing(grayd_request_t *request);

/* Takes malloc'ed text over. */
void grayd_reply_text(grayd_request_t *request, unsigned status,
    const char *type, char *text, size_t len);

/* Text that outlives the request. */
void grayd_reply_kept(grayd_request_t *request, unsigned status,
    const char *type, const char *text, size_t len);

/* A body in pieces; `free` is called with `data` at the end in any case. */
void grayd_reply_stream(grayd_request_t *request, const char *type,
    grayd_stream_pt stream, void *data, void (*free)(void *data));

/* A file's content from its beginning; takes it over. */
void grayd_reply_file(grayd_request_t *request, const char *type, FILE *file);

/* A problem document (problem.h) with the status that fits its code. */
void grayd_reply_error(grayd_request_t *request, const gray_error_t *error);

/* The same for all problems of a document: the first one, and all in
 * "errors". */
void grayd_reply_errors(grayd_request_t *request, const gray_errors_t *errors);

/* The same with this status. */
void grayd_reply_refused(
    grayd_request_t *request, unsigned status, const gray_error_t *error);

/* The same with more in "errors", a list of gray_json_error; it may be empty. */
void grayd_reply_listed(
    grayd_request_t *request, const gray_error_t *error, json_t *errors);

void grayd_reply_problem(grayd_request_t *request, unsigned status,
    gray_error_code_t code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void grayd_reply_header(grayd_request_t *request, const char *name,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The reply's ETag: "REVISION". */
void grayd_reply_etag(grayd_request_t *request, uint64_t revision);

/* Frees what the reply holds, and leaves it empty. */
void grayd_reply_clear(grayd_reply_t *reply);

#endif
