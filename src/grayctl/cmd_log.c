/* grayctl log: the audit, newest first. */

#include <inttypes.h>
#include <string.h>

#include "control/audit.h"
#include "done.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"

#define LIMIT 20

/* Records of one request. */
#define REMOTE_PAGE 1000

/* --- from the store ---------------------------------------------------------- */

static int
keep_record(void *data, const gray_audit_record_t *record)
{
    return json_array_append_new(data, gray_json_audit(record));
}

static int
read_store(grayctl_t *cli, uint64_t limit, json_t *records)
{
    gray_audit_filter_t filter = {
        .release = grayctl_option_text(cli, "release", 0),
        .list = grayctl_option_text(cli, "list", 0),
        .limit = (unsigned) limit,
    };

    return gray_control_audit(
        cli->control, &filter, keep_record, records, &cli->error);
}

/* --- from a server ----------------------------------------------------------- */

/* One page; *before is where the next one goes on, 0: nowhere. */
static int
ask_page(grayctl_t *cli, uint64_t limit, uint64_t *before, json_t *records)
{
    char query[96];
    grayctl_reply_t reply;
    grayctl_request_t request = { .query = query };

    snprintf(query, sizeof(query), "limit=%" PRIu64 "&before=%" PRIu64, limit,
        *before);

    if (grayctl_send(cli, &request, &reply) != 0) {
        return -1;
    }

    json_array_extend(records, json_object_get(reply.json, "records"));
    *before = field_number(reply.json, "next");
    grayctl_reply_free(&reply);

    return 0;
}

/* A limit of 0: all. */
static int
ask_server(grayctl_t *cli, uint64_t limit, json_t *records)
{
    uint64_t left, before = 0;

    do {
        left = limit - json_array_size(records);

        if (ask_page(cli, limit > 0 && left < REMOTE_PAGE ? left : REMOTE_PAGE,
                &before, records)
            != 0)
        {
            return -1;
        }
    } while (before != 0 && (limit == 0 || json_array_size(records) < limit));

    return 0;
}

/* --- for a person ------------------------------------------------------------ */

/* "shop/qa", "testers" */
static void
add_subject(grayctl_table_t *table, const json_t *record)
{
    const char *rule = field_text(record, "rule");
    const char *name = field_text(record, "release");

    name = *name != '\0' ? name : field_text(record, "list");
    grayctl_table_addf(table, "%s%s%s", *name != '\0' ? name : "-",
        *rule != '\0' ? "/" : "", rule);
}

static void
print_table(const grayctl_t *cli, const json_t *records)
{
    size_t i;
    char time[32];
    const json_t *record;
    grayctl_table_t table;
    static const char *heads[]
        = { "TIME", "WHO", ">REVISION", "VERB", "OF", "WHAT", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(records, i, record)
    {
        grayctl_table_add(&table, field_second(time, record, "time"));
        grayctl_table_add(&table, field_text(record, "user"));
        grayctl_table_number(&table, field_number(record, "revision"));
        grayctl_table_add(&table, field_text(record, "verb"));
        add_subject(&table, record);
        grayctl_table_add(&table, field_text(record, "summary"));
    }

    grayctl_table_end(&table, 0);
}

int
grayctl_log(grayctl_t *cli)
{
    json_t *records = json_array();
    uint64_t limit = grayctl_option_number(cli, "limit", LIMIT);
    int failed = cli->server != NULL ? ask_server(cli, limit, records)
                                     : read_store(cli, limit, records);

    if (failed) {
        json_decref(records);
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(json_pack("{s:o}", "records", records));
    }

    print_table(cli, records);
    json_decref(records);

    return GRAYCTL_OK;
}
