/* The store and what runs; the audit. */

#include <stdlib.h>

#include "control/json.h"
#include "routes.h"

#define GRAYD_AUDIT_MAX 1000


void
grayd_get_status(grayd_request_t *request)
{
    gray_status_t status;
    gray_error_t error;

    if (gray_control_status(request->control, &status, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_status(&status));
    gray_status_free(&status);
}


/* --- audit ----------------------------------------------------------------- */

typedef struct {
    json_t *records;
    uint64_t last; /* the sequence of the one told last              */
} grayd_audit_t;


static int
grayd_audit_tell(void *data, const gray_audit_record_t *record)
{
    grayd_audit_t *audit = data;
    (void) json_array_append_new(audit->records, gray_json_audit(record));
    audit->last = record->sequence;

    return 0;
}


/* "next" is what `before` takes for the page that follows; null: no more. */
void
grayd_get_audit(grayd_request_t *request)
{
    uint64_t limit;
    grayd_audit_t audit = { .records = json_array() };
    gray_audit_filter_t filter = { .release = grayd_query(request, "release"),
        .list = grayd_query(request, "list") };
    gray_error_t error;
    bool full;

    if (grayd_query_number(request, "limit", 50, GRAYD_AUDIT_MAX, &limit) != 0
        || grayd_query_number(request, "before", 0, UINT64_MAX, &filter.before)
               != 0)
    {
        json_decref(audit.records);
        return;
    }

    filter.limit = limit > 0 ? (unsigned) limit : 1;
    if (gray_control_audit(
            request->control, &filter, grayd_audit_tell, &audit, &error)
        != 0)
    {
        json_decref(audit.records);
        grayd_reply_error(request, &error);
        return;
    }

    full = json_array_size(audit.records) == filter.limit && audit.last > 1;
    grayd_reply_json(request, 200,
        json_pack("{s:o, s:o}", "records", audit.records, "next",
            full ? json_integer((json_int_t) audit.last) : json_null()));
}
