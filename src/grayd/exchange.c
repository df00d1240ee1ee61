/*
 * One request: its head is checked, its body taken in, its handler called,
 * its reply sent.
 */

#define _GNU_SOURCE
#include "exchange.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "problem.h"
#include "routes.h"

/* What libmicrohttpd asks a stream for at once. */
#define GRAYD_STREAM_BLOCK 16384


void *
grayd_exchange_create(
    void *data, const char *target, struct MHD_Connection *mhd)
{
    grayd_exchange_t *exchange = calloc(1, sizeof(*exchange));
    const union MHD_ConnectionInfo *info
        = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    if (exchange == NULL || info == NULL || info->socket_context == NULL) {
        free(exchange);
        return NULL;
    }

    exchange->grayd = grayd_http_grayd(data);
    exchange->connection = info->socket_context;
    exchange->mhd = mhd;
    exchange->target = strdup(target);
    exchange->request.grayd = exchange->grayd;
    exchange->request.http = exchange;
    grayd_http_receiving(data, exchange->connection, 0);

    return exchange;
}


void
grayd_exchange_done(void *data, struct MHD_Connection *mhd, void **done,
    enum MHD_RequestTerminationCode code)
{
    grayd_exchange_t *exchange = *done;

    (void) mhd;
    (void) code;

    if (exchange == NULL) {
        return;
    }

    *done = NULL;
    grayd_http_idle(data, exchange->connection);
    grayd_reply_clear(&exchange->request.reply);
    json_decref(exchange->request.body);
    if (exchange->request.file != NULL) {
        fclose(exchange->request.file);
    }
    grayd_uri_free(&exchange->request.uri);
    free(exchange->target);
    free(exchange->text);
    free(exchange);
}


const char *
grayd_header(const grayd_request_t *request, const char *name)
{
    const grayd_exchange_t *exchange = request->http;

    return MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, name);
}


/* --- sending --------------------------------------------------------------- */

static ssize_t
grayd_stream_read(void *data, uint64_t position, char *to, size_t size)
{
    grayd_exchange_t *exchange = data;
    grayd_reply_t *reply = &exchange->request.reply;
    grayd_http_t *http = exchange->grayd->http;
    uint64_t wakes = grayd_http_wakes(http);
    ssize_t n;

    (void) position;

    if (atomic_load(&exchange->grayd->ending)) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }

    n = reply->stream(reply->data, to, size);
    if (n < 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }

    if (n == 0) {
        grayd_http_sleep(http, exchange, wakes);
    }

    return n;
}


/* libmicrohttpd closes the descriptor, the reply its file. */
static struct MHD_Response *
grayd_file_response(FILE *file)
{
    struct stat st;
    int fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);

    if (fd < 0 || fflush(file) != 0 || fstat(fd, &st) != 0) {
        if (fd >= 0) {
            (void) close(fd);
        }
        return NULL;
    }

    return MHD_create_response_from_fd64((uint64_t) st.st_size, fd);
}


static struct MHD_Response *
grayd_response(grayd_exchange_t *exchange)
{
    grayd_reply_t *reply = &exchange->request.reply;

    if (reply->stream != NULL) {
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
            GRAYD_STREAM_BLOCK, grayd_stream_read, exchange, NULL);
    }

    if (reply->file != NULL) {
        return grayd_file_response(reply->file);
    }

    /* the reply lives until the exchange is done */
    return MHD_create_response_from_buffer(reply->len,
        reply->body != NULL ? reply->body : (void *) (uintptr_t) reply->kept,
        MHD_RESPMEM_PERSISTENT);
}


static bool
grayd_reply_has(const grayd_reply_t *reply, const char *name)
{
    for (unsigned i = 0; i < reply->nheaders; i++) {
        if (strcasecmp(reply->headers[i].name, name) == 0) {
            return true;
        }
    }

    return false;
}


