/* What libcurl is told of a request. */

#include <stdlib.h>
#include <string.h>

#include "core/version.h"
#include "options.h"
#include "remote_exchange.h"

#define CONNECT_MS (CONNECT_S * 1000)

/* --- headers ----------------------------------------------------------------- */

bool
exchange_changes(const exchange_t *exchange)
{
    return strcmp(exchange->method, "GET") != 0 && !exchange->request->reads;
}

static bool
add_header(exchange_t *exchange, const char *format, const char *value)
{
    char line[8192];
    struct curl_slist *longer;

    (void) snprintf(line, sizeof(line), format, value);
    longer = curl_slist_append(exchange->headers, line);
    explicit_bzero(line, sizeof(line));
    exchange->headers = longer != NULL ? longer : exchange->headers;

    return longer != NULL;
}

static bool
add_headers(exchange_t *exchange)
{
    char revision[32];
    const grayctl_t *cli = exchange->cli;
    const char *token = cli->remote->address.token;
    const char *type = exchange->request->upload != NULL
                           ? "Content-Type: application/octet-stream"
                       : exchange->text != NULL
                           ? "Content-Type: application/json"
                           : "Content-Type:"; /* none */

    (void) snprintf(revision, sizeof(revision), "%llu",
        (unsigned long long) cli->if_revision);

    return add_header(exchange, "Accept: %s", "application/json, text/plain")
           && add_header(exchange, "%s", type)
           && (token == NULL
               || add_header(exchange, "Authorization: Bearer %s", token))
           && (!cli->has_revision || !exchange_changes(exchange)
               || add_header(exchange, "If-Match: \"%s\"", revision));
}

/* --- the body ---------------------------------------------------------------- */

static void
set_body(const exchange_t *exchange)
{
    CURL *curl = exchange->curl;

    if (strcmp(exchange->method, "GET") == 0) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        return;
    }

    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, exchange->method);

    if (exchange->request->upload != NULL) {
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, exchange_give);
        curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, exchange_give_again);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, exchange);
        curl_easy_setopt(
            curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) exchange->size);
        return;
    }

    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDS, exchange->text != NULL ? exchange->text : "");
    curl_easy_setopt(
        curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) exchange->len);
}

/* --- the way ----------------------------------------------------------------- */

/* Who is asked, by which way, and who asks. */
static void
set_trust(const exchange_t *exchange)
{
    CURL *curl = exchange->curl;
    const grayctl_address_t *address = &exchange->cli->remote->address;
    const char *ca = grayctl_option_text(exchange->cli, "ca", 0);
    const char *user = getenv("GRAY_USER"), *password = getenv("GRAY_PASSWORD");

    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, address->socket);

    if (address->near) {
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }

    ca = ca != NULL ? ca : getenv("GRAY_CA");

    if (ca != NULL && *ca != '\0') {
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    }

    if (address->token == NULL && user != NULL && *user != '\0') {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, user);
        curl_easy_setopt(
            curl, CURLOPT_PASSWORD, password != NULL ? password : "");
    }
}

static int
set_url(exchange_t *exchange)
{
    char *url, *path;
    const char *base = exchange->cli->remote->address.base;

    path = grayctl_remote_path(
        exchange->cli, exchange->request, exchange->method);

    if (path == NULL) {
        return -1;
    }

    url = malloc(strlen(base) + strlen(path) + 1);

    if (url != NULL) {
        (void) sprintf(url, "%s%s", base, path);
        curl_easy_setopt(exchange->curl, CURLOPT_URL, url);
        curl_easy_setopt(exchange->curl, CURLOPT_PATH_AS_IS, 1L);
    }

    free(path);
    free(url);

    return url != NULL ? 0
                       : gray_error_set(
                           &exchange->cli->error, GRAY_ESYSTEM, "no memory");
}

static void
set_times(exchange_t *exchange)
{
    CURL *curl = exchange->curl;
    uint64_t wait = exchange->wait;

    if (exchange->request->hurry) {
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) wait);
    }

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
        (long) (wait < CONNECT_MS ? wait : CONNECT_MS));
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, exchange_clock);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
}

int
exchange_set_up(exchange_t *exchange)
{
    CURL *curl = exchange->curl;

    curl_easy_reset(curl);

    if (set_url(exchange) != 0) {
        return -1;
    }

    if (!add_headers(exchange)) {
        return gray_error_set(&exchange->cli->error, GRAY_ESYSTEM, "no memory");
    }

    exchange->cli->remote->why[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->cli->remote->why);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "grayctl/" GRAY_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, exchange_take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    set_times(exchange);
    set_trust(exchange);
    set_body(exchange);

    return 0;
}
