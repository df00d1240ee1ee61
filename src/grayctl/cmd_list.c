/* grayctl list: make and drop lists, add, remove and ask for members. */

#include <stdlib.h>
#include <string.h>

#include "control/list.h"
#include "done.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "remote.h"
#include "report.h"

/* --kind and --live. -1 with a usage error. */
static int
read_kind(grayctl_t *cli, gray_list_kind_t *kind)
{
    const char *text = grayctl_option_text(cli, "kind", 0);

    *kind = text ? gray_list_kind_parse(text) : GRAY_LIST_STRING;

    if (*kind == GRAY_LIST_UNKNOWN) {
        gray_error_set(
            &cli->error, GRAY_EINVALID, "--kind: no kind '%s'", text);
        return gray_error_hint(&cli->error,
            "string (names, ids), ip (addresses and blocks) or live (in "
            "memcached)");
    }

    if (!grayctl_option_given(cli, "live")) {
        return 0;
    }

    if (text != NULL && *kind != GRAY_LIST_LIVE) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--live and --kind %s do not go together", text);
        return gray_error_hint(&cli->error,
            "memcached holds a live list's members, of whatever kind");
    }

    *kind = GRAY_LIST_LIVE;

    return 0;
}

static json_t *
create(grayctl_t *cli, gray_list_kind_t kind)
{
    const char *name = cli->args[0];

    if (cli->server != NULL) {
        return grayctl_ask_with(
            cli, json_pack("{s:s}", "kind", gray_list_kind_name(kind)));
    }

    return grayctl_did(cli,
        gray_control_list_create(cli->control, name, kind, &cli->error),
        json_pack(
            "{s:s, s:s}", "list", name, "kind", gray_list_kind_name(kind)));
}

