/* Figures: as JSON, and for Prometheus. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/status.h"
#include "core/decide.h"
#include "core/version.h"
#include "grayd.h"
#include "routes.h"
#include "segment/metrics.h"


void
grayd_get_stats(grayd_request_t *request)
{
    grayd_reply_json(request, 200, grayd_stats_now(request->grayd->stats));
}


void
grayd_get_history(grayd_request_t *request)
{
    uint64_t seconds;

    if (grayd_query_number(
            request, "seconds", 300, GRAYD_STATS_SECONDS, &seconds)
        == 0)
    {
        grayd_reply_json(request, 200,
            grayd_stats_history(request->grayd->stats,
                grayd_query(request, "release"), (unsigned) seconds));
    }
}


/* What the counters do not know. */
static void
grayd_metrics_host(gray_control_t *control, gray_metrics_host_t *host,
    const char *reasons[GRAY_COUNTERS_REASONS])
{
    gray_store_info_t info;
    gray_error_t error;

    memset(host, 0, sizeof(*host));
    for (int r = 0; r < GRAY_COUNTERS_REASONS; r++) {
        reasons[r] = r < GRAY_REASONS ? gray_reason_name(r) : NULL;
    }

    host->version = GRAY_VERSION;
    host->reasons = reasons;
    host->store_known = true;

    if (gray_control_info(control, &info, &error) == 0) {
        host->store_ok = true;
        host->revision = info.revision;
        host->store_bytes = info.used;
        host->store_file_bytes = info.file_size;
    }
}


void
grayd_get_metrics(grayd_request_t *request)
{
    const char *reasons[GRAY_COUNTERS_REASONS];
    gray_metrics_host_t host;
    char *text = NULL;
    size_t len;
    int rc;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        grayd_reply_problem(request, 500, GRAY_ESYSTEM, "no memory");
        return;
    }

    grayd_metrics_host(request->control, &host, reasons);
    rc = gray_metrics_text(out, gray_control_counters(request->control), &host);

    if (fclose(out) != 0 || rc != 0) {
        free(text);
        grayd_reply_problem(request, 500, GRAY_ESYSTEM, "no memory");
        return;
    }

    grayd_reply_text(
        request, 200, "text/plain; version=0.0.4; charset=utf-8", text, len);
}
