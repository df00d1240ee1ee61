/* The head of a request: everything that is refused before its body comes. */

#define _GNU_SOURCE
#include "exchange.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "routes.h"

/* Bytes of a person's name in the audit. */
#define GRAYD_ACTOR_MAX 64

/* How often a header is there. */
typedef struct {
    const char *name;
    unsigned n;
} grayd_count_t;

static enum MHD_Result
grayd_count_one(
    void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    grayd_count_t *count = data;

    (void) kind;
    (void) value;
    count->n += strcasecmp(name, count->name) == 0;

    return MHD_YES;
}


static unsigned
grayd_count(const grayd_exchange_t *exchange, const char *name)
{
    grayd_count_t count = { .name = name };

    (void) MHD_get_connection_values(
        exchange->mhd, MHD_HEADER_KIND, grayd_count_one, &count);

    return count.n;
}


/* What two servers might read in two ways: RFC 9112, section 6.3. */
static bool
grayd_framing_bad(grayd_exchange_t *exchange, const char *why)
{
    /* what follows on this connection could be part of a body */
    exchange->close = true;
    grayd_reply_problem(&exchange->request, 400, GRAY_EINVALID, "%s", why);

    return false;
}


static bool
grayd_framing_ok(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    unsigned lengths = grayd_count(exchange, "Content-Length");
    unsigned encodings = grayd_count(exchange, "Transfer-Encoding");
    const char *encoding = grayd_header(request, "Transfer-Encoding");

    if (lengths > 1 || (lengths == 1 && encodings > 0) || encodings > 1
        || (encoding != NULL && strcasecmp(encoding, "chunked") != 0))
    {
        return grayd_framing_bad(
            exchange, "the length of the body is told in two ways");
    }

    if (grayd_count(exchange, "Host") > 1
        || grayd_count(exchange, "Authorization") > 1)
    {
        return grayd_framing_bad(
            exchange, "Host or Authorization is given twice");
    }

    return true;
}


static bool
grayd_from_here(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    const grayd_config_t *config = &exchange->grayd->config;
    const char *host = grayd_header(request, "Host");

    /* a page of another site cannot ask a unix socket */
    if (exchange->connection->tcp
        && (host == NULL
            || !grayd_host_allowed(host, (const char *const *) config->hosts)))
    {
        grayd_reply_problem(request, 421, GRAY_EINVALID,
            "grayd is not '%.64s'; --host allows a name",
            host != NULL ? host : "");
        return false;
    }

    if (request->method != GRAYD_GET
        && !grayd_origin_allowed(grayd_header(request, "Origin"),
            grayd_header(request, "Sec-Fetch-Site"), host,
            (const char *const *) config->origins))
    {
        grayd_reply_problem(request, 403, GRAY_EPERMISSION,
            "a page of another site may not change anything here");
        return false;
    }

    return true;
}


static bool
grayd_find_route(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    char allow[64] = "";
    unsigned allowed;

    request->route = grayd_route_find(request, &allowed);
    if (request->route != NULL) {
        return true;
    }

    if (allowed == 0) {
        grayd_reply_problem(
            request, 404, GRAY_ENOTFOUND, "there is nothing at this address");
        return false;
    }

    for (int i = 0; i < GRAYD_METHODS; i++) {
        if ((allowed >> i & 1) != 0) {
            strcat(allow, allow[0] != '\0' ? ", " : "");
            strcat(allow, grayd_method_names[i]);
        }
    }

    grayd_reply_problem(request, 405, GRAY_EINVALID,
        "this address can be asked with %s only", allow);
    grayd_reply_header(request, "Allow", "%s", allow);

    return false;
}


/* As much of the name as is kept, and no half of a character. */
static void
grayd_actor(grayd_exchange_t *exchange, const char *name)
{
    size_t len = strnlen(name, GRAYD_ACTOR_MAX + 1);

    if (len > GRAYD_ACTOR_MAX) {
        for (len = GRAYD_ACTOR_MAX;
             len > 0 && ((unsigned char) name[len] & 0xc0) == 0x80; len--)
        {
        }
    }

    memcpy(exchange->actor, name, len);
    exchange->actor[len] = '\0';
}


/* Who asks by a unix socket: the process's user, or the person whom a proxy in
 * front names; a process that may connect may do anything anyway. */
static void
grayd_peer(grayd_exchange_t *exchange)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    struct passwd pw, *found = NULL;
    char texts[1024];
    const char *person = grayd_header(&exchange->request, "X-Remote-User");

    exchange->request.uid = (uid_t) -1;
    if (getsockopt(
            exchange->connection->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)
        != 0)
    {
        peer.uid = (uid_t) -1;
    }

    exchange->request.uid = peer.uid;
    if (person != NULL && person[0] != '\0') {
        grayd_actor(exchange, person);

    } else if (getpwuid_r(peer.uid, &pw, texts, sizeof(texts), &found) == 0
               && found != NULL)
    {
        grayd_actor(exchange, pw.pw_name);

    } else {
        (void) snprintf(exchange->actor, sizeof(exchange->actor), "%u",
            (unsigned) peer.uid);
    }
}


