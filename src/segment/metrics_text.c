/* The counters as Prometheus reads them. */

#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "hits.h"
#include "metrics.h"
#include "responses.h"

/* Upper bounds of the histograms, powers of two in microseconds, so that they
 * are bounds of our buckets: 512 us to 33.6 s. */
#define LE_FIRST 9
#define LE_LAST 25


/* A label's value with the format's own three escapes. */
static void
text_label(FILE *out, const char *name, const char *value)
{
    char escaped[256];
    size_t len = 0;

    for (; *value != '\0' && len < sizeof(escaped) - 2; value++) {
        switch (*value) {
        case '\\':
        case '"':
            escaped[len++] = '\\';
            escaped[len++] = *value;
            break;
        case '\n':
            escaped[len++] = '\\';
            escaped[len++] = 'n';
            break;
        default:
            /* no byte that is no UTF-8, no control character */
            escaped[len++] = *value >= 0x20 && *value < 0x7f ? *value : '?';
        }
    }

    fputs(name, out);
    fputs("=\"", out);
    fwrite(escaped, 1, len, out);
    fputc('"', out);
}


static void
text_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}


static void
text_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
    text_head(out, name, "gauge", help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}


/* --- the host -------------------------------------------------------------- */

static void
text_host(FILE *out, const gray_metrics_host_t *host)
{
    text_head(out, "gray_build_info", "gauge", "The version that answers.");
    fputs("gray_build_info{", out);
    text_label(out, "version", host->version);
    if (host->nginx != NULL) {
        fputc(',', out);
        text_label(out, "nginx", host->nginx);
    }
    fputs("} 1\n", out);

    if (host->store_known) {
        text_gauge(out, "gray_store_up",
            "Whether the store can be read: 1 or 0.", host->store_ok);
    }
    if (host->revision != 0) {
        text_gauge(out, "gray_store_revision",
            "The store's count of committed changes.", host->revision);
    }
    if (host->store_bytes != 0) {
        text_gauge(out, "gray_store_used_bytes",
            "Bytes of the store's file in use.", host->store_bytes);
    }
    if (host->store_file_bytes != 0) {
        text_gauge(out, "gray_store_file_bytes", "Size of the store's file.",
            host->store_file_bytes);
    }
}


/* --- decisions ------------------------------------------------------------- */

typedef struct {
    FILE *out;
    const gray_counters_t *counters;
    const gray_metrics_host_t *host;
    gray_release_counts_t *release; /* malloc'ed, as it is large     */
    gray_responses_t *responses;
} text_t;


static void
text_names(FILE *out, const char *metric, const gray_release_counts_t *release,
    unsigned variant)
{
    fprintf(out, "%s{", metric);
    text_label(out, "release", release->name);
    fputc(',', out);
    text_label(out, "variant", release->variants[variant]);
}


static void
text_decisions(text_t *text)
{
    const gray_release_counts_t *release = text->release;

    for (unsigned v = 0; v < release->nvariants; v++) {
        for (unsigned r = 0; r < GRAY_COUNTERS_REASONS; r++) {
            if (text->host->reasons[r] == NULL) {
                continue;
            }
            text_names(text->out, "gray_decisions_total", release, v);
            fputc(',', text->out);
            text_label(text->out, "reason", text->host->reasons[r]);
            fprintf(text->out, "} %" PRIu64 "\n", release->decisions[v][r]);
        }
    }
}


static void
text_events(text_t *text)
{
    for (unsigned c = 0; c < GRAY_COUNT_RELEASE_MAX; c++) {
        const char *name = gray_count_release_name(c);

        if (name == NULL) {
            continue;
        }
        fputs("gray_decision_events_total{", text->out);
        text_label(text->out, "release", text->release->name);
        fputc(',', text->out);
        text_label(text->out, "event", name);
        fprintf(text->out, "} %" PRIu64 "\n", text->release->counts[c]);
    }
}


static void
text_hits(FILE *out, const gray_counters_t *counters)
{
    gray_hits_counts_t rule;

    text_head(out, "gray_rule_hits_total", "counter",
        "Decisions that the rule made.");

    for (unsigned i = 0; i < gray_counters_hits_end(counters); i++) {
        if (gray_counters_hits_get(counters, i, -1, &rule)) {
            fputs("gray_rule_hits_total{", out);
            text_label(out, "release", rule.release);
            fputc(',', out);
            text_label(out, "rule", rule.rule);
            fprintf(out, "} %" PRIu64 "\n", rule.hits);
        }
    }

    text_gauge(out, "gray_rules_uncounted",
        "Rules that no slot was left to count.",
        gray_counters_hits_lost(counters));
}


