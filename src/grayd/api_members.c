/* Members of a list. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "routes.h"

/* Of a page. */
#define GRAYD_PAGE_MAX 1000

/* Of an identity, in bytes; and how a page's beginning tells them. */
#define GRAYD_IDENTITY_MAX 255
#define GRAYD_HEX "hex:"

/* A member lives at most this long, seconds. */
#define GRAYD_TTL_MAX ((uint64_t) 100 * 365 * 24 * 3600)


static json_t *
grayd_page(const gray_member_line_t *members, int n)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        json_array_append_new(list, gray_json_member(&members[i]));
    }

    return list;
}


/* Where the page after this member begins: its text, or "hex:" and its bytes
 * when a text could not say it. */
static json_t *
grayd_page_next(const char *identity)
{
    json_t *next = strncmp(identity, GRAYD_HEX, sizeof(GRAYD_HEX) - 1) != 0
                       ? json_string(identity)
                       : NULL;
    char hex[sizeof(GRAYD_HEX) + (size_t) 2 * GRAYD_IDENTITY_MAX] = GRAYD_HEX;
    size_t n = sizeof(GRAYD_HEX) - 1;

    if (next != NULL) {
        return next;
    }

    for (; *identity != '\0' && n + 2 < sizeof(hex); identity++, n += 2) {
        (void) snprintf(hex + n, 3, "%02x", (unsigned char) *identity);
    }

    return json_string(hex);
}


/* What grayd_page_next said, or a text as it is. */
static const char *
grayd_page_after(const char *after, char bytes[GRAYD_IDENTITY_MAX + 1])
{
    const char *hex;
    unsigned byte;
    size_t n = 0;

    if (after == NULL || strncmp(after, GRAYD_HEX, sizeof(GRAYD_HEX) - 1) != 0)
    {
        return after;
    }

    for (hex = after + sizeof(GRAYD_HEX) - 1;
         n < GRAYD_IDENTITY_MAX && isxdigit((unsigned char) hex[0])
         && isxdigit((unsigned char) hex[1]);
         hex += 2)
    {
        (void) sscanf(hex, "%2x", &byte);
        bytes[n++] = (char) byte;
    }
    bytes[n] = '\0';

    return bytes;
}


/* "next" is what `after` takes for the page that follows; null: no more. */
void
grayd_get_members(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    uint64_t limit;
    char after[GRAYD_IDENTITY_MAX + 1];
    gray_member_line_t *members;
    gray_error_t error;
    int n;
    bool more;

    if (name == NULL
        || grayd_query_number(request, "limit", 50, GRAYD_PAGE_MAX, &limit)
               != 0)
    {
        return;
    }

    limit = limit > 0 ? limit : 1;
    members = calloc(limit + 1, sizeof(*members));
    n = members != NULL ? gray_control_list_members(request->control, name,
            grayd_page_after(grayd_query(request, "after"), after), members,
            (unsigned) limit + 1, &error)
                        : gray_error_set(&error, GRAY_ESYSTEM, "no memory");

    if (n < 0) {
        grayd_reply_error(request, &error);
        free(members);
        return;
    }

    more = (uint64_t) n > limit;
    n -= more;
    grayd_reply_json(request, 200,
        json_pack("{s:s, s:I, s:o, s:o}", "list", name, "revision",
            (json_int_t) gray_control_revision(request->control), "members",
            grayd_page(members, n), "next",
            more ? grayd_page_next(members[n - 1].identity) : json_null()));
    free(members);
}


static void
grayd_add(grayd_request_t *request, const char *const *members, unsigned n)
{
    const char *note, *name = grayd_param(request, 0);
    uint64_t ttl;
    gray_list_added_t added;
    gray_error_t error;

    if (name == NULL
        || grayd_body_number(request, "ttl", 0, GRAYD_TTL_MAX, &ttl) != 0
        || grayd_body_text(request, "note", false, &note) != 0)
    {
        return;
    }

    if (gray_control_list_add(
            request->control, name, members, n, ttl, note, &added, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200,
        json_pack("{s:s, s:i, s:i, s:i}", "list", name, "added",
            (int) added.added, "updated", (int) added.updated, "same",
            (int) added.same));
}


static void
grayd_remove(grayd_request_t *request, const char *const *members, unsigned n)
{
    const char *name = grayd_param(request, 0);
    unsigned removed;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    if (gray_control_list_rm(
            request->control, name, members, n, &removed, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200,
        json_pack("{s:s, s:i}", "list", name, "removed", (int) removed));
}


/* --- several --------------------------------------------------------------- */

/* The body's "members", with no member of the body but those in `known`. */
static void
grayd_several(grayd_request_t *request, const char *const *known,
    void (*change)(
        grayd_request_t *request, const char *const *members, unsigned n))
{
    const char **members;
    unsigned n;

    if (grayd_body_only(request, known) == 0
        && grayd_body_texts(
               request, "members", true, GRAY_LIST_ADD_MAX, &members, &n)
               == 0)
    {
        change(request, members, n);
        free(members);
    }
}


void
grayd_post_members(grayd_request_t *request)
{
    static const char *const known[] = { "members", "ttl", "note", NULL };

    grayd_several(request, known, grayd_add);
}


void
grayd_delete_members(grayd_request_t *request)
{
    static const char *const known[] = { "members", NULL };

    grayd_several(request, known, grayd_remove);
}


/* --- one ------------------------------------------------------------------- */

void
grayd_get_member(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    const char *identity = grayd_param(request, 1);
    gray_list_has_t has;
    gray_error_t error;
    json_t *reply;

    if (name == NULL || identity == NULL) {
        return;
    }

    if (gray_control_list_has(request->control, name, identity, &has, &error)
        != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    reply = gray_json_has(identity, &has);
    json_object_set_new(reply, "revision",
        json_integer((json_int_t) gray_control_revision(request->control)));
    grayd_reply_json(request, 200, reply);
}


void
grayd_put_member(grayd_request_t *request)
{
    static const char *const known[] = { "ttl", "note", NULL };
    const char *identity = grayd_param(request, 1);

    if (identity != NULL && grayd_body_only(request, known) == 0) {
        grayd_add(request, &identity, 1);
    }
}


void
grayd_delete_member(grayd_request_t *request)
{
    const char *identity = grayd_param(request, 1);

    if (identity != NULL) {
        grayd_remove(request, &identity, 1);
    }
}
