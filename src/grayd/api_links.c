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


/* What a link is to be. */
typedef struct {
    const char *release;
    const char *variant;
    const char *host; /* or NULL                                        */
    const char *path;
    const char *scheme;
    const char *parameter; /* NULL: as the running nginx takes it        */
    uint64_t ttl;
} grayd_link_t;


static int
grayd_link_read(grayd_request_t *request, grayd_link_t *link)
{
    static const char *const members[] = { "release", "variant", "host", "ttl",
        "path", "scheme", "parameter", NULL };

    return grayd_body_only(request, members) != 0
                   || grayd_body_text(request, "release", true, &link->release)
                          != 0
                   || grayd_body_text(request, "variant", true, &link->variant)
                          != 0
                   || grayd_body_text(request, "host", false, &link->host) != 0
                   || grayd_body_text(request, "path", false, &link->path) != 0
                   || grayd_body_text(request, "scheme", false, &link->scheme)
                          != 0
                   || grayd_body_text(
                          request, "parameter", false, &link->parameter)
                          != 0
                   || grayd_body_number(
                          request, "ttl", GRAYD_LINK_TTL, INT64_MAX, &link->ttl)
                          != 0
               ? -1
               : 0;
}


/* The address with this token; NULL and 0: there is no host. */
static int
grayd_link_url(const grayd_link_t *link, const char *parameter,
    const char *token, char **url, gray_error_t *error)
{
    *url = NULL;
    if (link->host == NULL) {
        return 0;
    }

    *url = gray_link_url(link->scheme != NULL ? link->scheme : "https",
        link->host, link->path != NULL ? link->path : "/", parameter, token,
        error);

    return *url != NULL ? 0 : -1;
}


/* What no address can hold is found before the link is made. */
static int
grayd_link_make(grayd_request_t *request, const grayd_link_t *link,
    const gray_running_t *running, gray_error_t *error)
{
    const char *found = gray_running_override(running, link->release);
    const char *parameter = link->parameter != NULL ? link->parameter
                            : found != NULL         ? found
                                                    : GRAY_LINK_PARAMETER;
    char *url;
    gray_link_t made;

    if (grayd_link_url(link, parameter, "", &url, error) != 0) {
        return -1;
    }
    free(url);

    if (gray_control_link(request->control, link->release, link->variant,
            link->host != NULL ? link->host : "", link->ttl, &made, error)
            != 0
        || grayd_link_url(link, parameter, made.token, &url, error) != 0)
    {
        return -1;
    }

    grayd_reply_json(
        request, 201, gray_json_link_made(&made, parameter, url, running));
    free(url);

    return 0;
}


void
grayd_post_link(grayd_request_t *request)
{
    grayd_link_t link = { .host = NULL };
    gray_running_t running;
    gray_error_t error;

    if (grayd_link_read(request, &link) != 0) {
        return;
    }

    if (gray_control_running(request->control, &running, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    if (grayd_link_make(request, &link, &running, &error) != 0) {
        grayd_reply_error(request, &error);
    }
    gray_running_free(&running);
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
