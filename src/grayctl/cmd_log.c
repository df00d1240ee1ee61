/* grayctl log: the audit, newest first. */

#define _GNU_SOURCE /* strptime, timegm */
#include <string.h>
#include <time.h>

#include "control/audit.h"
#include "done.h"
#include "options.h"
#include "output.h"

#define LIMIT 20

typedef struct {
    const grayctl_t *cli;
    grayctl_table_t table;
    json_t *records;
} log_t;

/* An RFC 3339 time as local time. */
static const char *
local_time(char buffer[32], const char *text)
{
    struct tm tm = { 0 };

    if (strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL) {
        return "-";
    }

    return grayctl_time(buffer, (uint64_t) timegm(&tm));
}

/* "shop/qa", "testers" */
static void
add_subject(grayctl_table_t *table, const gray_audit_record_t *record)
{
    const char *name = record->release ? record->release : record->list;

    grayctl_table_addf(table, "%s%s%s", name ? name : "-",
        record->rule ? "/" : "", record->rule ? record->rule : "");
}

static int
tell(void *data, const gray_audit_record_t *record)
{
    log_t *log = data;
    char time[32];

    if (log->cli->json) {
        json_array_append_new(log->records, json_loads(record->json, 0, NULL));
        return 0;
    }

    grayctl_table_add(&log->table, local_time(time, record->time));
    grayctl_table_add(&log->table, record->user);
    grayctl_table_number(&log->table, record->revision);
    grayctl_table_add(&log->table, record->verb);
    add_subject(&log->table, record);
    grayctl_table_add(&log->table, record->summary);

    return 0;
}

int
grayctl_log(grayctl_t *cli)
{
    int failed;
    log_t log = { .cli = cli, .records = json_array() };
    gray_audit_filter_t filter = {
        .release = grayctl_option_text(cli, "release", 0),
        .list = grayctl_option_text(cli, "list", 0),
        .limit = (unsigned) grayctl_option_number(cli, "limit", LIMIT),
    };
    static const char *heads[]
        = { "TIME", "WHO", ">REVISION", "VERB", "OF", "WHAT", NULL };

    grayctl_table_begin(&log.table, cli, heads);
    failed = gray_control_audit(cli->control, &filter, tell, &log, &cli->error);

    if (!failed && cli->json) {
        grayctl_json_print(json_pack("{s:O}", "records", log.records));
    }

    json_decref(log.records);

    if (failed || cli->json) {
        grayctl_table_drop(&log.table);
        return failed ? grayctl_failed(cli) : GRAYCTL_OK;
    }

    grayctl_table_end(&log.table, 0);

    return GRAYCTL_OK;
}
