/* A request, and what comes of it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/json.h"
#include "core/version.h"
#include "options.h"
#include "remote_exchange.h"

/* How long a server that says "503, try again" is asked again. */
#define RETRY_MS 15000

int
grayctl_remote_open(grayctl_t *cli)
{
    cli->remote = calloc(1, sizeof(*cli->remote));

    if (cli->remote == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    if (grayctl_address_read(cli, &cli->remote->address) != 0) {
        return -1;
    }

    cli->remote->curl = curl_easy_init();

    return cli->remote->curl != NULL
               ? 0
               : gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
}

void
grayctl_remote_close(grayctl_t *cli)
{
    if (cli->remote != NULL) {
        curl_easy_cleanup(cli->remote->curl);
        json_decref(cli->remote->problem);
        grayctl_address_free(&cli->remote->address);
        free(cli->remote);
        cli->remote = NULL;
        curl_global_cleanup();
    }
}

/* --- what comes of it --------------------------------------------------------- */

static void
describe(const exchange_t *exchange, grayctl_answer_t *answer)
{
    long system = 0;
    curl_off_t connected = 0;
    CURL *curl = exchange->curl;
    const grayctl_remote_t *remote = exchange->cli->remote;

    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system);
    answer->server = exchange->cli->server;
    answer->type = exchange_header(curl, "Content-Type");
    answer->challenge = exchange_header(curl, "WWW-Authenticate");
    answer->location = exchange_header(curl, "Location");
    answer->status = exchange_status(curl);
    answer->changes = exchange_changes(exchange);
    answer->has_token = remote->address.token != NULL;
    answer->why = remote->why;
    answer->system = (int) system;
    curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    answer->connected = connected > 0;
    answer->waited = (unsigned) ((exchange->wait + 999) / 1000);
}

/* A grayd that is older than this grayctl has not all of its routes. */
static bool
is_older(const json_t *problem, long status)
{
    const char *detail = json_string_value(json_object_get(problem, "detail"));

    return status == 405
           || (status == 404 && detail != NULL
               && strcmp(detail, "there is nothing at this address") == 0);
}

static int
refused(exchange_t *exchange, const grayctl_answer_t *answer, json_t *problem)
{
    grayctl_t *cli = exchange->cli;

    if (!json_is_string(json_object_get(problem, "code"))
        || answer->status < 300 || answer->status == 401)
    {
        grayctl_status_error(answer, &cli->error);

    } else if (is_older(problem, answer->status)) {
        gray_error_set(&cli->error, GRAY_ESCHEMA,
            "the grayd at %s cannot do this", cli->server);
        gray_error_hint(&cli->error,
            "it is older than this grayctl (%s), or its address has another "
            "path",
            GRAY_VERSION);

    } else {
        gray_json_read_errors(problem, &cli->errors);
        gray_json_read_error(problem, &cli->error);

        if (cli->errors.total == 1) {
            cli->errors.n = 0;
        }
    }

    cli->remote->problem = problem;

    return -1;
}

static uint64_t
revision_of(CURL *curl)
{
    const char *tag = exchange_header(curl, "ETag");

    return *tag == '"' ? strtoull(tag + 1, NULL, 10) : 0;
}

static int
read_answer(exchange_t *exchange, CURLcode code, grayctl_reply_t *reply)
{
    bool text;
    json_t *json;
    grayctl_answer_t answer;
    grayctl_t *cli = exchange->cli;

    describe(exchange, &answer);
    text = exchange->request->take != NULL
           && strncmp(answer.type, "text/plain", 10) == 0;

    if (exchange->refused) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "stopped");
    }

    if (code != CURLE_OK) {
        grayctl_transport_error((int) code, &answer, &cli->error);
        return -1;
    }

    json = exchange->answer != NULL ? json_loadb(
               exchange->answer, exchange->received, JSON_ALLOW_NUL, NULL)
                                    : NULL;

    if (answer.status >= 300 || (json == NULL && !text)) {
        return refused(exchange, &answer, json);
    }

    reply->json = json;
    reply->text = exchange->answer;
    reply->revision = revision_of(exchange->curl);
    exchange->answer = NULL;

    return 0;
}

