/*
 * All routes of grayd, and finding the one a request means. openapi.yaml
 * describes the same; a test holds one against the other (grayd --routes
 * prints them).
 */

#ifndef GRAYD_ROUTES_H
#define GRAYD_ROUTES_H

#include "request.h"

/* Ends with a NULL path. Where two could match, the first does. */
extern const grayd_route_t grayd_routes[];

extern const char *const grayd_method_names[GRAYD_METHODS];

/* "GET" …; -1: one that we do not know. HEAD is GET. */
int grayd_method_find(const char *name);

/*
 * Finds request->route for method and uri and fills params. Otherwise NULL, and
 * *allowed has a bit for each method that the path does have (0: no such path).
 */
const grayd_route_t *grayd_route_find(
    grayd_request_t *request, unsigned *allowed);

/* The list or release that the path names (the first parameter), or empty. */
gray_str_t grayd_route_object(const grayd_request_t *request);

/* --- the handlers, a file for each resource -------------------------------- */

void grayd_get_healthz(grayd_request_t *request);

#endif
