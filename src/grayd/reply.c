/* Filling a reply. */

#include "problem.h"
#include "request.h"
#include "control/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GRAYD_JSON "application/json"
#define GRAYD_PROBLEM "application/problem+json"

static const char grayd_out_of_memory[]
    = "{\"type\": \"about:blank\", \"title\": \"Internal Server Error\", "
      "\"status\": 500, \"code\": \"system\", \"detail\": \"no memory\"}\n";


void
grayd_reply_clear(grayd_reply_t *reply)
{
    free(reply->body);
    if (reply->file != NULL) {
        fclose(reply->file);
    }
    if (reply->free != NULL) {
        reply->free(reply->data);
    }
    memset(reply, 0, sizeof(*reply));
}


void
grayd_reply_text(grayd_request_t *request, unsigned status, const char *type,
    char *text, size_t len)
{
    grayd_reply_t *reply = &request->reply;

    reply->status = status;
    reply->type = type;
    reply->body = text;
    reply->len = len;
}


void
grayd_reply_kept(grayd_request_t *request, unsigned status, const char *type,
    const char *text, size_t len)
{
    grayd_reply_t *reply = &request->reply;

    reply->status = status;
    reply->type = type;
    reply->kept = text;
    reply->len = len;
}


static void
grayd_reply_dump(
    grayd_request_t *request, unsigned status, const char *type, json_t *value)
{
    char *text = value != NULL
                     ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY)
                     : NULL;
    size_t len = text != NULL ? strlen(text) : 0;

    json_decref(value);

    if (text == NULL) {
        grayd_reply_clear(&request->reply);
        grayd_reply_kept(request, 500, GRAYD_PROBLEM, grayd_out_of_memory,
            sizeof(grayd_out_of_memory) - 1);
        return;
    }

    text[len] = '\n'; /* in place of the NUL: len counts it */
    grayd_reply_text(request, status, type, text, len + 1);
}


void
grayd_reply_json(grayd_request_t *request, unsigned status, json_t *value)
{
    grayd_reply_dump(request, status, GRAYD_JSON, value);
}


void
grayd_reply_done(grayd_request_t *request, unsigned status, json_t *more)
{
    json_t *done = request->dry_run != NULL
                       ? gray_json_dry_run(request->control, request->dry_run)
                       : gray_json_done(request->control);

    (void) json_object_update_missing(done, more);
    json_decref(more);
    grayd_reply_json(request, request->dry_run != NULL ? 200 : status, done);
}


void
grayd_reply_nothing(grayd_request_t *request)
{
    grayd_reply_kept(request, 204, NULL, "", 0);
}


void
grayd_reply_stream(grayd_request_t *request, const char *type,
    grayd_stream_pt stream, void *data, void (*free_data)(void *data))
{
    grayd_reply_t *reply = &request->reply;

    reply->status = 200;
    reply->type = type;
    reply->stream = stream;
    reply->data = data;
    reply->free = free_data;
}


void
grayd_reply_file(grayd_request_t *request, const char *type, FILE *file)
{
    request->reply.status = 200;
    request->reply.type = type;
    request->reply.file = file;
}


/* An error takes the place of whatever was filled before. */
static void
grayd_reply_bad(grayd_request_t *request, unsigned status,
    const gray_error_t *error, const gray_errors_t *errors)
{
    grayd_reply_clear(&request->reply);
    grayd_reply_dump(
        request, status, GRAYD_PROBLEM, grayd_problem(status, error, errors));

    if (status == 503) {
        grayd_reply_header(request, "Retry-After", "1");
    }
}


void
grayd_reply_error(grayd_request_t *request, const gray_error_t *error)
{
    grayd_reply_bad(request, grayd_problem_status(error->code), error, NULL);
}


void
grayd_reply_errors(grayd_request_t *request, const gray_errors_t *errors)
{
    const gray_error_t *first = &errors->list[0];

    grayd_reply_bad(request, grayd_problem_status(first->code), first, errors);
}


void
grayd_reply_refused(
    grayd_request_t *request, unsigned status, const gray_error_t *error)
{
    grayd_reply_bad(request, status, error, NULL);
}


void
grayd_reply_listed(
    grayd_request_t *request, const gray_error_t *error, json_t *errors)
{
    unsigned status = grayd_problem_status(error->code);
    json_t *problem = grayd_problem(status, error, NULL);

    if (json_array_size(errors) > 0) {
        json_object_set(problem, "errors", errors);
    }

    grayd_reply_clear(&request->reply);
    grayd_reply_dump(request, status, GRAYD_PROBLEM, problem);
}


void
grayd_reply_problem(grayd_request_t *request, unsigned status,
    gray_error_code_t code, const char *format, ...)
{
    gray_error_t error;
    va_list args;

    va_start(args, format);
    (void) gray_error_setv(&error, code, format, args);
    va_end(args);

    grayd_reply_bad(request, status, &error, NULL);
}


void
grayd_reply_header(
    grayd_request_t *request, const char *name, const char *format, ...)
{
    grayd_reply_t *reply = &request->reply;
    va_list args;

    if (reply->nheaders == GRAYD_REPLY_HEADERS) {
        return;
    }

    va_start(args, format);
    (void) vsnprintf(reply->headers[reply->nheaders].value,
        sizeof(reply->headers[0].value), format, args);
    va_end(args);

    reply->headers[reply->nheaders++].name = name;
}


void
grayd_reply_etag(grayd_request_t *request, uint64_t revision)
{
    grayd_reply_header(request, "ETag", "\"%" PRIu64 "\"", revision);
}


/* --- reading --------------------------------------------------------------- */

const char *
grayd_param(grayd_request_t *request, unsigned i)
{
    const gray_str_t *param = &request->params[i];

    if (memchr(param->data, '\0', param->len) != NULL) {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "a name in the address holds a NUL byte");
        return NULL;
    }

    return param->data;
}


const char *
grayd_query(const grayd_request_t *request, const char *name)
{
    const gray_str_t *value = grayd_uri_query(&request->uri, name);

    return value != NULL ? value->data : NULL;
}


int
grayd_query_number(grayd_request_t *request, const char *name,
    uint64_t fallback, uint64_t max, uint64_t *number)
{
    char *end;
    const char *text = grayd_query(request, name);

    *number = fallback;
    if (text == NULL) {
        return 0;
    }

    errno = 0;
    *number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0
        || *number > max)
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "'%s=%.32s' is not a whole number up to %" PRIu64, name, text, max);
        return -1;
    }

    return 0;
}


int
grayd_query_flag(grayd_request_t *request, const char *name, bool *flag)
{
    const char *text = grayd_query(request, name);

    *flag = text != NULL
            && (text[0] == '\0' || strcmp(text, "1") == 0
                || strcmp(text, "true") == 0);

    if (text != NULL && !*flag && strcmp(text, "0") != 0
        && strcmp(text, "false") != 0)
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "'%s=%.32s' is neither true nor false", name, text);
        return -1;
    }

    return 0;
}
