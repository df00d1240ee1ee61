/* One request, from its first line to its end. */

#define _GNU_SOURCE
#include "exchange.h"

#include <stdlib.h>
#include <string.h>
#include "routes.h"


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
    free(exchange->request.waiting);
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
grayd_handle_again(grayd_request_t *request, gray_control_t *control,
    const gray_error_t *error)
{
    if (control == NULL) {
        grayd_reply_error(request, error);
        return;
    }

    request->control = control;
    gray_control_actor(control, request->uid, request->actor, "grayd");
    request->again(request);
    request->control = NULL;
}


static bool
grayd_run_job(
    grayd_job_t *job, gray_control_t *control, const gray_error_t *error)
{
    grayd_exchange_t *exchange = (grayd_exchange_t *) job;
    grayd_request_t *request = &exchange->request;

    if (request->again == NULL) {
        grayd_handle(request, control, error);
    } else {
        grayd_handle_again(request, control, error);
    }

    if (request->again != NULL && request->reply.status == 0) {
        return false;
    }

    atomic_store(&exchange->answered, true);
    MHD_resume_connection(exchange->mhd);

    return true;
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
        grayd_exchange_body_end(exchange);
    }

    if (request->reply.status != 0) {
        return grayd_exchange_send(exchange);
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

    return grayd_exchange_send(exchange);
}


/* A client that was refused hears why when its body is read to the end;
 * otherwise the connection ends under it. What is large is not worth it. */
static bool
grayd_reads_on(const grayd_exchange_t *exchange)
{
    const char *length = grayd_header(&exchange->request, "Content-Length");

    return !exchange->close && length != NULL
           && strtoull(length, NULL, 10) <= GRAYD_JSON_MAX;
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

        return grayd_exchange_head(exchange, method) || grayd_reads_on(exchange)
                   ? MHD_YES
                   : grayd_exchange_send(exchange);
    }

    if (exchange->queued) {
        return atomic_load(&exchange->answered) ? grayd_exchange_send(exchange)
                                                : MHD_YES;
    }

    if (*upload_size > 0) {
        grayd_exchange_body(exchange, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }

    return grayd_complete(exchange);
}
