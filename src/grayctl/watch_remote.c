/*
 * Figures from a grayd: /v1/status at each reading, and in between /v1/events,
 * which tell each second's figures and the changes.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "remote_exchange.h"
#include "watch_events.h"
#include "watch_status.h"

/* How long a connection for the events is waited for. */
#define CONNECT_MS 2000

typedef struct {
    watch_source_t source;
    grayctl_t *cli;
    uint64_t number;       /* of the reading at hand, from 1            */
    json_t *status;        /* the last that was read                    */
    json_t *before;        /* and the one before                        */
    watch_reading_t since; /* intervals and changes since the last reading */
    unsigned seconds;      /* of those                                  */
    bool reset;            /* changes were missed                       */

    CURLM *multi;
    CURL *curl; /* of the events                                        */
    bool added;
    exchange_t exchange;
    grayctl_request_t request;
    watch_events_t events;
    bool failed; /* memory ended while they came                        */
} remote_t;

/* --- what comes ----------------------------------------------------------------- */

static void
add_interval(gray_interval_t *interval, const json_t *told)
{
    const gray_interval_t was = *interval;

    interval->requests += field_number(told, "requests");
    interval->errors += field_number(told, "errors");
    interval->gone += field_number(told, "gone");
    interval->connect_errors += field_number(told, "connect_errors");
    interval->upstream_errors += field_number(told, "upstream_errors");
    interval->hidden += field_number(told, "hidden");
    interval->upstream_n += field_number(told, "upstream_requests");

    /* of several seconds the last one's */
    if (interval->requests > was.requests) {
        interval->p50_us = field_number(told, "p50_us");
        interval->p95_us = field_number(told, "p95_us");
        interval->p99_us = field_number(told, "p99_us");
    }

    if (interval->upstream_n > was.upstream_n) {
        interval->upstream_p50_us = field_number(told, "upstream_p50_us");
        interval->upstream_p95_us = field_number(told, "upstream_p95_us");
        interval->upstream_p99_us = field_number(told, "upstream_p99_us");
    }
}

static int
add_stats_of(watch_release_t *release, const json_t *variants)
{
    size_t i, n = json_array_size(variants);

    for (i = 0; i < n; i++) {
        const json_t *told = json_array_get(variants, i);
        const char *name = field_text(told, "name");
        watch_variant_t *variant = watch_release_find(release, name);

        variant = variant ? variant : watch_release_add(release, name);

        if (variant != NULL) {
            variant->counted = true;
            variant->total = field_number(told, "total");
            add_interval(&variant->interval, told);
        }
    }

    return 0;
}

static int
add_stats(remote_t *remote, const json_t *stats)
{
    const json_t *releases = json_object_get(stats, "releases");
    size_t i, n = json_array_size(releases);

    remote->seconds++;

    for (i = 0; i < n; i++) {
        const json_t *told = json_array_get(releases, i);
        const char *name = field_text(told, "name");
        watch_release_t *release = watch_reading_find(&remote->since, name);

        release = release ? release : watch_reading_add(&remote->since, name);

        if (release == NULL
            || add_stats_of(release, json_object_get(told, "variants")) != 0)
        {
            return -1;
        }
    }

    return 0;
}

static int
add_change(watch_reading_t *reading, const json_t *record)
{
    watch_change_t change;

    watch_change_fill(&change, field_time(record, "time"),
        field_text(record, "user"), field_text(record, "verb"),
        field_text(record, "release"), field_text(record, "rule"),
        field_text(record, "list"), field_text(record, "summary"));

    return watch_reading_change(reading, &change);
}

static void
take_event(void *to, const char *kind, const json_t *data)
{
    remote_t *remote = to;
    int rc = 0;

    if (strcmp(kind, "stats") == 0) {
        rc = add_stats(remote, data);

    } else if (strcmp(kind, "change") == 0) {
        rc = add_change(&remote->since, data);

    } else if (strcmp(kind, "reset") == 0) {
        remote->reset = true;
    }

    remote->failed = remote->failed || rc != 0;
}

/* libcurl's; an answer that is no stream of events has none. */
static size_t
take_bytes(char *bytes, size_t size, size_t n, void *data)
{
    remote_t *remote = data;

    if (watch_events_take(&remote->events, bytes, size * n, take_event, remote)
        != 0)
    {
        remote->failed = true;
    }

    return size * n;
}

/* --- the stream ------------------------------------------------------------------- */

static void
drop_stream(remote_t *remote)
{
    if (remote->added) {
        (void) curl_multi_remove_handle(remote->multi, remote->curl);
        remote->added = false;
    }

    curl_slist_free_all(remote->exchange.headers);
    remote->exchange.headers = NULL;
}

