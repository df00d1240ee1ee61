/* The body of a request: taken in, and read when it is complete. */

#define _GNU_SOURCE
#include "exchange.h"

#include <stdlib.h>
#include <string.h>


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


void
grayd_exchange_body(grayd_exchange_t *exchange, const char *upload, size_t size)
{
    grayd_request_t *request = &exchange->request;
    bool kept;

    if (request->reply.status != 0) {
        return; /* refused already: the rest is read and dropped */
    }

    if (size > grayd_exchange_body_max(exchange) - exchange->received) {
        grayd_exchange_too_large(exchange);
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
    grayd_reply_refused(request, 400, &error);
}


void
grayd_exchange_body_end(grayd_exchange_t *exchange)
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