/* --- responses ------------------------------------------------------------- */

/* Calls `tell` for each pair that has responses. */
static void
text_pairs(text_t *text, void (*tell)(text_t *text, unsigned variant))
{
    for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (!gray_counters_release_get(text->counters, i, text->release)) {
            continue;
        }

        for (unsigned v = 0; v < text->release->nvariants; v++) {
            if (gray_counters_responses_get(
                    text->counters, i, v, text->responses)) {
                tell(text, v);
            }
        }
    }
}


static void
text_classes(text_t *text, unsigned variant)
{
    for (unsigned c = 0; c < GRAY_CLASS_MAX; c++) {
        if (gray_class_name(c) == NULL) {
            continue;
        }
        text_names(text->out, "gray_responses_total", text->release, variant);
        fputc(',', text->out);
        text_label(text->out, "class", gray_class_name(c));
        fprintf(text->out, "} %" PRIu64 "\n", text->responses->classes[c]);
    }
}


static void
text_histogram(text_t *text, const char *metric, unsigned variant,
    const uint64_t counts[GRAY_LATENCY_BUCKETS], uint64_t sum_us)
{
    char bucket[64];
    unsigned next = 0;
    uint64_t total = 0;

    snprintf(bucket, sizeof(bucket), "%s_bucket", metric);

    for (unsigned power = LE_FIRST; power <= LE_LAST; power++) {
        /* each power of two is the end of a bucket */
        for (; gray_latency_end(next) <= (uint64_t) 1 << power; next++) {
            total += counts[next];
        }
        text_names(text->out, bucket, text->release, variant);
        fprintf(text->out, ",le=\"%.9g\"} %" PRIu64 "\n",
            (double) ((uint64_t) 1 << power) / 1e6, total);
    }

    for (; next < GRAY_LATENCY_BUCKETS; next++) {
        total += counts[next];
    }

    text_names(text->out, bucket, text->release, variant);
    fprintf(text->out, ",le=\"+Inf\"} %" PRIu64 "\n", total);

    snprintf(bucket, sizeof(bucket), "%s_sum", metric);
    text_names(text->out, bucket, text->release, variant);
    fprintf(text->out, "} %.6f\n", (double) sum_us / 1e6);

    snprintf(bucket, sizeof(bucket), "%s_count", metric);
    text_names(text->out, bucket, text->release, variant);
    fprintf(text->out, "} %" PRIu64 "\n", total);
}


static void
text_request_times(text_t *text, unsigned variant)
{
    text_histogram(text, "gray_request_duration_seconds", variant,
        text->responses->request, text->responses->request_us);
}


static void
text_upstream_times(text_t *text, unsigned variant)
{
    text_histogram(text, "gray_upstream_duration_seconds", variant,
        text->responses->upstream, text->responses->upstream_us);
}


/* The single counts: a metric each. */
static const struct {
    gray_count_response_t what;
    const char *metric;
    const char *help;
} text_counts[] = {
    { GRAY_RESPONSE_SENT, "gray_sent_bytes_total", "Bytes sent to clients." },
    { GRAY_RESPONSE_RECEIVED, "gray_received_bytes_total",
        "Bytes received from clients." },
    { GRAY_RESPONSE_ERRORS, "gray_errors_total",
        "Requests that the variant failed: it answered 5xx, or a try failed." },
    { GRAY_RESPONSE_CONNECT_ERRORS, "gray_upstream_connect_errors_total",
        "Servers of the upstream that could not be connected to." },
    { GRAY_RESPONSE_UPSTREAM_ERRORS, "gray_upstream_errors_total",
        "Tries at an upstream that failed or gave 5xx, hidden ones too." },
    { GRAY_RESPONSE_HIDDEN, "gray_hidden_errors_total",
        "Requests whose upstream failed and whose client did not see it." },
};


static void
text_response_counts(text_t *text)
{
    for (size_t m = 0; m < sizeof(text_counts) / sizeof(text_counts[0]); m++) {
        text_head(
            text->out, text_counts[m].metric, "counter", text_counts[m].help);

        for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
            if (!gray_counters_release_get(text->counters, i, text->release)) {
                continue;
            }
            for (unsigned v = 0; v < text->release->nvariants; v++) {
                uint64_t n;

                if (gray_counters_response_count(
                        text->counters, i, v, text_counts[m].what, &n)) {
                    text_names(
                        text->out, text_counts[m].metric, text->release, v);
                    fprintf(text->out, "} %" PRIu64 "\n", n);
                }
            }
        }
    }
}