static int
begin_stream(remote_t *remote)
{
    char last[96];
    exchange_t *exchange = &remote->exchange;
    struct curl_slist *longer;

    memset(exchange, 0, sizeof(*exchange));
    exchange->cli = remote->cli;
    exchange->request = &remote->request;
    exchange->curl = remote->curl;
    exchange->wait = CONNECT_MS;

    if (exchange_set_up(exchange) != 0) {
        return -1;
    }

    (void) snprintf(last, sizeof(last), "Last-Event-ID: %s", remote->events.id);
    longer = curl_slist_append(exchange->headers, last);
    exchange->headers = longer != NULL ? longer : exchange->headers;
    curl_easy_setopt(remote->curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(remote->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(remote->curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(remote->curl, CURLOPT_WRITEDATA, remote);

    watch_events_begin(&remote->events);
    remote->added
        = curl_multi_add_handle(remote->multi, remote->curl) == CURLM_OK;

    return 0;
}

/* Takes everything that has come; a stream that ended is begun anew at the
 * next reading. */
static void
take_all(remote_t *remote)
{
    int running = 0, left;
    CURLMsg *message;

    if (!remote->added) {
        return;
    }

    (void) curl_multi_perform(remote->multi, &running);

    while ((message = curl_multi_info_read(remote->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            drop_stream(remote);
        }
    }
}

/* There is one connection, and so one descriptor. */
static int
remote_fd(watch_source_t *source)
{
    int fd = -1;
    fd_set reads, writes, errors;
    remote_t *remote = (remote_t *) source;

    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_ZERO(&errors);

    if (curl_multi_fdset(remote->multi, &reads, &writes, &errors, &fd)
        != CURLM_OK) {
        return -1;
    }

    return fd;
}

static unsigned
remote_news(watch_source_t *source)
{
    remote_t *remote = (remote_t *) source;

    take_all(remote);

    return remote->seconds;
}

/* Until the answer begins: from then on its socket tells when more comes. */
static void
follow(remote_t *remote)
{
    long status = 0;
    uint64_t end = exchange_now_ms() + CONNECT_MS;

    if (!remote->added && begin_stream(remote) != 0) {
        return;
    }

    while (remote->added && status == 0 && exchange_now_ms() < end) {
        take_all(remote);
        (void) curl_easy_getinfo(remote->curl, CURLINFO_RESPONSE_CODE, &status);

        if (remote->added && status == 0) {
            (void) curl_multi_poll(remote->multi, NULL, 0, 100, NULL);
        }
    }
}

/* --- a reading -------------------------------------------------------------------- */

/* NULL: cli->error. But for the first time, a person waits at the keys. */
static json_t *
get(const remote_t *remote, const char *route, const char *query)
{
    grayctl_t *cli = remote->cli;
    json_t *json;
    grayctl_reply_t reply;
    grayctl_request_t request
        = { .route = route, .query = query, .hurry = remote->status != NULL };

    if (grayctl_send(cli, &request, &reply) != 0) {
        return NULL;
    }

    json = json_incref(reply.json);
    grayctl_reply_free(&reply);

    return json;
}

/* The last few changes, the oldest first, in place of all that were told. */
static int
read_changes(remote_t *remote)
{
    int rc = 0;
    size_t i;
    json_t *audit = get(remote, "GET /v1/audit", "limit=8");
    const json_t *records = json_object_get(audit, "records");

    if (audit == NULL) {
        return 0;
    }

    remote->reset = false;
    remote->since.nchanges = 0;
    remote->since.first_changes = true;

    for (i = json_array_size(records); rc == 0 && i-- > 0;) {
        rc = add_change(&remote->since, json_array_get(records, i));
    }

    json_decref(audit);

    return rc;
}

static int
read_status(remote_t *remote, watch_reading_t *reading)
{
    json_t *status = get(remote, "GET /v1/status", NULL);

    if (status == NULL && remote->status == NULL) {
        return -1;
    }

    json_decref(remote->before);
    remote->before = status != NULL ? remote->status : NULL;

    if (status != NULL) {
        remote->status = status;
    } else {
        watch_status_trouble(reading, &remote->cli->error);
        remote->reset = true;
    }

    return 0;
}

static int
remote_read(
    watch_source_t *source, watch_reading_t *reading, gray_error_t *error)
{
    int rc;
    struct timespec now;
    remote_t *remote = (remote_t *) source;

    if (read_status(remote, reading) != 0) {
        *error = remote->cli->error;
        return -1;
    }

    if (reading->trouble[0] == '\0') {
        follow(remote);
    }

    remote->failed = remote->failed
                     || (remote->reset && reading->trouble[0] == '\0'
                         && read_changes(remote) != 0);

    clock_gettime(CLOCK_REALTIME, &now);
    reading->time
        = (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
    reading->seconds = remote->number++ > 0 ? remote->seconds : 0;
    watch_text(reading->from, sizeof(reading->from), remote->cli->server);

    rc = watch_status_fill(
        reading, remote->status, remote->before, &remote->since);
    reading->changes = remote->since.changes;
    reading->nchanges = remote->since.nchanges;
    reading->first_changes = remote->since.first_changes;
    remote->since.changes = NULL;
    watch_reading_free(&remote->since);
    remote->seconds = 0;

    return rc == 0 && !remote->failed
               ? 0
               : gray_error_set(error, GRAY_ESYSTEM, "no memory");
}

static void
remote_close(watch_source_t *source)
{
    remote_t *remote = (remote_t *) source;

    drop_stream(remote);
    curl_easy_cleanup(remote->curl);
    curl_multi_cleanup(remote->multi);
    watch_events_free(&remote->events);
    watch_reading_free(&remote->since);
    json_decref(remote->status);
    json_decref(remote->before);
    free(remote);
}

watch_source_t *
watch_remote_open(grayctl_t *cli)
{
    remote_t *remote = calloc(1, sizeof(*remote));

    if (remote == NULL) {
        return NULL;
    }

    remote->source.read = remote_read;
    remote->source.close = remote_close;
    remote->source.fd = remote_fd;
    remote->source.news = remote_news;
    remote->cli = cli;
    remote->request.route = "GET /v1/events";
    remote->reset = true;
    remote->multi = curl_multi_init();
    remote->curl = curl_easy_init();

    if (remote->multi == NULL || remote->curl == NULL) {
        remote_close(&remote->source);
        return NULL;
    }

    return &remote->source;
}
