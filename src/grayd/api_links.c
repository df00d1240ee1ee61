/* Signed overrides. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "routes.h"

#define GRAYD_LINK_TTL (2 * 3600)


void
grayd_get_links(grayd_request_t *request)
{
    gray_link_lines_t lines;
    gray_error_t error;

    if (gray_control_link_ls(request->control, &lines, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_links(&lines));
    gray_link_lines_free(&lines);
}


/* The parameter by which a running nginx takes the release's tokens. */
static void
grayd_link_parameter(
    grayd_request_t *request, const char *release, char parameter[64])
{
    gray_running_t running;
    gray_error_t error;
    const char *found = NULL;

    (void) snprintf(parameter, 64, "%s", GRAY_LINK_PARAMETER);

    if (gray_control_running(request->control, &running, &error) == 0) {
        found = gray_running_override(&running, release);
        if (found != NULL) {
            (void) snprintf(parameter, 64, "%s", found);
        }
        gray_running_free(&running);
    }
}


void
grayd_post_link(grayd_request_t *request)
{
    static const char *const members[]
        = { "release", "variant", "host", "ttl", "path", "scheme", NULL };
    const char *release, *variant, *host, *path, *scheme;
    char parameter[64], *url = NULL;
    uint64_t ttl;
    gray_link_t link;
    gray_error_t error;
    json_t *reply;

    if (grayd_body_only(request, members) != 0
        || grayd_body_text(request, "release", true, &release) != 0
        || grayd_body_text(request, "variant", true, &variant) != 0
        || grayd_body_text(request, "host", false, &host) != 0
        || grayd_body_text(request, "path", false, &path) != 0
        || grayd_body_text(request, "scheme", false, &scheme) != 0
        || grayd_body_number(
               request, "ttl", GRAYD_LINK_TTL, GRAY_LINK_TTL_MAX, &ttl)
               != 0)
    {
        return;
    }

    grayd_link_parameter(request, release, parameter);

    if (gray_control_link(request->control, release, variant,
            host != NULL ? host : "", ttl, &link, &error)
            != 0
        || (host != NULL
            && (url = gray_link_url(scheme != NULL ? scheme : "https", host,
                    path != NULL ? path : "/", parameter, link.token, &error))
                   == NULL))
    {
        grayd_reply_error(request, &error);
        return;
    }

    reply = gray_json_link(&link.line);
    json_object_set_new(reply, "token", json_string(link.token));
    json_object_set_new(reply, "parameter", json_string(parameter));
    json_object_set_new(
        reply, "url", url != NULL ? json_string(url) : json_null());
    free(url);
    grayd_reply_json(request, 201, reply);
}


void
grayd_delete_link(grayd_request_t *request)
{
    const char *link = grayd_param(request, 0);
    char id[GRAY_TOKEN_ID_TEXT];
    gray_error_t error;

    if (link == NULL) {
        return;
    }

    if (gray_control_link_revoke(request->control, link, id, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, json_pack("{s:s}", "id", id));
}


void
grayd_post_links_rotate(grayd_request_t *request)
{
    uint32_t key;
    gray_error_t error;

    if (gray_control_link_rotate(request->control, &key, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, json_pack("{s:I}", "key", (json_int_t) key));
}


void
grayd_post_links_revoke_all(grayd_request_t *request)
{
    gray_error_t error;

    if (gray_control_link_revoke_all(request->control, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, NULL);
}