/* --- live lists and workers ------------------------------------------------ */

static void
text_lives(FILE *out, const gray_counters_t *counters)
{
    gray_live_counts_t live;

    text_head(out, "gray_live_events_total", "counter",
        "What happened to live lists: lookups and what became of them.");

    for (unsigned i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        if (!gray_counters_live_get(counters, i, &live)) {
            continue;
        }
        for (unsigned c = 0; c < GRAY_LIVE_MAX; c++) {
            if (gray_count_live_name(c) == NULL) {
                continue;
            }
            fputs("gray_live_events_total{", out);
            text_label(out, "list", live.name);
            fputc(',', out);
            text_label(out, "event", gray_count_live_name(c));
            fprintf(out, "} %" PRIu64 "\n", live.counts[c]);
        }
    }

    text_head(out, "gray_live_breakers_open", "gauge",
        "Workers that do not ask the live list now.");

    for (unsigned i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        if (gray_counters_live_get(counters, i, &live)) {
            fputs("gray_live_breakers_open{", out);
            text_label(out, "list", live.name);
            fprintf(out, "} %u\n", live.open_breakers);
        }
    }
}


static void
text_workers(FILE *out, const gray_counters_t *counters)
{
    static const char *const states[] = { "ok", "no_store", "exiting" };
    unsigned n[3] = { 0 };
    uint64_t oldest = UINT64_MAX;
    gray_worker_t worker;

    for (unsigned i = 0; i < GRAY_COUNTERS_WORKERS; i++) {
        if (!gray_counters_worker_get(counters, i, &worker)) {
            continue;
        }
        n[worker.state < 3 ? worker.state : 0]++;
        if (worker.state == GRAY_WORKER_OK && worker.revision < oldest) {
            oldest = worker.revision;
        }
    }

    text_head(out, "gray_workers", "gauge", "nginx workers by their state.");
    for (unsigned s = 0; s < 3; s++) {
        fprintf(out, "gray_workers{state=\"%s\"} %u\n", states[s], n[s]);
    }

    if (oldest != UINT64_MAX) {
        text_gauge(out, "gray_workers_oldest_revision",
            "The oldest revision of the store that a worker decides by.",
            oldest);
    }
}


/* --- all ------------------------------------------------------------------- */

static void
text_releases(text_t *text, const char *metric, const char *help,
    void (*tell)(text_t *text))
{
    text_head(text->out, metric, "counter", help);

    for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (gray_counters_release_get(text->counters, i, text->release)) {
            tell(text);
        }
    }
}


static void
text_all(text_t *text)
{
    text_releases(text, "gray_decisions_total",
        "Decisions by variant and reason.", text_decisions);
    text_releases(text, "gray_decision_events_total",
        "What decisions met: unknown facts, ignored overrides.", text_events);

    text_hits(text->out, text->counters);

    text_head(text->out, "gray_responses_total", "counter",
        "Responses to clients by class of their status.");
    text_pairs(text, text_classes);
    text_head(text->out, "gray_request_duration_seconds", "histogram",
        "Time from a request's first byte to its response's last.");
    text_pairs(text, text_request_times);
    text_head(text->out, "gray_upstream_duration_seconds", "histogram",
        "Time that upstreams took, all tries together.");
    text_pairs(text, text_upstream_times);
    text_response_counts(text);

    text_head(text->out, "gray_responses_lost_total", "counter",
        "Responses that no slot was left to count.");
    fprintf(text->out, "gray_responses_lost_total %" PRIu64 "\n",
        gray_counters_responses_lost(text->counters));

    text_lives(text->out, text->counters);
    text_workers(text->out, text->counters);
}


int
gray_metrics_text(
    FILE *out, const gray_counters_t *counters, const gray_metrics_host_t *host)
{
    text_t text = { .out = out, .counters = counters, .host = host };

    /* `out` is this thread's: a lock per character would cost more */
    (void) __fsetlocking(out, FSETLOCKING_BYCALLER);

    text_host(out, host);

    if (counters != NULL) {
        text.release = malloc(sizeof(*text.release));
        text.responses = malloc(sizeof(*text.responses));

        if (text.release != NULL && text.responses != NULL) {
            text_all(&text);
        }
        free(text.release);
        free(text.responses);
    }

    return ferror(out) ? -1 : 0;
}
