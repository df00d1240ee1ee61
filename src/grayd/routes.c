/* The table of routes. */

#include "routes.h"

#include <string.h>
#include <strings.h>

const char *const grayd_method_names[GRAYD_METHODS] = {
    [GRAYD_GET] = "GET",
    [GRAYD_PUT] = "PUT",
    [GRAYD_POST] = "POST",
    [GRAYD_PATCH] = "PATCH",
    [GRAYD_DELETE] = "DELETE",
};

const grayd_route_t grayd_routes[] = {
    { GRAYD_GET, "/healthz", GRAYD_ANYBODY, GRAYD_NO_BODY, GRAYD_RUN_PLAIN,
        false, grayd_get_healthz },

    { GRAYD_GET, "/v1/status", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ, false,
        grayd_get_status },
    { GRAYD_GET, "/v1/releases", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ,
        false, grayd_get_releases },
    { GRAYD_GET, "/v1/releases/{release}", GRAYD_READ, GRAYD_NO_BODY,
        GRAYD_RUN_READ, false, grayd_get_release },
    { GRAYD_PUT, "/v1/releases/{release}", GRAYD_RELEASE, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, true, grayd_put_release },
    { GRAYD_POST, "/v1/releases/{release}", GRAYD_RELEASE, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_release },
    { GRAYD_DELETE, "/v1/releases/{release}", GRAYD_RELEASE, GRAYD_NO_BODY,
        GRAYD_RUN_WRITE, false, grayd_delete_release },
    { GRAYD_PATCH, "/v1/releases/{release}/weight", GRAYD_RELEASE,
        GRAYD_JSON_BODY, GRAYD_RUN_WRITE, true, grayd_patch_weight },
    { GRAYD_POST, "/v1/releases/{release}/promote", GRAYD_RELEASE,
        GRAYD_JSON_BODY, GRAYD_RUN_WRITE, true, grayd_post_promote },
    { GRAYD_POST, "/v1/releases/{release}/reshuffle", GRAYD_RELEASE,
        GRAYD_NO_BODY, GRAYD_RUN_WRITE, true, grayd_post_reshuffle },
    { GRAYD_POST, "/v1/releases/{release}/off", GRAYD_RELEASE, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_off },
    { GRAYD_POST, "/v1/releases/{release}/on", GRAYD_RELEASE, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_on },
    { GRAYD_POST, "/v1/releases/{release}/explain", GRAYD_READ, GRAYD_JSON_BODY,
        GRAYD_RUN_READ, false, grayd_post_explain },
    { GRAYD_POST, "/v1/releases/{release}/replay", GRAYD_READ, GRAYD_FILE_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_replay },
    { GRAYD_GET, "/v1/releases/{release}/rules", GRAYD_READ, GRAYD_NO_BODY,
        GRAYD_RUN_READ, false, grayd_get_rules },
    { GRAYD_POST, "/v1/releases/{release}/rules", GRAYD_RELEASE,
        GRAYD_JSON_BODY, GRAYD_RUN_WRITE, true, grayd_post_rule },
    { GRAYD_PATCH, "/v1/releases/{release}/rules/{rule}", GRAYD_RELEASE,
        GRAYD_JSON_BODY, GRAYD_RUN_WRITE, true, grayd_patch_rule },
    { GRAYD_DELETE, "/v1/releases/{release}/rules/{rule}", GRAYD_RELEASE,
        GRAYD_NO_BODY, GRAYD_RUN_WRITE, true, grayd_delete_rule },
    { GRAYD_POST, "/v1/off", GRAYD_ADMIN, GRAYD_JSON_BODY, GRAYD_RUN_WRITE,
        false, grayd_post_all_off },
    { GRAYD_POST, "/v1/on", GRAYD_ADMIN, GRAYD_JSON_BODY, GRAYD_RUN_WRITE,
        false, grayd_post_all_on },
    { GRAYD_GET, "/v1/lists", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ, false,
        grayd_get_lists },
    { GRAYD_GET, "/v1/lists/{list}", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ,
        false, grayd_get_list },
    { GRAYD_POST, "/v1/lists/{list}", GRAYD_ADMIN, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_list },
    { GRAYD_DELETE, "/v1/lists/{list}", GRAYD_ADMIN, GRAYD_NO_BODY,
        GRAYD_RUN_WRITE, false, grayd_delete_list },
    { GRAYD_GET, "/v1/lists/{list}/members", GRAYD_READ, GRAYD_NO_BODY,
        GRAYD_RUN_READ, false, grayd_get_members },
    { GRAYD_POST, "/v1/lists/{list}/members", GRAYD_LIST, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_members },
    { GRAYD_DELETE, "/v1/lists/{list}/members", GRAYD_LIST, GRAYD_JSON_BODY,
        GRAYD_RUN_WRITE, false, grayd_delete_members },
    { GRAYD_GET, "/v1/lists/{list}/members/{identity}", GRAYD_READ,
        GRAYD_NO_BODY, GRAYD_RUN_READ, false, grayd_get_member },
    { GRAYD_PUT, "/v1/lists/{list}/members/{identity}", GRAYD_LIST,
        GRAYD_JSON_BODY, GRAYD_RUN_WRITE, false, grayd_put_member },
    { GRAYD_DELETE, "/v1/lists/{list}/members/{identity}", GRAYD_LIST,
        GRAYD_NO_BODY, GRAYD_RUN_WRITE, false, grayd_delete_member },
    { GRAYD_POST, "/v1/lists/{list}/import", GRAYD_LIST, GRAYD_FILE_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_import },
    { GRAYD_GET, "/v1/lists/{list}/export", GRAYD_READ, GRAYD_NO_BODY,
        GRAYD_RUN_READ, false, grayd_get_export },
    { GRAYD_POST, "/v1/purge", GRAYD_ADMIN, GRAYD_NO_BODY, GRAYD_RUN_WRITE,
        false, grayd_post_purge },
    { GRAYD_POST, "/v1/apply", GRAYD_ADMIN, GRAYD_FILE_BODY, GRAYD_RUN_WRITE,
        true, grayd_post_apply },
    { GRAYD_GET, "/v1/links", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ, false,
        grayd_get_links },
    { GRAYD_POST, "/v1/links", GRAYD_ADMIN, GRAYD_JSON_BODY, GRAYD_RUN_WRITE,
        false, grayd_post_link },
    { GRAYD_POST, "/v1/links/rotate", GRAYD_ADMIN, GRAYD_NO_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_links_rotate },
    { GRAYD_POST, "/v1/links/revoke-all", GRAYD_ADMIN, GRAYD_NO_BODY,
        GRAYD_RUN_WRITE, false, grayd_post_links_revoke_all },
    { GRAYD_DELETE, "/v1/links/{link}", GRAYD_ADMIN, GRAYD_NO_BODY,
        GRAYD_RUN_WRITE, false, grayd_delete_link },
    { GRAYD_GET, "/v1/audit", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ, false,
        grayd_get_audit },
    { GRAYD_GET, "/v1/stats", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_PLAIN, false,
        grayd_get_stats },
    { GRAYD_GET, "/v1/stats/history", GRAYD_READ, GRAYD_NO_BODY,
        GRAYD_RUN_PLAIN, false, grayd_get_history },
    { GRAYD_GET, "/v1/events", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_PLAIN,
        false, grayd_get_events },
    { GRAYD_GET, "/metrics", GRAYD_READ, GRAYD_NO_BODY, GRAYD_RUN_READ, false,
        grayd_get_metrics },
    { GRAYD_GET, "/*", GRAYD_ANYBODY, GRAYD_NO_BODY, GRAYD_RUN_PLAIN, false,
        grayd_get_web },

    { GRAYD_GET, NULL, GRAYD_ANYBODY, GRAYD_NO_BODY, GRAYD_RUN_PLAIN, false,
        NULL },
};