static void
grayd_response_headers(
    grayd_exchange_t *exchange, struct MHD_Response *response)
{
    grayd_reply_t *reply = &exchange->request.reply;

    if (reply->type != NULL) {
        (void) MHD_add_response_header(
            response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->type);
    }

    for (unsigned i = 0; i < reply->nheaders; i++) {
        (void) MHD_add_response_header(
            response, reply->headers[i].name, reply->headers[i].value);
    }

    if (!grayd_reply_has(reply, "Cache-Control")) {
        (void) MHD_add_response_header(
            response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }

    (void) MHD_add_response_header(
        response, "X-Content-Type-Options", "nosniff");

    if (exchange->close) {
        (void) MHD_add_response_header(
            response, MHD_HTTP_HEADER_CONNECTION, "close");
    }
}


static enum MHD_Result
grayd_send(grayd_exchange_t *exchange)
{
    grayd_reply_t *reply = &exchange->request.reply;
    struct MHD_Response *response;
    enum MHD_Result rc;

    if (reply->status == 0) {
        grayd_reply_problem(&exchange->request, 500, GRAY_ESYSTEM,
            "the request was not answered");
    }

    response = grayd_response(exchange);
    if (response == NULL) {
        return MHD_NO;
    }

    grayd_response_headers(exchange, response);
    grayd_http_answering(exchange->grayd->http, exchange->connection);
    rc = MHD_queue_response(exchange->mhd, reply->status, response);
    MHD_destroy_response(response);

    return rc;
}


/* --- the head -------------------------------------------------------------- */

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
grayd_framing_ok(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    unsigned lengths = grayd_count(exchange, "Content-Length");
    unsigned encodings = grayd_count(exchange, "Transfer-Encoding");
    const char *encoding = grayd_header(request, "Transfer-Encoding");

    if (lengths > 1 || (lengths == 1 && encodings > 0) || encodings > 1
        || (encoding != NULL && strcasecmp(encoding, "chunked") != 0))
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "the length of the body is told in two ways");
        return false;
    }

    if (grayd_count(exchange, "Host") > 1
        || grayd_count(exchange, "Authorization") > 1)
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "Host or Authorization is given twice");
        return false;
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
        (void) snprintf(
            exchange->actor, sizeof(exchange->actor), "%.64s", person);

    } else if (getpwuid_r(peer.uid, &pw, texts, sizeof(texts), &found) == 0
               && found != NULL)
    {
        (void) snprintf(
            exchange->actor, sizeof(exchange->actor), "%.64s", pw.pw_name);

    } else {
        (void) snprintf(exchange->actor, sizeof(exchange->actor), "%u",
            (unsigned) peer.uid);
    }
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
        grayd_reply_problem(request, 403, GRAY_EPERMISSION,
            "the scopes of token '%s' are not enough for this",
            exchange->actor);
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


static uint64_t
grayd_body_max(const grayd_exchange_t *exchange)
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


static void
grayd_too_large(grayd_exchange_t *exchange)
{
    exchange->close = true;
    grayd_reply_problem(&exchange->request, 413, GRAY_EINVALID,
        "the body is larger than %llu bytes",
        (unsigned long long) grayd_body_max(exchange));
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

    if (length != NULL && strtoull(length, NULL, 10) > grayd_body_max(exchange))
    {
        grayd_too_large(exchange);
        return false;
    }

    if (request->route->body == GRAYD_JSON_BODY && !grayd_is_json(type)
        && (type != NULL || length != NULL
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


static bool
grayd_head(grayd_exchange_t *exchange, const char *method)
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


/* --- the body -------------------------------------------------------------- */

static bool
grayd_text_more(grayd_exchange_t *exchange, const char *upload, size_t size)
{
    char *larger;
    size_t room = exchange->received + size + 1;

    if (room > exchange->room) {
        room = room < 4096 ? 4096 : 2 * room;
        larger = realloc(exchange->text, room);
        if (larger == NULL) {
            return false;
        }
        exchange->text = larger;
        exchange->room = room;
    }

    memcpy(exchange->text + exchange->received, upload, size);

    return true;
}


static void
grayd_body_more(grayd_exchange_t *exchange, const char *upload, size_t size)
{
    grayd_request_t *request = &exchange->request;
    bool kept;

    if (request->reply.status != 0) {
        return; /* refused already: the rest is read and dropped */
    }

    if (size > grayd_body_max(exchange) - exchange->received) {
        grayd_too_large(exchange);
        return;
    }

    kept = request->route->body == GRAYD_FILE_BODY
               ? fwrite(upload, 1, size, request->file) == size
               : grayd_text_more(exchange, upload, size);

    if (!kept) {
        exchange->close = true;
        grayd_reply_problem(request, 507, GRAY_EFULL,
            "there is no room for the body in %s",
            exchange->grayd->config.spool);
        return;
    }

    exchange->received += size;
    grayd_http_receiving(
        exchange->grayd->http, exchange->connection, exchange->received);
}


static void
grayd_body_json(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    json_error_t problem;
    gray_error_t error;

    if (exchange->received == 0) {
        request->body = json_object();
        request->text = "{}";
        request->len = 2;
        return;
    }

    request->body = json_loadb(exchange->text != NULL ? exchange->text : "",
        exchange->received, JSON_REJECT_DUPLICATES, &problem);

    if (request->body != NULL && json_is_object(request->body)) {
        request->text = exchange->text;
        request->len = exchange->received;
        return;
    }

    if (request->body != NULL) {
        grayd_reply_problem(
            request, 400, GRAY_EINVALID, "the body is not a JSON object");
        return;
    }

    (void) gray_error_set(
        &error, GRAY_EINVALID, "the body is no JSON: %s", problem.text);
    error.line = problem.line > 0 ? (unsigned) problem.line : 0;
    error.column = problem.column > 0 ? (unsigned) problem.column : 0;
    grayd_reply_error(request, &error);
    request->reply.status = 400;
}


static void
grayd_body_end(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;

    if (request->route->body == GRAYD_JSON_BODY) {
        grayd_body_json(exchange);

    } else if (request->route->body == GRAYD_FILE_BODY
               && (fflush(request->file) != 0
                   || fseek(request->file, 0, SEEK_SET) != 0))
    {
        grayd_reply_problem(request, 507, GRAY_EFULL,
            "there is no room for the body in %s",
            exchange->grayd->config.spool);
    }
}


/* --- running --------------------------------------------------------------- */

/* If-Match: "REVISION", as ETag gave it. */
static bool
grayd_expect(grayd_request_t *request)
{
    const char *match = grayd_header(request, "If-Match");
    char *end;
    unsigned long long revision;

    if (match == NULL || strcmp(match, "*") == 0) {
        return true;
    }

    revision = strtoull(match + (match[0] == '"'), &end, 10);
    if (match[0] != '"' || match[1] < '0' || match[1] > '9'
        || strcmp(end, "\"") != 0)
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "If-Match is not an ETag of ours, such as \"42\"");
        return false;
    }

    gray_control_expect(request->control, revision);

    return true;
}


/* Something that cannot be tried must not be done instead. */
static bool
grayd_may_try(grayd_request_t *request, bool trying)
{
    if (trying && !request->route->dry_run) {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "dry_run is for changes of one release");
        return false;
    }

    return true;
}


