/* Lists, and streaming them in and out. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "grayd.h"
#include "routes.h"

/* Bad lines that an import tells one by one. */
#define GRAYD_BAD_LINES 100


void
grayd_get_lists(grayd_request_t *request)
{
    gray_list_lines_t lines;
    gray_error_t error;

    if (gray_control_list_ls(request->control, &lines, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_lists(&lines));
    gray_list_lines_free(&lines);
}


/* The line of `list ls` for one list, or NULL and a 404 reply. */
static const gray_list_line_t *
grayd_list_line(
    grayd_request_t *request, const char *name, const gray_list_lines_t *lines)
{
    for (unsigned i = 0; i < lines->n; i++) {
        if (strcmp(lines->lines[i].name, name) == 0) {
            return &lines->lines[i];
        }
    }

    grayd_reply_problem(
        request, 404, GRAY_ENOTFOUND, "there is no list '%.64s'", name);

    return NULL;
}


void
grayd_get_list(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    const gray_list_line_t *line;
    gray_list_lines_t lines;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    if (gray_control_list_ls(request->control, &lines, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    line = grayd_list_line(request, name, &lines);
    if (line != NULL) {
        grayd_reply_json(request, 200, gray_json_list(line));
    }
    gray_list_lines_free(&lines);
}


void
grayd_post_list(grayd_request_t *request)
{
    static const char *const members[] = { "kind", NULL };
    const char *text, *name = grayd_param(request, 0);
    gray_list_kind_t kind;
    gray_error_t error;

    if (name == NULL || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "kind", false, &text) != 0)
    {
        return;
    }

    kind = text != NULL ? gray_list_kind_parse(text) : GRAY_LIST_STRING;
    if (kind == GRAY_LIST_UNKNOWN) {
        (void) grayd_body_bad(
            request, "kind", "it is none of string, ip and live");
        return;
    }

    if (gray_control_list_create(request->control, name, kind, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 201,
        json_pack(
            "{s:s, s:s}", "list", name, "kind", gray_list_kind_name(kind)));
}


void
grayd_delete_list(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    bool force;
    gray_error_t error;

    if (name == NULL || grayd_query_flag(request, "force", &force) != 0) {
        return;
    }

    if (gray_control_list_drop(request->control, name, force, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, json_pack("{s:s}", "list", name));
}


/* --- in -------------------------------------------------------------------- */

typedef struct {
    grayd_request_t *request;
    json_t *bad; /* the first lines that were left out              */
} grayd_import_t;


static void
grayd_import_bad(void *data, uint64_t line, const gray_error_t *error)
{
    grayd_import_t *import = data;

    if (json_array_size(import->bad) < GRAYD_BAD_LINES) {
        json_array_append_new(import->bad, gray_json_bad_line(line, error));
    }
}


/* Between two transactions: those who wait may go first. */
static int
grayd_import_progress(void *data, uint64_t lines)
{
    grayd_import_t *import = data;
    grayd_t *grayd = import->request->grayd;

    (void) lines;
    grayd_writer_give_way(grayd->writer);

    return atomic_load(&grayd->ending) ? 1 : 0;
}


static int
grayd_import_guard(
    grayd_request_t *request, const char *name, bool *has, uint64_t *value)
{
    *has = grayd_query(request, name) != NULL;

    return grayd_query_number(request, name, 0, UINT64_MAX, value);
}


static int
grayd_import_options(grayd_request_t *request, gray_import_t *options)
{
    const char *change = grayd_query(request, "max_change");
    char *end;

    if (options->csv.identity == NULL
        && (options->csv.expiry != NULL || options->csv.note != NULL))
    {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "csv_expiry and csv_note need csv, the column of the identities");
        return -1;
    }

    if (change != NULL) {
        options->has_max_change = true;
        options->max_change = strtod(change, &end);

        if (end == change || *end != '\0' || !(options->max_change >= 0)) {
            grayd_reply_problem(request, 400, GRAY_EINVALID,
                "'max_change=%.32s' is no percentage", change);
            return -1;
        }
    }

    return grayd_query_flag(request, "replace", &options->replace) != 0
                   || grayd_query_flag(request, "strict", &options->strict) != 0
                   || grayd_import_guard(
                          request, "min", &options->has_min, &options->min)
                          != 0
                   || grayd_import_guard(
                          request, "max", &options->has_max, &options->max)
                          != 0
                   || grayd_query_number(
                          request, "ttl", 0, UINT32_MAX, &options->ttl)
                          != 0
               ? -1
               : 0;
}


/* One that grayd's end stopped may be tried again. */
static void
grayd_import_failed(grayd_request_t *request, const gray_error_t *error)
{
    if (error->code == GRAY_ESYSTEM && atomic_load(&request->grayd->ending)) {
        grayd_reply_problem(
            request, 503, GRAY_ESYSTEM, "grayd ends; try again");
    } else {
        grayd_reply_error(request, error);
    }
}


void
grayd_post_import(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    grayd_import_t import = { .request = request, .bad = json_array() };
    gray_import_t options = { .memory = GRAYD_IMPORT_MEMORY,
        .slice = GRAYD_IMPORT_SLICE,
        .temp = request->grayd->config.spool,
        .csv = { .identity = grayd_query(request, "csv"),
            .expiry = grayd_query(request, "csv_expiry"),
            .note = grayd_query(request, "csv_note") },
        .progress = grayd_import_progress,
        .written = grayd_import_progress,
        .bad = grayd_import_bad,
        .data = &import };
    gray_imported_t imported = { .lines = 0 };
    gray_error_t error;

    if (name == NULL || grayd_import_options(request, &options) != 0) {
        json_decref(import.bad);
        return;
    }

    if (gray_control_list_import(
            request->control, name, request->file, &options, &imported, &error)
        != 0)
    {
        grayd_import_failed(request, &error);
    } else {
        grayd_reply_done(
            request, 200, gray_json_imported(name, &imported, import.bad));
    }

    json_decref(import.bad);
}


/* --- what is left over ------------------------------------------------------ */

/* Between two slices: those who wait may go first. */
static int
grayd_purge_progress(void *data, uint64_t members)
{
    grayd_t *grayd = data;

    (void) members;
    grayd_writer_give_way(grayd->writer);

    return atomic_load(&grayd->ending) ? 1 : 0;
}


void
grayd_post_purge(grayd_request_t *request)
{
    uint64_t purged;
    gray_error_t error;

    if (gray_control_list_purge(request->control, &purged, grayd_purge_progress,
            request->grayd, &error)
        != 0)
    {
        grayd_import_failed(request, &error);
        return;
    }

    grayd_reply_done(
        request, 200, json_pack("{s:I}", "purged", (json_int_t) purged));
}
