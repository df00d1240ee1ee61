/*
 * Links: signed overrides, and the keys that sign them.
 *
 * A token (core/token.h) sends whoever shows it to one variant of one release
 * until it expires. Two keys are valid at once: the newest signs, and the one
 * before it goes on verifying until the next rotation. The first link makes
 * the first key. Workers follow at their next request.
 *
 * The store holds the keys, so who can read it can sign.
 */

#ifndef GRAY_CONTROL_LINK_H
#define GRAY_CONTROL_LINK_H

#include "control/control.h"
#include "core/token.h"

/* Seconds that a link may live. */
#define GRAY_LINK_TTL_MAX ((uint64_t) 365 * 24 * 3600)

/* Links that have not expired. */
#define GRAY_LINKS_MAX 10000

/* What a running nginx takes a token from when it does not say otherwise. */
#define GRAY_LINK_PARAMETER "gray"

typedef enum {
    GRAY_LINK_VALID = 0,
    GRAY_LINK_REVOKED,
    GRAY_LINK_NO_KEY /* its key was rotated away or replaced          */
} gray_link_state_t;

/* An issued link, as `link ls` shows it. */
typedef struct {
    char id[GRAY_TOKEN_ID_TEXT];
    char release[GRAY_NAME_MAX + 1];
    char variant[GRAY_NAME_MAX + 1];
    char host[GRAY_TOKEN_HOST_MAX + 1]; /* "": any                         */
    uint64_t made;                      /* seconds since the epoch         */
    uint64_t expiry;
    uint32_t key;
    char user[64]; /* who made it                     */
    gray_link_state_t state;
} gray_link_line_t;

typedef struct {
    uint64_t revision;
    unsigned n;
    gray_link_line_t *lines; /* those that expire first come first        */
} gray_link_lines_t;

/* A link that was just made. */
typedef struct {
    gray_link_line_t line;
    char token[GRAY_TOKEN_TEXT_MAX];
} gray_link_t;

/*
 * Signs a token for a variant of a release. `host` is "" (any) or as a URL has
 * it: upper case and a port are left out. ttl in seconds. GRAY_ENOTFOUND: no
 * such release or variant; GRAY_EFULL: GRAY_LINKS_MAX are valid.
 */
int gray_control_link(gray_control_t *control, const char *release,
    const char *variant, const char *host, uint64_t ttl, gray_link_t *link,
    gray_error_t *error);

/* The links that have not expired. The caller frees *lines. */
int gray_control_link_ls(
    gray_control_t *control, gray_link_lines_t *lines, gray_error_t *error);
void gray_link_lines_free(gray_link_lines_t *lines);

/* Revokes a link by its id, or by the token itself, of which a store that was
 * restored may have no record. *id is set. GRAY_ENOTFOUND. */
int gray_control_link_revoke(gray_control_t *control, const char *id_or_token,
    char id[GRAY_TOKEN_ID_TEXT], gray_error_t *error);

/* Replaces both keys: no link that was ever made is valid any more. */
int gray_control_link_revoke_all(gray_control_t *control, gray_error_t *error);

/* Makes a new key that signs from now on. *key is its id. */
int gray_control_link_rotate(
    gray_control_t *control, uint32_t *key, gray_error_t *error);

/* "valid", "revoked", "no_key". */
const char *gray_link_state_name(gray_link_state_t state);

/*
 * The address to open: SCHEME://HOST PATH with the token as its parameter,
 * malloc'ed; `host` may have a port, `path` a query. NULL and *error: what
 * cannot stand in a URL.
 */
char *gray_link_url(const char *scheme, const char *host, const char *path,
    const char *parameter, const char *token, gray_error_t *error);

#endif
