/*
 * --server: a verb done by grayd's API in place of the store's files.
 *
 * Each command has the request that does it in the table of commands:
 *
 *     "DELETE /v1/lists/{0}?force"
 *     "POST /v1/releases/{0}/off|POST /v1/off"
 *
 * {0} is the command's first argument, percent-encoded; the request whose
 * arguments are all given is taken. After "?" stand options of the command
 * that go with it when they were given, a "-" in their names as "_": a flag
 * as true, a TIME in seconds, a PERCENT as a number. What else there is, the
 * command's function puts into the body. --if-revision becomes If-Match.
 *
 * The answer is the JSON that the verb would tell here (control/json.h), or an
 * error that is read back into cli->error or cli->errors, so that a command
 * goes on with either as if it had called src/control. What fails on the way
 * is an error too, and names the address and the remedy:
 *
 *     permission   no token, or one that may not; no password; the socket's
 *     timeout      no answer in time (--wait), or a transfer that stands still
 *     system       no grayd there, not a grayd, TLS, a connection that broke
 *
 * 503 with Retry-After is tried again for some seconds. Nothing is ever sent
 * twice otherwise: when the answer of a change is lost, the error says that it
 * may have been made.
 */

#ifndef GRAYCTL_REMOTE_H
#define GRAYCTL_REMOTE_H

#include <jansson.h>
#include "command.h"
#include "progress.h"

typedef struct grayctl_remote_s grayctl_remote_t;

/* A body that is a file: from where it is read now to its end, after the
 * bytes of `head`. */
typedef struct {
    FILE *file; /* seekable: grayctl_upload_open                        */
    const char *head;
    size_t head_len;
} grayctl_upload_t;

typedef struct {
    const char *route; /* NULL: the command's                           */
    const char *query; /* more of it, "limit=5&before=7", or NULL       */
    json_t *body;      /* taken over; or NULL                           */
    const char *text;  /* or the body as it is, JSON of `len` bytes     */
    size_t len;
    const grayctl_upload_t *upload; /* or a file                        */
    grayctl_progress_t *progress;   /* told the bytes of it; may be NULL */
    void (*sent)(void);             /* all of it is; may be NULL         */
    bool lasting;     /* the answer may take long: without --wait, an hour  */
    bool hurry;       /* or it must come within a second                    */
    bool reads;       /* it changes nothing, whatever its method            */
    uint64_t more_ms; /* that the answer may take                       */
    int (*take)(void *data, const char *bytes, size_t len);
    void *data; /* takes an answer of text; non-zero ends it            */
} grayctl_request_t;

typedef struct {
    json_t *json;      /* NULL: it was taken as text                    */
    char *text;        /* as it came                                    */
    uint64_t revision; /* of its ETag; 0: none                          */
} grayctl_reply_t;

/* Reads the address, token and options. -1: cli->error, what was typed. */
int grayctl_remote_open(grayctl_t *cli);
void grayctl_remote_close(grayctl_t *cli);

/* Asks, and waits for the answer. -1: cli->error or cli->errors. The caller
 * frees *reply when 0 was returned. */
int grayctl_send(
    grayctl_t *cli, const grayctl_request_t *request, grayctl_reply_t *reply);
void grayctl_reply_free(grayctl_reply_t *reply);

/* The problem document of a request that failed, until the next one; NULL:
 * there was none. */
const json_t *grayctl_problem(const grayctl_t *cli);

/* The command's request without a body, and its answer; NULL: as above. */
json_t *grayctl_ask(grayctl_t *cli);

/* The same with a body, which is taken over. NULL, as json_pack gives it for
 * text that is not UTF-8, is an error. */
json_t *grayctl_ask_with(grayctl_t *cli, json_t *body);

/* The same for "GET PATH", whatever the command's. */
json_t *grayctl_get(grayctl_t *cli, const char *route);

/* A file that can be sent: `in` itself, or a copy of it without a name when
 * its size is not known. NULL: cli->error. The caller closes it when it is not
 * `in`. */
FILE *grayctl_upload_open(
    grayctl_t *cli, FILE *in, grayctl_progress_t *progress);

/* A file without a name in $TMPDIR, or /var/tmp; NULL and errno. */
FILE *grayctl_unnamed_file(void);

/* How long a connection may take to come about, seconds. */
#define CONNECT_S 5

/* --- the parts ------------------------------------------------------------- */

/* remote_path.c: the path and query of the request, malloc'ed, and its method;
 * NULL: cli->error. */
char *grayctl_remote_path(
    grayctl_t *cli, const grayctl_request_t *request, char method[8]);

/* Appends the text, percent-encoded (RFC 3986, 2.3). */
void grayctl_encode(FILE *out, const char *text);

/* remote_address.c: what --server and its options say. */
typedef struct {
    char *base;   /* "https://gray.example.com/prefix", without "/" at its
                     end                                               */
    char *socket; /* a unix socket's path, or NULL                     */
    bool near;    /* no proxy stands between: a socket, the loopback   */
    char *token;  /* or NULL                                           */
} grayctl_address_t;

int grayctl_address_read(grayctl_t *cli, grayctl_address_t *address);
void grayctl_address_free(grayctl_address_t *address);

/* remote_error.c: what came of it, when it was no answer of a grayd. */
typedef struct {
    const char *server;    /* as it was typed                             */
    const char *type;      /* the answer's Content-Type, or ""             */
    const char *challenge; /* its WWW-Authenticate, or ""              */
    const char *location;  /* where it says that it is, or ""          */
    long status;
    bool changes;    /* the request was one that changes something      */
    bool has_token;  /* one was sent                                   */
    const char *why; /* libcurl's words, or ""                          */
    int system;      /* errno of a connection that failed; 0           */
    unsigned waited; /* seconds                                        */
    bool connected;  /* and TLS begun, if it is to be                  */
} grayctl_answer_t;

/* Fills *error from a CURLcode that is not 0. */
void grayctl_transport_error(
    int code, const grayctl_answer_t *answer, gray_error_t *error);

/* Fills *error from an answer that is not JSON, or that refuses. */
void grayctl_status_error(const grayctl_answer_t *answer, gray_error_t *error);

#endif
