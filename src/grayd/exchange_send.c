/* Sending a reply. */

#define _GNU_SOURCE
#include "exchange.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* What libmicrohttpd asks a stream for at once. */
#define GRAYD_STREAM_BLOCK 16384


static ssize_t
grayd_stream_read(void *data, uint64_t position, char *to, size_t size)
{
    grayd_exchange_t *exchange = data;
    grayd_reply_t *reply = &exchange->request.reply;
    grayd_http_t *http = exchange->grayd->http;
    uint64_t wakes = grayd_http_wakes(http);
    ssize_t n;

    (void) position;

    n = reply->stream(reply->data, to, size);
    if (n < 0) {
        return n == GRAYD_STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM
                                     : MHD_CONTENT_READER_END_WITH_ERROR;
    }

    if (n == 0 && atomic_load(&exchange->grayd->ending)) {
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


enum MHD_Result
grayd_exchange_send(grayd_exchange_t *exchange)
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
