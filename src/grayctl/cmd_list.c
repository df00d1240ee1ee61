/* grayctl list: make and drop lists, add, remove and ask for members. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/list.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "progress.h"
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

int
grayctl_list_create(grayctl_t *cli)
{
    json_t *more;
    gray_list_kind_t kind;
    const char *name = cli->args[0];

    if (read_kind(cli, &kind) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    if (gray_control_list_create(cli->control, name, kind, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    more = json_pack(
        "{s:s, s:s}", "list", name, "kind", gray_list_kind_name(kind));

    if (kind == GRAY_LIST_LIVE) {
        return grayctl_done(cli, more,
            "made live list %s; nginx.conf says where it stands: "
            "gray_memcached %s 127.0.0.1:11211;",
            name, name);
    }

    return grayctl_done(cli, more, "made %s list %s; it is empty",
        gray_list_kind_name(kind), name);
}

static void
explain_added(char *text, size_t size, const gray_list_added_t *added)
{
    size_t len = 0;

    *text = '\0';

    if (added->updated > 0) {
        len = snprintf(text, size, ", %u updated", added->updated);
    }

    if (added->same > 0 && len < size) {
        snprintf(text + len, size - len, ", %u there already", added->same);
    }
}

int
grayctl_list_add(grayctl_t *cli)
{
    char rest[64], count[64];
    gray_list_added_t added;

    if (gray_control_list_add(cli->control, cli->args[0],
            (const char *const *) cli->args + 1, cli->nargs - 1,
            grayctl_option_seconds(cli, "ttl"),
            grayctl_option_text(cli, "note", 0), &added, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    explain_added(rest, sizeof(rest), &added);

    return grayctl_done(cli,
        json_pack("{s:s, s:i, s:i, s:i}", "list", cli->args[0], "added",
            (int) added.added, "updated", (int) added.updated, "same",
            (int) added.same),
        "added %s to %s%s",
        grayctl_count(count, added.added, "member", "members"), cli->args[0],
        rest);
}

int
grayctl_list_rm(grayctl_t *cli)
{
    char of[32] = "";
    unsigned removed, n = cli->nargs - 1;

    if (gray_control_list_rm(cli->control, cli->args[0],
            (const char *const *) cli->args + 1, n, &removed, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    if (removed < n) {
        snprintf(of, sizeof(of), " of %u", n);
    }

    return grayctl_done(cli,
        json_pack("{s:s, s:i}", "list", cli->args[0], "removed", (int) removed),
        "removed %u%s member%s from %s", removed, of, grayctl_s(n),
        cli->args[0]);
}

int
grayctl_list_drop(grayctl_t *cli)
{
    if (gray_control_list_drop(cli->control, cli->args[0],
            grayctl_option_given(cli, "force"), &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, json_pack("{s:s}", "list", cli->args[0]),
        "dropped list %s", cli->args[0]);
}

int
grayctl_list_purge(grayctl_t *cli)
{
    int failed;
    uint64_t purged;
    char count[64];
    grayctl_progress_t progress;

    grayctl_progress_begin(&progress, cli, "members");
    failed = gray_control_list_purge(
        cli->control, &purged, grayctl_progress_tell, &progress, &cli->error);
    grayctl_progress_end(&progress);

    if (failed) {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, json_pack("{s:I}", "purged", (json_int_t) purged),
        "deleted %s",
        grayctl_count(count, purged, "expired or left-over member",
            "expired or left-over members"));
}

/* --- has ------------------------------------------------------------------ */

static void
has_text(const grayctl_t *cli, const char *member, const gray_list_has_t *has)
{
    char shown[1024], more[2048] = "", time[32];

    gray_escape(shown, sizeof(shown), member, strlen(member));

    if (has->found && has->by.expired) {
        snprintf(more, sizeof(more), " (it expired %s)",
            grayctl_time(time, has->by.expiry));

    } else if (has->found && strcmp(has->by.identity, member) != 0) {
        snprintf(more, sizeof(more), " (by %s)", has->by.identity);

    } else if (has->found && has->by.expiry != 0) {
        snprintf(more, sizeof(more), " (until %s)",
            grayctl_time(time, has->by.expiry));
    }

    grayctl_say(cli, "%s is %sin %s%s", shown, has->listed ? "" : "not ",
        cli->args[0], more);
}

/* Exit code 0: all are members; 1: one of them is not. */
int
grayctl_list_has(grayctl_t *cli)
{
    int i;
    bool all = true;
    gray_list_has_t has;
    json_t *answers = json_array();

    for (i = 1; i < cli->nargs; i++) {
        if (gray_control_list_has(
                cli->control, cli->args[0], cli->args[i], &has, &cli->error)
            != 0)
        {
            json_decref(answers);
            return grayctl_failed(cli);
        }

        all = all && has.listed;

        if (cli->json) {
            json_array_append_new(answers, gray_json_has(cli->args[i], &has));
        } else {
            has_text(cli, cli->args[i], &has);
        }
    }

    if (cli->json) {
        grayctl_json_print(json_pack("{s:s, s:b, s:O, s:I}", "list",
            cli->args[0], "listed", all, "members", answers, "revision",
            (json_int_t) gray_control_revision(cli->control)));
    }

    json_decref(answers);

    return all ? GRAYCTL_OK : GRAYCTL_NO;
}
