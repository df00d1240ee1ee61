/* grayctl list ls: the lists, or one list's members. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/list.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "report.h"

/* How many members are asked for at once. */
#define PAGE 256

/* --- all lists -------------------------------------------------------------- */

static void
add_users(grayctl_table_t *table, const gray_list_line_t *line)
{
    unsigned i;
    char text[256] = "-";
    size_t len = 0;

    for (i = 0; i < line->nusers && i < 3 && len < sizeof(text); i++) {
        len += snprintf(text + len, sizeof(text) - len, "%s%s",
            i > 0 ? ", " : "", line->users[i]);
    }

    if (i < line->nusers && len < sizeof(text)) {
        snprintf(
            text + len, sizeof(text) - len, " and %u more", line->nusers - i);
    }

    grayctl_table_add(table, text);
}

static void
lines_table(const grayctl_t *cli, const gray_list_lines_t *lines)
{
    unsigned i;
    char time[32];
    grayctl_table_t table;
    const gray_list_line_t *line;
    static const char *heads[]
        = { "LIST", "KIND", ">MEMBERS", "CHANGED", "USED BY", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < lines->n; i++) {
        line = &lines->lines[i];
        grayctl_table_add(&table, line->name);
        grayctl_table_add(&table, gray_list_kind_name(line->kind));

        if (line->kind == GRAY_LIST_LIVE) {
            grayctl_table_add(&table, "memcached");
        } else {
            grayctl_table_number(&table, line->count);
        }

        grayctl_table_add(&table, grayctl_time(time, line->changed));
        add_users(&table, line);
    }

    grayctl_table_end(&table, 0);
}

static int
all_lists(grayctl_t *cli)
{
    gray_list_lines_t lines;

    if (gray_control_list_ls(cli->control, &lines, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_lists(&lines));

    } else if (lines.n == 0) {
        grayctl_note(cli, "no lists yet: grayctl list create testers");

    } else {
        lines_table(cli, &lines);
    }

    gray_list_lines_free(&lines);

    return GRAYCTL_OK;
}

/* --- one list's members ----------------------------------------------------- */

static void
member_row(grayctl_table_t *table, const gray_member_line_t *member)
{
    char time[32];

    grayctl_table_add(table, member->identity);
    grayctl_table_addf(table, "%s%s",
        member->expiry ? grayctl_time(time, member->expiry) : "never",
        member->expired ? " (expired)" : "");
    grayctl_table_paint(table, member->expired ? 'd' : 0);
    grayctl_table_add(table, member->note);
}

/* What is collected while the pages come. */
typedef struct {
    grayctl_t *cli;
    json_t *list;
    grayctl_table_t table;
    uint64_t n;
    char last[256];
} members_t;

static void
take_member(members_t *members, const gray_member_line_t *member)
{
    if (members->cli->json) {
        json_array_append_new(members->list, gray_json_member(member));
    } else {
        member_row(&members->table, member);
    }

    memcpy(members->last, member->identity, sizeof(members->last));
    members->n++;
}

/* Asks page by page. Returns 1 when there are more than `limit`, 0 when these
 * were all, -1 on error. */
static int
take_pages(members_t *members, uint64_t limit, const char *after)
{
    int i, n;
    gray_error_t *error = &members->cli->error;
    gray_member_line_t *page = calloc(PAGE, sizeof(*page));

    if (page == NULL) {
        return gray_error_set(error, GRAY_ESYSTEM, "no memory");
    }

    do {
        n = gray_control_list_members(members->cli->control,
            members->cli->args[0], members->n ? members->last : after, page,
            PAGE, error);

        for (i = 0; i < n && members->n < limit; i++) {
            take_member(members, &page[i]);
        }
    } while (n == PAGE && members->n < limit);

    free(page);

    return n < 0 ? -1 : i < n || (n == PAGE && members->n == limit);
}

static int
one_list(grayctl_t *cli)
{
    int more;
    uint64_t limit = grayctl_option_number(cli, "limit", 50);
    members_t members = { .cli = cli, .list = json_array() };
    static const char *heads[] = { "MEMBER", "EXPIRES", "NOTE", NULL };

    grayctl_table_begin(&members.table, cli, heads);
    more = take_pages(&members, limit, grayctl_option_text(cli, "after", 0));

    if (cli->json && more >= 0) {
        grayctl_json_print(
            json_pack("{s:s, s:I, s:O, s:b}", "name", cli->args[0], "revision",
                (json_int_t) gray_control_revision(cli->control), "members",
                members.list, "more", more));
    }

    json_decref(members.list);

    if (more < 0) {
        grayctl_table_drop(&members.table);
        return grayctl_failed(cli);
    }

    if (!cli->json && members.n == 0) {
        grayctl_note(cli, "%s has no members: grayctl list add %s MEMBER",
            cli->args[0], cli->args[0]);
        grayctl_table_drop(&members.table);
        return GRAYCTL_OK;
    }

    if (!cli->json) {
        grayctl_table_end(&members.table, 0);
    }

    if (more) {
        grayctl_note(cli,
            "there are more: --limit N, or grayctl list export "
            "%s",
            cli->args[0]);
    }

    return GRAYCTL_OK;
}

int
grayctl_list_ls(grayctl_t *cli)
{
    return cli->nargs > 0 ? one_list(cli) : all_lists(cli);
}
