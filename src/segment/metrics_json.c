/* The counters as JSON. Written by hand, as nginx has no JSON library: objects
 * and lists of numbers and names. */

#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "hits.h"
#include "metrics.h"
#include "responses.h"

typedef struct {
    FILE *out;
    const gray_counters_t *counters;
    const gray_metrics_host_t *host;
    gray_release_counts_t *release;
    gray_responses_t *responses;
    bool comma; /* something stands before in this object or list    */
} json_out_t;


static void
json_string(FILE *out, const char *text)
{
    fputc('"', out);

    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text >= 0x20 && *text < 0x7f ? *text : '?', out);
    }

    fputc('"', out);
}


/* The name of the member that follows; NULL in a list. */
static void
json_name(json_out_t *json, const char *name)
{
    if (json->comma) {
        fputc(',', json->out);
    }
    if (name != NULL) {
        json_string(json->out, name);
        fputc(':', json->out);
    }
    json->comma = true;
}


static void
json_open(json_out_t *json, const char *name, char bracket)
{
    json_name(json, name);
    fputc(bracket, json->out);
    json->comma = false;
}


static void
json_close(json_out_t *json, char bracket)
{
    fputc(bracket, json->out);
    json->comma = true;
}


static void
json_number(json_out_t *json, const char *name, uint64_t number)
{
    json_name(json, name);
    fprintf(json->out, "%" PRIu64, number);
}


static void
json_text(json_out_t *json, const char *name, const char *text)
{
    json_name(json, name);
    json_string(json->out, text);
}


/* --- releases -------------------------------------------------------------- */

static void
json_latency(json_out_t *json, const char *name,
    const uint64_t counts[GRAY_LATENCY_BUCKETS], uint64_t sum_us)
{
    static const struct {
        const char *name;
        double q;
    } quantiles[] = { { "p50_us", 0.5 }, { "p90_us", 0.9 }, { "p95_us", 0.95 },
        { "p99_us", 0.99 }, { "p999_us", 0.999 } };

    json_open(json, name, '{');
    json_number(json, "count", gray_latency_below(counts, UINT64_MAX));
    json_number(json, "sum_us", sum_us);
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        json_number(json, quantiles[i].name,
            gray_latency_quantile(counts, quantiles[i].q));
    }
    json_close(json, '}');
}


static void
json_responses(json_out_t *json)
{
    const gray_responses_t *responses = json->responses;

    json_number(json, "requests", responses->n);
    json_open(json, "classes", '{');
    for (unsigned c = 0; c < GRAY_CLASS_MAX; c++) {
        if (gray_class_name(c) != NULL) {
            json_number(json, gray_class_name(c), responses->classes[c]);
        }
    }
    json_close(json, '}');

    for (unsigned c = 0; c < GRAY_RESPONSE_MAX; c++) {
        if (gray_count_response_name(c) != NULL) {
            json_number(
                json, gray_count_response_name(c), responses->counts[c]);
        }
    }

    json_latency(json, "request", responses->request, responses->request_us);
    json_latency(json, "upstream", responses->upstream, responses->upstream_us);
}


static void
json_revisions(json_out_t *json, unsigned release, unsigned variant)
{
    gray_revision_counts_t revisions[GRAY_REVISIONS];
    unsigned n = gray_counters_revisions_get(
        json->counters, release, variant, revisions);

    json_open(json, "revisions", '[');
    for (unsigned i = 0; i < n; i++) {
        json_open(json, NULL, '{');
        json_number(json, "revision", revisions[i].revision);
        json_number(json, "requests", revisions[i].n);
        json_number(json, "errors", revisions[i].errors);
        json_number(json, "gone", revisions[i].gone);
        json_number(json, "request_us", revisions[i].request_us);
        json_close(json, '}');
    }
    json_close(json, ']');
}


static void
json_variant(json_out_t *json, unsigned release, unsigned variant)
{
    json_open(json, NULL, '{');
    json_text(json, "name", json->release->variants[variant]);

    json_open(json, "decisions", '{');
    for (unsigned r = 0; r < GRAY_COUNTERS_REASONS; r++) {
        if (json->host->reasons[r] != NULL) {
            json_number(json, json->host->reasons[r],
                json->release->decisions[variant][r]);
        }
    }
    json_close(json, '}');

    if (gray_counters_responses_get(
            json->counters, release, variant, json->responses))
    {
        json_responses(json);
        json_revisions(json, release, variant);
    }
    json_close(json, '}');
}


