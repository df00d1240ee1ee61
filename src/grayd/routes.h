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
void grayd_get_status(grayd_request_t *request);
void grayd_get_releases(grayd_request_t *request);
void grayd_get_release(grayd_request_t *request);
void grayd_put_release(grayd_request_t *request);
void grayd_post_release(grayd_request_t *request);
void grayd_delete_release(grayd_request_t *request);
void grayd_patch_weight(grayd_request_t *request);
void grayd_post_promote(grayd_request_t *request);
void grayd_post_reshuffle(grayd_request_t *request);
void grayd_post_off(grayd_request_t *request);
void grayd_post_on(grayd_request_t *request);
void grayd_post_explain(grayd_request_t *request);
void grayd_post_replay(grayd_request_t *request);
void grayd_get_rules(grayd_request_t *request);
void grayd_post_rule(grayd_request_t *request);
void grayd_patch_rule(grayd_request_t *request);
void grayd_delete_rule(grayd_request_t *request);
void grayd_post_all_off(grayd_request_t *request);
void grayd_post_all_on(grayd_request_t *request);
void grayd_get_lists(grayd_request_t *request);
void grayd_get_list(grayd_request_t *request);
void grayd_post_list(grayd_request_t *request);
void grayd_delete_list(grayd_request_t *request);
void grayd_get_members(grayd_request_t *request);
void grayd_post_members(grayd_request_t *request);
void grayd_delete_members(grayd_request_t *request);
void grayd_get_member(grayd_request_t *request);
void grayd_put_member(grayd_request_t *request);
void grayd_delete_member(grayd_request_t *request);
void grayd_post_import(grayd_request_t *request);
void grayd_get_export(grayd_request_t *request);
void grayd_post_purge(grayd_request_t *request);
void grayd_post_apply(grayd_request_t *request);
void grayd_get_links(grayd_request_t *request);
void grayd_post_link(grayd_request_t *request);
void grayd_post_links_rotate(grayd_request_t *request);
void grayd_post_links_revoke_all(grayd_request_t *request);
void grayd_delete_link(grayd_request_t *request);
void grayd_get_audit(grayd_request_t *request);
void grayd_get_stats(grayd_request_t *request);
void grayd_get_history(grayd_request_t *request);
void grayd_get_events(grayd_request_t *request);
void grayd_get_metrics(grayd_request_t *request);
void grayd_get_web(grayd_request_t *request);

#endif