int
grayctl_list_create(grayctl_t *cli)
{
    gray_list_kind_t kind;
    const char *name = cli->args[0];

    if (read_kind(cli, &kind) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    if (kind == GRAY_LIST_LIVE) {
        return grayctl_done(cli, create(cli, kind),
            "made live list %s; nginx.conf says where it stands: "
            "gray_memcached %s 127.0.0.1:11211;",
            name, name);
    }

    return grayctl_done(cli, create(cli, kind), "made %s list %s; it is empty",
        gray_list_kind_name(kind), name);
}

/* --- members ---------------------------------------------------------------- */

/* The arguments after the list as a body's "members". NULL: not all of them
 * are UTF-8. */
static json_t *
members_json(const grayctl_t *cli)
{
    int i;
    json_t *members = json_array();

    for (i = 1; i < cli->nargs; i++) {
        if (json_array_append_new(members, json_string(cli->args[i])) != 0) {
            json_decref(members);
            return NULL;
        }
    }

    return json_pack("{s:o}", "members", members);
}

/* Of one member's address, any bytes can be a part. */
static json_t *
change_members(grayctl_t *cli, const char *one, json_t *more)
{
    json_t *did = NULL, *body = members_json(cli);
    grayctl_reply_t reply;
    grayctl_request_t request = { .route = one, .body = more };

    if (body == NULL && cli->nargs == 2) {
        if (grayctl_send(cli, &request, &reply) == 0) {
            did = json_incref(reply.json);
            grayctl_reply_free(&reply);
        }
        return did;
    }

    json_object_update(body, more);
    json_decref(more);

    return grayctl_ask_with(cli, body);
}

static json_t *
add_remotely(grayctl_t *cli)
{
    uint64_t ttl = grayctl_option_seconds(cli, "ttl");
    const char *note = grayctl_option_text(cli, "note", 0);
    json_t *more = json_object();

    if (ttl > 0) {
        json_object_set_new(more, "ttl", json_integer((json_int_t) ttl));
    }

    if (note != NULL) {
        json_object_set_new(more, "note", gray_json_text(note));
    }

    return change_members(cli, "PUT /v1/lists/{0}/members/{1}", more);
}

static json_t *
add(grayctl_t *cli)
{
    int failed;
    gray_list_added_t added = { 0 };

    if (cli->server != NULL) {
        return add_remotely(cli);
    }

    failed = gray_control_list_add(cli->control, cli->args[0],
        (const char *const *) cli->args + 1, cli->nargs - 1,
        grayctl_option_seconds(cli, "ttl"), grayctl_option_text(cli, "note", 0),
        &added, &cli->error);

    return grayctl_did(cli, failed,
        json_pack("{s:s, s:i, s:i, s:i}", "list", cli->args[0], "added",
            (int) added.added, "updated", (int) added.updated, "same",
            (int) added.same));
}

static void
explain_added(char *text, size_t size, const json_t *did)
{
    size_t len = 0;
    unsigned updated = (unsigned) field_number(did, "updated");
    unsigned same = (unsigned) field_number(did, "same");

    *text = '\0';

    if (updated > 0) {
        len = snprintf(text, size, ", %u updated", updated);
    }

    if (same > 0 && len < size) {
        snprintf(text + len, size - len, ", %u there already", same);
    }
}

int
grayctl_list_add(grayctl_t *cli)
{
    char rest[64], count[64];
    json_t *did = add(cli);

    explain_added(rest, sizeof(rest), did);
    grayctl_count(count, field_number(did, "added"), "member", "members");

    return grayctl_done(
        cli, did, "added %s to %s%s", count, cli->args[0], rest);
}

static json_t *
rm(grayctl_t *cli)
{
    int failed;
    unsigned removed = 0;

    if (cli->server != NULL) {
        return change_members(cli, "DELETE /v1/lists/{0}/members/{1}", NULL);
    }

    failed = gray_control_list_rm(cli->control, cli->args[0],
        (const char *const *) cli->args + 1, cli->nargs - 1, &removed,
        &cli->error);

    return grayctl_did(cli, failed,
        json_pack(
            "{s:s, s:i}", "list", cli->args[0], "removed", (int) removed));
}

int
grayctl_list_rm(grayctl_t *cli)
{
    char of[32] = "";
    json_t *did = rm(cli);
    unsigned n = cli->nargs - 1;
    unsigned removed = (unsigned) field_number(did, "removed");

    if (removed < n) {
        snprintf(of, sizeof(of), " of %u", n);
    }

    return grayctl_done(cli, did, "removed %u%s member%s from %s", removed, of,
        grayctl_s(n), cli->args[0]);
}

/* --- drop, purge ------------------------------------------------------------- */

static json_t *
drop(grayctl_t *cli)
{
    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    return grayctl_did(cli,
        gray_control_list_drop(cli->control, cli->args[0],
            grayctl_option_given(cli, "force"), &cli->error),
        json_pack("{s:s}", "list", cli->args[0]));
}

int
grayctl_list_drop(grayctl_t *cli)
{
    return grayctl_done(cli, drop(cli), "dropped list %s", cli->args[0]);
}

static json_t *
purge_remotely(grayctl_t *cli)
{
    json_t *did;
    grayctl_reply_t reply;
    grayctl_request_t request = { .lasting = true };

    if (grayctl_send(cli, &request, &reply) != 0) {
        return NULL;
    }

    did = json_incref(reply.json);
    grayctl_reply_free(&reply);

    return did;
}

static json_t *
purge(grayctl_t *cli)
{
    int failed;
    uint64_t purged = 0;
    grayctl_progress_t progress;

    if (cli->server != NULL) {
        return purge_remotely(cli);
    }

    grayctl_progress_begin(&progress, cli, "members");
    failed = gray_control_list_purge(
        cli->control, &purged, grayctl_progress_tell, &progress, &cli->error);
    grayctl_progress_end(&progress);

    return grayctl_did(
        cli, failed, json_pack("{s:I}", "purged", (json_int_t) purged));
}

int
grayctl_list_purge(grayctl_t *cli)
{
    char count[64];
    json_t *did = purge(cli);

    grayctl_count(count, field_number(did, "purged"),
        "expired or left-over member", "expired or left-over members");

    return grayctl_done(cli, did, "deleted %s", count);
}

/* --- has ------------------------------------------------------------------ */

static void
has_text(const grayctl_t *cli, const char *member, const json_t *has)
{
    char shown[1024], more[2048] = "", time[32];
    const json_t *by = json_object_get(has, "by");
    const char *found = field_text(by, "member");

    gray_escape(shown, sizeof(shown), member, strlen(member));

    if (field_flag(by, "expired")) {
        snprintf(more, sizeof(more), " (it expired %s)",
            field_local(time, by, "expires"));

    } else if (json_is_object(by)
               && strcmp(found, field_text(has, "member")) != 0) {
        snprintf(more, sizeof(more), " (by %s)", found);

    } else if (field_time(by, "expires") != 0) {
        snprintf(more, sizeof(more), " (until %s)",
            field_local(time, by, "expires"));
    }

    grayctl_say(cli, "%s is %sin %s%s", shown,
        field_flag(has, "listed") ? "" : "not ", cli->args[0], more);
}

/* Asks of the first two arguments: those are the list and this member then. */
static json_t *
has_remotely(grayctl_t *cli, int i)
{
    json_t *answer;
    char *first = cli->args[1];

    cli->args[1] = cli->args[i];
    answer = grayctl_ask(cli);
    cli->args[1] = first;

    return answer;
}

/* {"member", "listed", "by", "revision"} of argument i. */
static json_t *
has(grayctl_t *cli, int i)
{
    json_t *answer;
    gray_list_has_t found;

    if (cli->server != NULL) {
        return has_remotely(cli, i);
    }

    if (gray_control_list_has(
            cli->control, cli->args[0], cli->args[i], &found, &cli->error)
        != 0)
    {
        return NULL;
    }

    answer = gray_json_has(cli->args[i], &found);
    json_object_set_new(answer, "revision",
        json_integer((json_int_t) gray_control_revision(cli->control)));

    return answer;
}

/* Exit code 0: all are members; 1: one of them is not. */
int
grayctl_list_has(grayctl_t *cli)
{
    int i;
    bool all = true;
    uint64_t revision = 0;
    json_t *answer, *answers = json_array();

    for (i = 1; i < cli->nargs; i++) {
        answer = has(cli, i);

        if (answer == NULL) {
            json_decref(answers);
            return grayctl_failed(cli);
        }

        all = all && field_flag(answer, "listed");
        revision = field_number(answer, "revision");
        json_object_del(answer, "revision");

        if (!cli->json) {
            has_text(cli, cli->args[i], answer);
        }

        json_array_append_new(answers, answer);
    }

    if (cli->json) {
        grayctl_json_print(
            json_pack("{s:s, s:b, s:O, s:I}", "list", cli->args[0], "listed",
                all, "members", answers, "revision", (json_int_t) revision));
    }

    json_decref(answers);

    return all ? GRAYCTL_OK : GRAYCTL_NO;
}
