/*
 * Who may do what.
 *
 * A token file has a line for each token:
 *
 *   # NAME   SCOPES                       SHA-256 OF THE TOKEN
 *   ops      admin                        9f86d081884c7d65…
 *   data     read,list:vip,list:office    60303ae22b998861…
 *   web      release:shop                 fd61a03af4f77d87…
 *
 * Only the hash stands there, so that the file gives nobody a token; `grayd
 * --new-token NAME SCOPES` makes one. read: everything may be looked at;
 * list:NAME: that list's members may be changed; release:NAME: that release; both
 * with read. admin: everything. "*" is any name.
 *
 * The file is read at the start and when it changed (looked at once a
 * second); a bad line is told and the old tokens stay.
 *
 * Against a browser that is led here by another site: the Host must be one of
 * those allowed, and a request that changes something must not come from
 * another origin (Origin, Sec-Fetch-Site).
 */

#ifndef GRAYD_ACCESS_H
#define GRAYD_ACCESS_H

#include <stdbool.h>
#include "core/error.h"
#include "core/str.h"
#include "request.h"

#define GRAYD_TOKEN_NAME_MAX 64

typedef struct grayd_access_s grayd_access_t;

/* `file` NULL: no tokens. */
int grayd_access_create(
    const char *file, grayd_access_t **access, gray_error_t *error);
void grayd_access_free(grayd_access_t *access);

/* Reads the file again when it changed. -1: it is bad, the old tokens stay. */
int grayd_access_look(grayd_access_t *access, gray_error_t *error);

typedef enum {
    GRAYD_ALLOWED = 0,
    GRAYD_NO_TOKEN,  /* none, or one that nobody has: 401            */
    GRAYD_NOT_ENOUGH /* its scopes are not enough: 403               */
} grayd_verdict_t;

/* `authorization` is the header's value or NULL; `object` the list or release
 * that the route's path names, or empty. name: who it is. */
grayd_verdict_t grayd_access_token(grayd_access_t *access,
    const char *authorization, grayd_scope_t scope, gray_str_t object,
    char name[GRAYD_TOKEN_NAME_MAX]);

/* Whether "localhost:8600" or "[::1]" is one of `hosts`, a NULL-terminated list
 * of names without port, or an address of the loopback. */
bool grayd_host_allowed(const char *host, const char *const *hosts);

/* Whether a changing request with these headers (each may be NULL) comes from
 * the page itself, from no page, or from one of `origins`. */
bool grayd_origin_allowed(const char *origin, const char *fetch_site,
    const char *host, const char *const *origins);

/* Makes a token: 43 characters of base64url, and the file's line for it. -1 and
 * *error when name or scopes are bad. */
int grayd_token_make(const char *name, const char *scopes, char token[64],
    char line[512], gray_error_t *error);

#endif