/* A token that is known, and which scope it would need. */
static void
grayd_not_enough(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    gray_str_t object = grayd_route_object(request);
    const char *kind = request->route->scope == GRAYD_LIST      ? "list:"
                       : request->route->scope == GRAYD_RELEASE ? "release:"
                                                                : NULL;
    gray_error_t error;

    (void) gray_error_set(&error, GRAY_EPERMISSION,
        "the scopes of token '%s' are not enough for this", exchange->actor);
    (void) gray_error_hint(&error, "it needs the scope %s%.64s%sadmin",
        kind != NULL ? kind : "", kind != NULL ? object.data : "",
        kind != NULL ? ", or " : "");
    grayd_reply_refused(request, 403, &error);
}


static bool
grayd_allowed(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    grayd_verdict_t verdict;

    request->actor = exchange->actor;

    if (!exchange->connection->tcp) {
        grayd_peer(exchange);
        return true;
    }

    request->uid = (uid_t) -1;
    if (request->route->scope == GRAYD_ANYBODY) {
        return true;
    }

    verdict = grayd_access_token(exchange->grayd->access,
        grayd_header(request, "Authorization"), request->route->scope,
        grayd_route_object(request), exchange->actor);

    switch (verdict) {
    case GRAYD_ALLOWED:
        return true;

    case GRAYD_NO_TOKEN:
        grayd_reply_problem(request, 401, GRAY_EPERMISSION,
            "a token is needed: Authorization: Bearer TOKEN");
        grayd_reply_header(request, "WWW-Authenticate", "Bearer");
        return false;

    case GRAYD_NOT_ENOUGH:
        grayd_not_enough(exchange);
        return false;
    }

    return false;
}


static bool
grayd_is_json(const char *type)
{
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;

    return (len == 16 && strncasecmp(type, "application/json", len) == 0)
           || (len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0);
}


/* What a form of another site's page could send is no type of ours. */
static bool
grayd_is_form(const char *type)
{
    return type != NULL
           && (strncasecmp(type, "multipart/", 10) == 0
               || strncasecmp(type, "application/x-www-form-urlencoded", 33)
                      == 0);
}


uint64_t
grayd_exchange_body_max(const grayd_exchange_t *exchange)
{
    switch (exchange->request.route->body) {
    case GRAYD_JSON_BODY:
        return GRAYD_JSON_MAX;

    case GRAYD_FILE_BODY:
        return exchange->grayd->config.upload_max;

    default:
        return 0;
    }
}


void
grayd_exchange_too_large(grayd_exchange_t *exchange)
{
    exchange->close = true;
    grayd_reply_problem(&exchange->request, 413, GRAY_EINVALID,
        "the body is larger than %llu bytes",
        (unsigned long long) grayd_exchange_body_max(exchange));
}


static FILE *
grayd_spool(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;

    if (file == NULL && fd >= 0) {
        (void) close(fd);
    }

    return file;
}


/* Whether the body that is to come will be taken. */
static bool
grayd_body_expected(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    const char *type = grayd_header(request, "Content-Type");
    const char *length = grayd_header(request, "Content-Length");

    if (length != NULL
        && strtoull(length, NULL, 10) > grayd_exchange_body_max(exchange))
    {
        grayd_exchange_too_large(exchange);
        return false;
    }

    if (request->route->body == GRAYD_JSON_BODY && !grayd_is_json(type)
        && (type != NULL || (length != NULL && strcmp(length, "0") != 0)
            || grayd_header(request, "Transfer-Encoding") != NULL))
    {
        grayd_reply_problem(request, 415, GRAY_EINVALID,
            "the body must be of the type application/json");
        return false;
    }

    if (request->route->body != GRAYD_FILE_BODY) {
        return true;
    }

    if (grayd_is_form(type)) {
        grayd_reply_problem(request, 415, GRAY_EINVALID,
            "the body must be the file itself, not a form");
        return false;
    }

    request->file = grayd_spool(exchange->grayd->config.spool);
    if (request->file == NULL) {
        grayd_reply_problem(request, 503, GRAY_ESYSTEM,
            "no file can be made in %s", exchange->grayd->config.spool);
        return false;
    }

    return true;
}


bool
grayd_exchange_head(grayd_exchange_t *exchange, const char *method)
{
    grayd_request_t *request = &exchange->request;
    gray_error_t error;
    int known = grayd_method_find(method);

    if (known < 0) {
        grayd_reply_problem(request, 405, GRAY_EINVALID,
            "the method '%.16s' is not known here", method);
        grayd_reply_header(request, "Allow", "GET, PUT, POST, PATCH, DELETE");
        return false;
    }
    request->method = (grayd_method_t) known;

    if (grayd_uri_parse(
            exchange->target, strlen(exchange->target), &request->uri, &error)
        != 0)
    {
        grayd_reply_problem(request, 400, error.code, "%s", error.message);
        return false;
    }

    return grayd_framing_ok(exchange) && grayd_from_here(exchange)
           && grayd_find_route(exchange) && grayd_allowed(exchange)
           && grayd_body_expected(exchange);
}
