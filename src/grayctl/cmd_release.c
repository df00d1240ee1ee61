/* grayctl release: make, replace, print and remove releases. */

#include <stdlib.h>
#include <string.h>

#include "control/document_json.h"
#include "control/release.h"
#include "done.h"
#include "dry_run.h"
#include "fields.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"
#include "variants.h"

static json_t *
names_json(char *const *names, unsigned n)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < n; i++) {
        json_array_append_new(list, json_string(names[i]));
    }

    return list;
}

/* --- create ----------------------------------------------------------------- */

static json_t *
create(grayctl_t *cli, const char *const *variants, unsigned n)
{
    int failed;

    if (cli->server != NULL) {
        return grayctl_ask_with(cli,
            n > 0 ? json_pack("{s:o}", "variants", names_json(cli->args + 1, n))
                  : json_object());
    }

    failed = gray_control_release_create(
        cli->control, cli->args[0], n > 0 ? variants : NULL, n, &cli->errors);

    return grayctl_did(cli, failed, NULL);
}

int
grayctl_release_create(grayctl_t *cli)
{
    int i;
    unsigned n = cli->nargs - 1;
    const char *const *variants = (const char *const *) cli->args + 1;
    const char *fallback = n > 0 ? variants[0] : "stable";
    char others[512] = "gray";
    size_t len = 0;

    for (i = 2; i < cli->nargs && len < sizeof(others); i++) {
        len += snprintf(others + len, sizeof(others) - len, "%s%s",
            i > 2 ? ", " : "", cli->args[i]);
    }

    return grayctl_done(cli, create(cli, variants, n),
        n == 1 ? "made release %s: everyone gets %s"
               : "made release %s: everyone gets %s until a rule says %s",
        cli->args[0], fallback, others);
}

/* --- set --------------------------------------------------------------------- */

/* What is no JSON object is told here, with its line: the server would say of
 * what it takes at all. */
static bool
is_object(grayctl_t *cli, const char *text, size_t len)
{
    bool object;
    gray_document_t document;
    json_t *root = len <= GRAY_DOCUMENT_MAX
                       ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;

    object = json_is_object(root);
    json_decref(root);

    if (!object) {
        (void) gray_document_read(text, len, &document, &cli->errors);
        gray_document_free(&document);
    }

    return object;
}

static json_t *
set_remotely(grayctl_t *cli, const char *text, size_t len)
{
    json_t *did;
    grayctl_reply_t reply;
    grayctl_request_t request = { .text = text, .len = len };

    if (!is_object(cli, text, len) || grayctl_send(cli, &request, &reply) != 0)
    {
        return NULL;
    }

    did = json_incref(reply.json);
    grayctl_reply_free(&reply);

    return did;
}

static json_t *
set(grayctl_t *cli, const char *text, size_t len)
{
    if (cli->server != NULL) {
        return set_remotely(cli, text, len);
    }

    return grayctl_did(cli,
        gray_control_release_set(
            cli->control, cli->args[0], text, len, &cli->errors),
        NULL);
}

static int
set_text(grayctl_t *cli, const char *text, size_t len)
{
    json_t *did = set(cli, text, len);

    if (did == NULL) {
        return grayctl_failed_in(cli, text);
    }

    return grayctl_done(cli, did,
        grayctl_changed(did) ? "set release %s"
                             : "release %s is like that already",
        cli->args[0]);
}

int
grayctl_release_set(grayctl_t *cli)
{
    int code;
    size_t len;
    char *text = NULL;
    FILE *in;
    const char *log = grayctl_option_text(cli, "log", 0);

    if (grayctl_dry_run_begin(cli) != 0
        || (log != NULL && grayctl_input_both(cli, cli->args[1], log)))
    {
        return grayctl_misused(cli, &cli->error);
    }

    in = grayctl_input_open(cli, 1);

    if (in != NULL) {
        text = grayctl_input_read(cli, in, GRAY_DOCUMENT_MAX, &len);
    }

    grayctl_input_close(in);

    if (text == NULL) {
        return grayctl_failed(cli);
    }

    code = set_text(cli, text, len);
    free(text);

    return code;
}

/* --- get --------------------------------------------------------------------- */

/* The document's text, malloc'ed, and its revision. */
static char *
get(grayctl_t *cli, uint64_t *revision)
{
    char *text = NULL;
    grayctl_reply_t reply;
    grayctl_request_t request = { .route = NULL };

    if (cli->server == NULL) {
        return gray_control_release_get(
                   cli->control, cli->args[0], &text, revision, &cli->error)
                       == 0
                   ? text
                   : NULL;
    }

    if (grayctl_send(cli, &request, &reply) != 0) {
        return NULL;
    }

    text = reply.text;
    *revision = reply.revision;
    reply.text = NULL;
    grayctl_reply_free(&reply);

    return text;
}

int
grayctl_release_get(grayctl_t *cli)
{
    uint64_t revision;
    char *text = get(cli, &revision);

    if (text == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(
            json_pack("{s:s, s:I, s:o?}", "release", cli->args[0], "revision",
                (json_int_t) revision, "document", json_loads(text, 0, NULL)));
    } else {
        fputs(text, stdout);
    }

    free(text);

    return GRAYCTL_OK;
}

/* --- rm ---------------------------------------------------------------------- */

static json_t *
rm(grayctl_t *cli)
{
    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    return grayctl_did(cli,
        gray_control_release_rm(cli->control, cli->args[0],
            grayctl_option_given(cli, "force"), &cli->error),
        NULL);
}

int
grayctl_release_rm(grayctl_t *cli)
{
    return grayctl_done(cli, rm(cli), "removed release %s", cli->args[0]);
}

/* --- ls ------------------------------------------------------------------- */

static void
lines_table(const grayctl_t *cli, const json_t *releases)
{
    size_t i;
    bool off;
    grayctl_table_t table;
    const json_t *line;
    static const char *heads[]
        = { "RELEASE", "SWITCH", "VARIANTS", ">RULES", "NOTE", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(json_object_get(releases, "releases"), i, line)
    {
        off = field_flag(line, "off") || field_flag(releases, "all_off");
        grayctl_table_add(&table, field_text(line, "name"));
        grayctl_table_add(&table, off ? "off" : "on");
        grayctl_table_paint(&table, off ? 'r' : 0);
        grayctl_table_variants(&table, line);
        grayctl_table_number(&table, field_number(line, "rules"));
        grayctl_table_add(&table, field_text(line, "note"));
    }

    grayctl_table_end(&table, 0);
}

static json_t *
ls(grayctl_t *cli)
{
    json_t *releases;
    gray_release_lines_t lines;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (gray_control_release_ls(cli->control, &lines, &cli->error) != 0) {
        return NULL;
    }

    releases = gray_json_releases(&lines);
    gray_release_lines_free(&lines);

    return releases;
}

int
grayctl_release_ls(grayctl_t *cli)
{
    json_t *releases = ls(cli);

    if (releases == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(releases);
    }

    if (json_array_size(json_object_get(releases, "releases")) == 0) {
        grayctl_note(cli, "no releases yet: grayctl release create shop");
    } else {
        lines_table(cli, releases);
    }

    json_decref(releases);

    return GRAYCTL_OK;
}
