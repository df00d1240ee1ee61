/* A list's members as a stream: bounded memory whatever its size. */

#include <stdlib.h>
#include <string.h>

#include "control/import.h"
#include "grayd.h"
#include "routes.h"

/* Members that are in memory at once. */
#define GRAYD_EXPORT_SOME 512

typedef struct {
    grayd_t *grayd;
    char *name;
    gray_export_t export;
    char *text;
    size_t len;
    size_t sent;
} grayd_export_t;


static int
grayd_export_more(
    grayd_export_t *out, gray_control_t *control, gray_error_t *error)
{
    free(out->text);
    out->text = NULL;
    out->len = 0;
    out->sent = 0;

    while (out->len == 0 && !out->export.end) {
        free(out->text);
        if (gray_control_list_export_some(control, out->name, &out->export,
                GRAYD_EXPORT_SOME, &out->text, &out->len, error)
            != 0)
        {
            out->text = NULL;
            return -1;
        }
    }

    return 0;
}


static ssize_t
grayd_export_stream(void *data, char *to, size_t size)
{
    grayd_export_t *out = data;
    gray_control_t *control;
    gray_error_t error;
    int rc;

    if (out->sent == out->len) {
        control = grayd_gate_enter(out->grayd->gate, &error);
        if (control == NULL) {
            return GRAYD_STREAM_BROKEN;
        }
        rc = grayd_export_more(out, control, &error);
        grayd_gate_leave(out->grayd->gate, control);

        if (rc != 0) {
            grayd_log(4, "the export of list %s breaks off: %s", out->name,
                error.message);
            return GRAYD_STREAM_BROKEN;
        }
    }

    if (out->sent == out->len) {
        return GRAYD_STREAM_END;
    }

    size = size < out->len - out->sent ? size : out->len - out->sent;
    memcpy(to, out->text + out->sent, size);
    out->sent += size;

    return (ssize_t) size;
}


static void
grayd_export_free(void *data)
{
    grayd_export_t *out = data;

    free(out->name);
    free(out->text);
    free(out);
}


/* The first lines are read before the reply begins, so that a list that is not
 * there is a 404. */
void
grayd_get_export(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    grayd_export_t *out;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    out = calloc(1, sizeof(*out));
    if (out == NULL || (out->name = strdup(name)) == NULL) {
        free(out);
        grayd_reply_problem(request, 500, GRAY_ESYSTEM, "no memory");
        return;
    }

    out->grayd = request->grayd;

    if (grayd_export_more(out, request->control, &error) != 0) {
        grayd_export_free(out);
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_stream(request, "text/plain; charset=utf-8",
        grayd_export_stream, out, grayd_export_free);
}
