/* Making the store equal to a folder that came as an archive. */

#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "control/json.h"
#include "grayd.h"
#include "routes.h"
#include "untar.h"

/* Of one request. */
#define GRAYD_PROBLEMS_MAX 1000

typedef struct {
    grayd_request_t *request;
    char dir[512];      /* where the archive was unpacked               */
    const char *folder; /* what the client calls it                     */
    bool dry_run;
    bool force;
    json_t *changes;
    json_t *warnings;
    json_t *problems;
} grayd_apply_t;


/* --- what is told ------------------------------------------------------------ */

/* The client's folder in place of ours. */
static void
grayd_apply_rename(const grayd_apply_t *apply, char *text, size_t size)
{
    char *found, *rest;
    size_t len = strlen(apply->dir), name = strlen(apply->folder);

    for (found = strstr(text, apply->dir); found != NULL;
         found = strstr(found + name, apply->dir))
    {
        rest = strdup(found + len);
        if (rest == NULL) {
            return;
        }
        (void) snprintf(
            found, size - (size_t) (found - text), "%s%s", apply->folder, rest);
        free(rest);

        if (found + name >= text + size) {
            return;
        }
    }
}


static gray_error_t
grayd_apply_error(const grayd_apply_t *apply, const gray_error_t *error)
{
    gray_error_t renamed = *error;

    grayd_apply_rename(apply, renamed.place, sizeof(renamed.place));
    grayd_apply_rename(apply, renamed.message, sizeof(renamed.message));
    grayd_apply_rename(apply, renamed.hint, sizeof(renamed.hint));

    return renamed;
}


static void
grayd_apply_tell(
    const grayd_apply_t *apply, const gray_error_t *error, json_t *list)
{
    gray_error_t renamed = grayd_apply_error(apply, error);

    if (json_array_size(list) < GRAYD_PROBLEMS_MAX) {
        json_array_append_new(list, gray_json_error(&renamed));
    }
}


static void
grayd_apply_change(void *data, const gray_apply_change_t *change)
{
    grayd_apply_t *apply = data;

    json_array_append_new(apply->changes, gray_json_apply_change(change));
}


static void
grayd_apply_problem(void *data, const gray_error_t *problem)
{
    grayd_apply_t *apply = data;

    grayd_apply_tell(apply, problem, apply->problems);
}


static void
grayd_apply_warning(void *data, const gray_error_t *warning)
{
    grayd_apply_t *apply = data;

    grayd_apply_tell(apply, warning, apply->warnings);
}


/* --- doing it ---------------------------------------------------------------- */

/* A gray_import_t's, whose data is the grayd_t. */
static int
grayd_apply_progress(void *data, uint64_t lines)
{
    grayd_t *grayd = data;

    (void) lines;
    grayd_writer_give_way(grayd->writer);

    return atomic_load(&grayd->ending) ? 1 : 0;
}


static void
grayd_apply_reply(const grayd_apply_t *apply, const gray_applied_t *applied)
{
    grayd_request_t *request = apply->request;
    json_t *did = json_pack("{s:b, s:b, s:I, s:O}", "changed",
        applied->changes > 0 && !apply->dry_run, "dry_run", apply->dry_run,
        "revision", (json_int_t) gray_control_revision(request->control),
        "changes", apply->changes);

    if (json_array_size(apply->warnings) > 0) {
        json_object_set(did, "warnings", apply->warnings);
    }
    grayd_reply_json(request, 200, did);
}


static void
grayd_apply_failed(const grayd_apply_t *apply, const gray_error_t *error)
{
    gray_error_t renamed = grayd_apply_error(apply, error);

    grayd_reply_listed(apply->request, &renamed, apply->problems);
}


static void
grayd_apply_folder(grayd_apply_t *apply)
{
    grayd_request_t *request = apply->request;
    gray_import_t import = { .memory = GRAYD_IMPORT_MEMORY,
        .slice = GRAYD_IMPORT_SLICE,
        .temp = request->grayd->config.spool,
        .progress = grayd_apply_progress,
        .written = grayd_apply_progress,
        .data = request->grayd };
    gray_apply_t options = { .dry_run = apply->dry_run,
        .force = apply->force,
        .change = grayd_apply_change,
        .problem = grayd_apply_problem,
        .warning = grayd_apply_warning,
        .data = apply,
        .import = &import };
    gray_applied_t applied;
    gray_error_t error;

    if (grayd_untar(request->file, apply->dir, &error) != 0
        || gray_control_apply(
               request->control, apply->dir, &options, &applied, &error)
               != 0)
    {
        grayd_apply_failed(apply, &error);
    } else {
        grayd_apply_reply(apply, &applied);
    }
}


void
grayd_post_apply(grayd_request_t *request)
{
    const char *folder = grayd_query(request, "folder");
    grayd_apply_t apply = { .request = request,
        .folder = folder != NULL ? folder : ".",
        .dry_run = request->dry_run != NULL };

    if (grayd_query_flag(request, "force", &apply.force) != 0) {
        return;
    }

    (void) snprintf(apply.dir, sizeof(apply.dir), "%s/grayd-apply-XXXXXX",
        request->grayd->config.spool);
    if (mkdtemp(apply.dir) == NULL) {
        grayd_reply_problem(request, 503, GRAY_ESYSTEM,
            "no folder can be made in %s", request->grayd->config.spool);
        return;
    }

    /* it tries by itself, all of the folder */
    gray_control_dry_run(request->control, NULL);
    apply.changes = json_array();
    apply.warnings = json_array();
    apply.problems = json_array();

    grayd_apply_folder(&apply);

    json_decref(apply.changes);
    json_decref(apply.warnings);
    json_decref(apply.problems);
    grayd_untar_remove(apply.dir);
}