int
grayd_method_find(const char *name)
{
    if (strcmp(name, "HEAD") == 0) {
        return GRAYD_GET;
    }

    for (int i = 0; i < GRAYD_METHODS; i++) {
        if (strcmp(name, grayd_method_names[i]) == 0) {
            return i;
        }
    }

    return -1;
}


/* Compares one segment of a route's path, whose length is `len`. */
static bool
grayd_segment_matches(grayd_request_t *request, const char *word, size_t len,
    const gray_str_t *segment, unsigned *params)
{
    if (word[0] == '{') {
        request->params[(*params)++] = *segment;
        return segment->len > 0;
    }

    return segment->len == len && memcmp(segment->data, word, len) == 0;
}


static bool
grayd_path_matches(grayd_request_t *request, const char *path)
{
    const grayd_uri_t *uri = &request->uri;
    unsigned i, params = 0;
    size_t len;

    for (i = 0; *path == '/'; i++) {
        path++;
        len = strcspn(path, "/");

        if (len == 1 && path[0] == '*') {
            return true;
        }

        if (i == uri->nsegments
            || !grayd_segment_matches(
                request, path, len, &uri->segments[i], &params))
        {
            return false;
        }
        path += len;
    }

    return i == uri->nsegments;
}


/* The page's files are what is left: nothing of the API, and no address that has
 * other methods. */
static bool
grayd_is_left(const grayd_request_t *request, unsigned allowed)
{
    const grayd_uri_t *uri = &request->uri;

    return allowed == 0 && request->method == GRAYD_GET
           && (uri->nsegments == 0 || strcmp(uri->segments[0].data, "v1") != 0);
}


const grayd_route_t *
grayd_route_find(grayd_request_t *request, unsigned *allowed)
{
    const grayd_route_t *route;

    *allowed = 0;

    for (route = grayd_routes; route->path != NULL; route++) {
        if (!grayd_path_matches(request, route->path)) {
            continue;
        }

        if (strcmp(route->path, "/*") == 0) {
            return grayd_is_left(request, *allowed) ? route : NULL;
        }

        if (route->method == request->method) {
            return route;
        }
        *allowed |= 1U << route->method;
    }

    return NULL;
}


gray_str_t
grayd_route_object(const grayd_request_t *request)
{
    return request->params[0].data != NULL ? request->params[0]
                                           : (gray_str_t){ 0, "" };
}