/* --- asking ------------------------------------------------------------------- */

/* Whether the answer is to try again, and it is not too late; then waits. A
 * store that is not there will not be there in a second. */
static bool
try_again(const exchange_t *exchange, CURLcode code, uint64_t end)
{
    size_t i;
    curl_off_t seconds = 0;
    static const char *const lasting[]
        = { "\"no_store\"", "\"permission\"", "\"schema\"" };

    if (code != CURLE_OK || exchange_status(exchange->curl) != 503) {
        return false;
    }

    for (i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
        if (exchange->answer != NULL
            && strstr(exchange->answer, lasting[i]) != NULL) {
            return false;
        }
    }

    curl_easy_getinfo(exchange->curl, CURLINFO_RETRY_AFTER, &seconds);

    if (seconds <= 0 || exchange_now_ms() + (uint64_t) seconds * 1000 > end) {
        return false;
    }

    (void) nanosleep(&(struct timespec){ .tv_sec = (time_t) seconds }, NULL);

    return true;
}

static int
begin_upload(exchange_t *exchange)
{
    FILE *file;

    if (exchange->request->upload == NULL) {
        return 0;
    }

    file = exchange->request->upload->file;
    exchange->start = ftello(file);

    if (exchange->start < 0 || fseeko(file, 0, SEEK_END) != 0
        || (exchange->size = ftello(file)) < 0
        || fseeko(file, exchange->start, SEEK_SET) != 0)
    {
        return gray_error_set(&exchange->cli->error, GRAY_ESYSTEM,
            "the input cannot be read: %s", strerror(errno));
    }

    exchange->size
        += (off_t) exchange->request->upload->head_len - exchange->start;

    return 0;
}

static void
begin_again(exchange_t *exchange)
{
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
    exchange->received = 0;

    if (exchange->request->upload != NULL) {
        (void) exchange_give_again(exchange, 0, SEEK_SET);
    }
}

static int
perform(exchange_t *exchange, grayctl_reply_t *reply)
{
    CURLcode code;
    const uint64_t end
        = exchange_now_ms()
          + (exchange->wait < RETRY_MS ? exchange->wait : RETRY_MS);

    for (;;) {
        if (exchange_set_up(exchange) != 0) {
            return -1;
        }

        exchange->since = exchange_now_ms();
        exchange->moved = 0;
        code = curl_easy_perform(exchange->curl);

        if (exchange->taken || !try_again(exchange, code, end)) {
            return read_answer(exchange, code, reply);
        }

        begin_again(exchange);
    }
}

static uint64_t
longest_wait(const grayctl_t *cli, const grayctl_request_t *request)
{
    uint64_t wait = request->lasting ? LASTING_MS : WAIT_MS;

    return request->hurry
               ? HURRY_MS
               : grayctl_option_number(cli, "wait", wait) + request->more_ms;
}

int
grayctl_send(
    grayctl_t *cli, const grayctl_request_t *request, grayctl_reply_t *reply)
{
    int rc = -1;
    char *json = NULL;
    exchange_t exchange = { .cli = cli,
        .request = request,
        .curl = cli->remote->curl,
        .text = request->text,
        .len = request->len,
        .wait = longest_wait(cli, request) };

    memset(reply, 0, sizeof(*reply));
    cli->errors.n = 0;
    json_decref(cli->remote->problem);
    cli->remote->problem = NULL;

    if (request->body != NULL) {
        json = json_dumps(request->body, JSON_COMPACT);
        exchange.text = json;
        exchange.len = json != NULL ? strlen(json) : 0;
        json_decref(request->body);
    }

    if (request->body != NULL && json == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    } else if (begin_upload(&exchange) == 0) {
        rc = perform(&exchange, reply);
    }

    curl_slist_free_all(exchange.headers);
    free(exchange.answer);
    free(json);

    return rc;
}

const json_t *
grayctl_problem(const grayctl_t *cli)
{
    return cli->remote->problem;
}

void
grayctl_reply_free(grayctl_reply_t *reply)
{
    json_decref(reply->json);
    free(reply->text);
    memset(reply, 0, sizeof(*reply));
}