static void
json_rules(json_out_t *json, unsigned release)
{
    gray_hits_counts_t rule;

    json_open(json, "rules", '[');
    for (unsigned i = 0; i < gray_counters_hits_end(json->counters); i++) {
        if (gray_counters_hits_get(json->counters, i, (int) release, &rule)) {
            json_open(json, NULL, '{');
            json_text(json, "name", rule.rule);
            json_number(json, "hits", rule.hits);
            json_close(json, '}');
        }
    }
    json_close(json, ']');
}


static void
json_releases(json_out_t *json)
{
    json_open(json, "releases", '[');

    for (unsigned i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        if (!gray_counters_release_get(json->counters, i, json->release)) {
            continue;
        }

        json_open(json, NULL, '{');
        json_text(json, "name", json->release->name);
        json_open(json, "events", '{');
        for (unsigned c = 0; c < GRAY_COUNT_RELEASE_MAX; c++) {
            if (gray_count_release_name(c) != NULL) {
                json_number(
                    json, gray_count_release_name(c), json->release->counts[c]);
            }
        }
        json_close(json, '}');

        json_open(json, "variants", '[');
        for (unsigned v = 0; v < json->release->nvariants; v++) {
            json_variant(json, i, v);
        }
        json_close(json, ']');
        json_rules(json, i);
        json_close(json, '}');
    }

    json_close(json, ']');
}


/* --- live lists and workers ------------------------------------------------ */

static void
json_lives(json_out_t *json)
{
    gray_live_counts_t live;

    json_open(json, "live", '[');

    for (unsigned i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        if (!gray_counters_live_get(json->counters, i, &live)) {
            continue;
        }

        json_open(json, NULL, '{');
        json_text(json, "list", live.name);
        json_number(json, "open_breakers", live.open_breakers);
        for (unsigned c = 0; c < GRAY_LIVE_MAX; c++) {
            if (gray_count_live_name(c) != NULL) {
                json_number(json, gray_count_live_name(c), live.counts[c]);
            }
        }
        json_close(json, '}');
    }

    json_close(json, ']');
}


static void
json_workers(json_out_t *json)
{
    static const char *const states[] = { "ok", "no_store", "exiting" };
    gray_worker_t worker;

    json_open(json, "workers", '[');

    for (unsigned i = 0; i < GRAY_COUNTERS_WORKERS; i++) {
        if (!gray_counters_worker_get(json->counters, i, &worker)) {
            continue;
        }

        json_open(json, NULL, '{');
        json_number(json, "pid", worker.pid);
        json_number(json, "number", worker.number);
        json_text(json, "state", states[worker.state < 3 ? worker.state : 0]);
        json_number(json, "revision", worker.revision);
        json_number(json, "switches", worker.switches);
        json_close(json, '}');
    }

    json_close(json, ']');
}


/* --- all ------------------------------------------------------------------- */

static void
json_host(json_out_t *json)
{
    const gray_metrics_host_t *host = json->host;

    json_text(json, "version", host->version);
    if (host->nginx != NULL) {
        json_text(json, "nginx", host->nginx);
    }
    if (host->store_known) {
        json_name(json, "store_up");
        fputs(host->store_ok ? "true" : "false", json->out);
    }
    if (host->revision != 0) {
        json_number(json, "revision", host->revision);
    }
    if (host->store_bytes != 0) {
        json_number(json, "store_used_bytes", host->store_bytes);
    }
    if (host->store_file_bytes != 0) {
        json_number(json, "store_file_bytes", host->store_file_bytes);
    }
}


int
gray_metrics_json(
    FILE *out, const gray_counters_t *counters, const gray_metrics_host_t *host)
{
    json_out_t json = { .out = out, .counters = counters, .host = host };

    (void) __fsetlocking(out, FSETLOCKING_BYCALLER);

    json_open(&json, NULL, '{');
    json_host(&json);

    json.release = malloc(sizeof(*json.release));
    json.responses = malloc(sizeof(*json.responses));

    if (counters != NULL && json.release != NULL && json.responses != NULL) {
        json_releases(&json);
        json_lives(&json);
        json_workers(&json);
        json_number(
            &json, "responses_lost", gray_counters_responses_lost(counters));
        json_number(
            &json, "rules_uncounted", gray_counters_hits_lost(counters));
    }

    json_close(&json, '}');
    fputc('\n', out);
    free(json.release);
    free(json.responses);

    return ferror(out) ? -1 : 0;
}
