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
        grayd_get_healthz },

    { GRAYD_GET, NULL, GRAYD_ANYBODY, GRAYD_NO_BODY, GRAYD_RUN_PLAIN, NULL },
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


const grayd_route_t *
grayd_route_find(grayd_request_t *request, unsigned *allowed)
{
    const grayd_route_t *route;

    *allowed = 0;

    for (route = grayd_routes; route->path != NULL; route++) {
        if (!grayd_path_matches(request, route->path)) {
            continue;
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
