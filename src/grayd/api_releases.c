/* Releases: documents, weights, switches. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "grayd.h"
#include "routes.h"
#include "weights.h"

/* How long a switch waits for the workers, unless the body says. */
#define GRAYD_SWITCH_MS 5000
#define GRAYD_SWITCH_MAX_MS 600000


void
grayd_get_releases(grayd_request_t *request)
{
    gray_release_lines_t lines;
    gray_error_t error;

    if (gray_control_release_ls(request->control, &lines, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_releases(&lines));
    grayd_reply_etag(request, lines.revision);
    gray_release_lines_free(&lines);
}


void
grayd_get_release(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    char *text;
    uint64_t revision;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    if (gray_control_release_get(
            request->control, name, &text, &revision, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_text(request, 200, "application/json", text, strlen(text));
    grayd_reply_etag(request, revision);
}


void
grayd_put_release(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    gray_errors_t errors;

    if (name == NULL) {
        return;
    }

    if (gray_control_release_set(
            request->control, name, request->text, request->len, &errors)
        != 0)
    {
        grayd_reply_errors(request, &errors);
        return;
    }

    grayd_reply_done(request, 200, NULL);
    grayd_reply_etag(request, gray_control_revision(request->control));
}


void
grayd_post_release(grayd_request_t *request)
{
    static const char *const members[] = { "variants", NULL };
    const char *name = grayd_param(request, 0);
    const char **variants;
    unsigned n;
    gray_errors_t errors;
    int rc;

    if (name == NULL || grayd_body_only(request, members) != 0
        || grayd_body_texts(
               request, "variants", false, GRAY_VARIANTS_MAX, &variants, &n)
               != 0)
    {
        return;
    }

    rc = gray_control_release_create(
        request->control, name, n > 0 ? variants : NULL, n, &errors);
    free(variants);

    if (rc != 0) {
        grayd_reply_errors(request, &errors);
        return;
    }

    grayd_reply_done(request, 201, NULL);
}


void
grayd_delete_release(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    bool force;
    gray_error_t error;

    if (name == NULL || grayd_query_flag(request, "force", &force) != 0) {
        return;
    }

    if (gray_control_release_rm(request->control, name, force, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, NULL);
}


/* --- weights --------------------------------------------------------------- */

void
grayd_patch_weight(grayd_request_t *request)
{
    static const char *const members[] = { "weights", "by", "rule", NULL };
    const char *name = grayd_param(request, 0);
    const char *rule;
    grayd_weights_t weights = { .by = NULL };
    gray_weighed_t weighed;
    gray_error_t error;

    if (name == NULL || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "rule", false, &rule) != 0
        || grayd_weights_read(request, "weights", &weights) != 0)
    {
        free(weights.by);
        return;
    }

    if (gray_control_weight(
            request->control, name, rule, &weights.weights, &weighed, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
    } else {
        grayd_reply_done(request, 200, gray_json_weighed(name, rule, &weighed));
    }

    free(weights.by);
}


void
grayd_post_promote(grayd_request_t *request)
{
    static const char *const members[] = { "variant", NULL };
    const char *variant, *name = grayd_param(request, 0);
    gray_weighed_t weighed;
    gray_error_t error;

    if (name == NULL || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "variant", true, &variant) != 0)
    {
        return;
    }

    if (gray_control_promote(request->control, name, variant, &weighed, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, gray_json_weighed(name, NULL, &weighed));
}


void
grayd_post_reshuffle(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    gray_reshuffled_t reshuffled;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    if (gray_control_reshuffle(request->control, name, &reshuffled, &error)
        != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200,
        json_pack("{s:s, s:s, s:f}", "release", name, "salt", reshuffled.salt,
            "moved_percent", gray_share(reshuffled.moved)));
}


/* --- switches -------------------------------------------------------------- */

/* A switch that some workers have not confirmed in time, or that the disk does
 * not hold, stands all the same: the reply tells both. */
static void
grayd_switch_end(grayd_request_t *request, const gray_switching_t *switching)
{
    gray_switched_t switched;
    gray_error_t error;
    int rc = gray_control_switch_end(
        request->control, switching, &switched, &error);
    json_t *reply = gray_json_switched(switching->release, &switched);

    if (rc != 0) {
        json_object_set_new(reply, "error", gray_json_error(&error));
    }
    grayd_reply_json(request, 200, reply);
}


/* Nobody waits at the end of grayd. */
static void
grayd_switch_look(grayd_request_t *request)
{
    gray_switching_t *switching = request->waiting;

    if (gray_control_switch_look(request->control, switching)
        || atomic_load(&request->grayd->ending))
    {
        grayd_switch_end(request, switching);
    }
}


static void
grayd_switch(grayd_request_t *request, const char *release, bool off)
{
    static const char *const members[] = { "timeout_ms", NULL };
    uint64_t ms;
    gray_switching_t *switching;
    gray_error_t error;

    if (grayd_body_only(request, members) != 0
        || grayd_body_number(
               request, "timeout_ms", GRAYD_SWITCH_MS, GRAYD_SWITCH_MAX_MS, &ms)
               != 0)
    {
        return;
    }

    switching = malloc(sizeof(*switching));
    if (switching == NULL) {
        grayd_reply_problem(request, 500, GRAY_ESYSTEM, "no memory");
        return;
    }

    request->waiting = switching;
    if (gray_control_switch_begin(
            request->control, release, off, (unsigned) ms, switching, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    request->again = grayd_switch_look;
    grayd_switch_look(request);
}


void
grayd_post_off(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);

    if (name != NULL) {
        grayd_switch(request, name, true);
    }
}


void
grayd_post_on(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);

    if (name != NULL) {
        grayd_switch(request, name, false);
    }
}


void
grayd_post_all_off(grayd_request_t *request)
{
    grayd_switch(request, NULL, true);
}


void
grayd_post_all_on(grayd_request_t *request)
{
    grayd_switch(request, NULL, false);
}