static void
grayd_handle(grayd_request_t *request, gray_control_t *control,
    const gray_error_t *error)
{
    gray_dry_run_t dry_run = { .changed = false };
    bool trying;

    if (control == NULL) {
        grayd_reply_error(request, error);
        return;
    }

    request->control = control;
    gray_control_actor(control, request->uid, request->actor, "grayd");

    if (grayd_expect(request)
        && grayd_query_flag(request, "dry_run", &trying) == 0
        && grayd_may_try(request, trying))
    {
        if (trying) {
            request->dry_run = &dry_run;
            gray_control_dry_run(control, &dry_run);
        }
        request->route->handle(request);
        gray_control_dry_run(control, NULL);
        request->dry_run = NULL;
        gray_dry_run_free(&dry_run);
    }
    request->control = NULL;
}


static void
grayd_run_job(
    grayd_job_t *job, gray_control_t *control, const gray_error_t *error)
{
    grayd_exchange_t *exchange = (grayd_exchange_t *) job;

    grayd_handle(&exchange->request, control, error);
    atomic_store(&exchange->answered, true);
    MHD_resume_connection(exchange->mhd);
}


/* The connection sleeps until the writer has answered. */
static enum MHD_Result
grayd_queue(grayd_exchange_t *exchange)
{
    exchange->queued = true;
    exchange->job.run = grayd_run_job;
    exchange->job.lasting = exchange->request.route->body == GRAYD_FILE_BODY;

    MHD_suspend_connection(exchange->mhd);

    if (!grayd_writer_put(exchange->grayd->writer, &exchange->job)) {
        grayd_reply_problem(&exchange->request, 503, GRAY_EINUSE,
            "too many changes are waiting; try again");
        atomic_store(&exchange->answered, true);
        MHD_resume_connection(exchange->mhd);
    }

    return MHD_YES;
}


static enum MHD_Result
grayd_complete(grayd_exchange_t *exchange)
{
    grayd_request_t *request = &exchange->request;
    gray_control_t *control;
    gray_error_t error;

    grayd_http_answering(exchange->grayd->http, exchange->connection);

    if (request->reply.status == 0) {
        grayd_body_end(exchange);
    }

    if (request->reply.status != 0) {
        return grayd_send(exchange);
    }

    switch (request->route->run) {
    case GRAYD_RUN_PLAIN:
        request->route->handle(request);
        break;

    case GRAYD_RUN_READ:
        control = grayd_gate_enter(exchange->grayd->gate, &error);
        grayd_handle(request, control, &error);
        if (control != NULL) {
            grayd_gate_leave(exchange->grayd->gate, control);
        }
        break;

    case GRAYD_RUN_WRITE:
        return grayd_queue(exchange);
    }

    return grayd_send(exchange);
}


enum MHD_Result
grayd_exchange_run(void *data, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **context)
{
    grayd_exchange_t *exchange = *context;

    (void) data;
    (void) mhd;
    (void) url;
    (void) version;

    if (exchange == NULL || exchange->target == NULL) {
        return MHD_NO;
    }

    if (!exchange->begun) {
        exchange->begun = true;

        /* answered before its body came: it is not read */
        return grayd_head(exchange, method) ? MHD_YES : grayd_send(exchange);
    }

    if (exchange->queued) {
        return atomic_load(&exchange->answered) ? grayd_send(exchange)
                                                : MHD_YES;
    }

    if (*upload_size > 0) {
        grayd_body_more(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }

    return grayd_complete(exchange);
}
