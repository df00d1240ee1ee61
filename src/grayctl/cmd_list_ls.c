/* grayctl list ls: the lists, or one list's members. */

#define _GNU_SOURCE /* open_memstream */
#include <stdlib.h>
#include <string.h>

#include "control/list.h"
#include "done.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"

/* How many members are asked for at once: of the store, and of a server. */
#define PAGE 256
#define REMOTE_PAGE 1000

/* --- all lists -------------------------------------------------------------- */

static void
add_users(grayctl_table_t *table, const json_t *users)
{
    size_t i, n = json_array_size(users), len = 0;
    char text[256] = "-";

    for (i = 0; i < n && i < 3 && len < sizeof(text); i++) {
        len += snprintf(text + len, sizeof(text) - len, "%s%s",
            i > 0 ? ", " : "", json_string_value(json_array_get(users, i)));
    }

    if (i < n && len < sizeof(text)) {
        snprintf(text + len, sizeof(text) - len, " and %zu more", n - i);
    }

    grayctl_table_add(table, text);
}

static void
lines_table(const grayctl_t *cli, const json_t *lists)
{
    size_t i;
    char time[32];
    const json_t *line;
    grayctl_table_t table;
    static const char *heads[]
        = { "LIST", "KIND", ">MEMBERS", "CHANGED", "USED BY", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(lists, i, line)
    {
        grayctl_table_add(&table, field_text(line, "name"));
        grayctl_table_add(&table, field_text(line, "kind"));

        if (json_is_null(json_object_get(line, "count"))) {
            grayctl_table_add(&table, "memcached");
        } else {
            grayctl_table_number(&table, field_number(line, "count"));
        }

        grayctl_table_add(&table, field_local(time, line, "changed"));
        add_users(&table, json_object_get(line, "used_by"));
    }

    grayctl_table_end(&table, 0);
}

static json_t *
get_lists(grayctl_t *cli)
{
    json_t *lists;
    gray_list_lines_t lines;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (gray_control_list_ls(cli->control, &lines, &cli->error) != 0) {
        return NULL;
    }

    lists = gray_json_lists(&lines);
    gray_list_lines_free(&lines);

    return lists;
}

static int
all_lists(grayctl_t *cli)
{
    const json_t *lines;
    json_t *lists = get_lists(cli);

    if (lists == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(lists);
    }

    lines = json_object_get(lists, "lists");

    if (json_array_size(lines) == 0) {
        grayctl_note(cli, "no lists yet: grayctl list create testers");
    } else {
        lines_table(cli, lines);
    }

    json_decref(lists);

    return GRAYCTL_OK;
}

/* --- one list's members ----------------------------------------------------- */

static void
member_row(grayctl_table_t *table, const json_t *member)
{
    char time[32];
    bool expired = field_flag(member, "expired");

    grayctl_table_add(table, field_text(member, "member"));
    grayctl_table_addf(table, "%s%s",
        field_time(member, "expires") != 0
            ? field_local(time, member, "expires")
            : "never",
        expired ? " (expired)" : "");
    grayctl_table_paint(table, expired ? 'd' : 0);
    grayctl_table_add(table, field_text(member, "note"));
}

/* What is collected while the pages come. */
typedef struct {
    grayctl_t *cli;
    json_t *list;
    grayctl_table_t table;
    uint64_t limit;
    uint64_t n;
    uint64_t revision;
} members_t;

static void
take_member(members_t *members, json_t *member)
{
    if (members->cli->json) {
        json_array_append(members->list, member);
    } else {
        member_row(&members->table, member);
    }

    members->n++;
}

/* The store's pages. Returns 1 when there are more than the limit, 0 when
 * these were all, -1 on error. */
static int
take_stored(members_t *members, const char *after)
{
    int i, n;
    json_t *member;
    grayctl_t *cli = members->cli;
    gray_member_line_t *page = calloc(PAGE, sizeof(*page));
    char last[sizeof(page->identity)];

    if (page == NULL) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    do {
        n = gray_control_list_members(cli->control, cli->args[0],
            members->n ? last : after, page, PAGE, &cli->error);

        for (i = 0; i < n && members->n < members->limit; i++) {
            member = gray_json_member(&page[i]);
            take_member(members, member);
            json_decref(member);
            memcpy(last, page[i].identity, sizeof(last));
        }
    } while (n == PAGE && members->n < members->limit);

    members->revision = gray_control_revision(cli->control);
    free(page);

    return n < 0 ? -1 : i < n || (n == PAGE && members->n == members->limit);
}

/* What goes on after this member, whatever bytes it has. */
static char *
after_bytes(const char *member)
{
    char *text = malloc(2 * strlen(member) + 5), *to = text;

    if (text != NULL) {
        to += sprintf(to, "hex:");
        for (; *member != '\0'; member++) {
            to += sprintf(to, "%02x", (unsigned char) *member);
        }
    }

    return text;
}

/* One page of a server. NULL: cli->error. */
static json_t *
get_page(const members_t *members, const char *after)
{
    char *query = NULL;
    size_t size;
    uint64_t left = members->limit - members->n;
    json_t *page = NULL;
    grayctl_reply_t reply;
    grayctl_request_t request = { .route = NULL };
    FILE *out = open_memstream(&query, &size);

    if (out == NULL) {
        gray_error_set(&members->cli->error, GRAY_ESYSTEM, "no memory");
        return NULL;
    }

    fprintf(out, "limit=%u",
        left < REMOTE_PAGE ? (unsigned) (left > 0 ? left : 1) : REMOTE_PAGE);

    if (after != NULL) {
        fputs("&after=", out);
        grayctl_encode(out, after);
    }

    fclose(out);
    request.query = query;

    if (grayctl_send(members->cli, &request, &reply) == 0) {
        page = json_incref(reply.json);
        grayctl_reply_free(&reply);
    }

    free(query);

    return page;
}

/* A server's pages, as take_stored. */
static int
take_asked(members_t *members, const char *first)
{
    size_t i;
    bool more;
    json_t *page, *member;
    char *after = first != NULL ? after_bytes(first) : NULL;

    do {
        page = get_page(members, after);
        free(after);
        after = NULL;

        if (page == NULL) {
            return -1;
        }

        json_array_foreach(json_object_get(page, "members"), i, member)
        {
            if (members->n < members->limit) {
                take_member(members, member);
            }
        }

        members->revision = field_number(page, "revision");
        more = *field_text(page, "next") != '\0'
               || (members->limit == 0 && i > 0);
        after = more ? strdup(field_text(page, "next")) : NULL;
        json_decref(page);
    } while (more && members->n < members->limit);

    free(after);

    return more;
}

static int
one_list(grayctl_t *cli)
{
    int more;
    const char *after = grayctl_option_text(cli, "after", 0);
    members_t members = { .cli = cli,
        .list = json_array(),
        .limit = grayctl_option_number(cli, "limit", 50) };
    static const char *heads[] = { "MEMBER", "EXPIRES", "NOTE", NULL };

    grayctl_table_begin(&members.table, cli, heads);
    more = cli->server != NULL ? take_asked(&members, after)
                               : take_stored(&members, after);

    if (cli->json && more >= 0) {
        grayctl_json_print(json_pack("{s:s, s:I, s:O, s:b}", "name",
            cli->args[0], "revision", (json_int_t) members.revision, "members",
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
