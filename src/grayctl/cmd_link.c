/* grayctl link: signed overrides. */

#include <stdlib.h>
#include <string.h>

#include "control/link.h"
#include "control/running.h"
#include "done.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "qr.h"
#include "remote.h"
#include "report.h"

/* How long a link lives, unless --ttl says. */
#define TTL (2 * 3600)

/* --- making ------------------------------------------------------------------ */

/* The parameter that --param or a running nginx names. */
static const char *
find_parameter(const grayctl_t *cli, const gray_running_t *running)
{
    const char *given = grayctl_option_text(cli, "param", 0);
    const char *found = gray_running_override(running, cli->args[0]);

    return given != NULL ? given : found != NULL ? found : GRAY_LINK_PARAMETER;
}

/* The address to open; NULL and 0: the host is not known. */
static int
make_url(grayctl_t *cli, const char *token, const char *host,
    const char *parameter, char **url)
{
    const char *scheme = grayctl_option_text(cli, "scheme", 0);
    const char *path = grayctl_option_text(cli, "path", 0);

    *url = NULL;

    if (*host == '\0') {
        return 0;
    }

    *url = gray_link_url(scheme ? scheme : "https", host, path ? path : "/",
        parameter, token, &cli->error);

    return *url != NULL ? 0 : -1;
}

static json_t *
make_here(grayctl_t *cli, const char *host, uint64_t ttl)
{
    char *url;
    json_t *made = NULL;
    const char *parameter;
    gray_link_t link;
    gray_running_t running;

    if (gray_control_link(cli->control, cli->args[0], cli->args[1], host, ttl,
            &link, &cli->error)
            != 0
        || gray_control_running(cli->control, &running, &cli->error) != 0)
    {
        return NULL;
    }

    parameter = find_parameter(cli, &running);

    if (make_url(cli, link.token, host, parameter, &url) == 0) {
        made = gray_json_link_made(&link, parameter, url, &running);
        free(url);
    }

    gray_running_free(&running);

    return made;
}

/* A member of the request's body, when the option was given. */
static void
add_option(
    const grayctl_t *cli, const char *option, const char *member, json_t *body)
{
    const char *text = grayctl_option_text(cli, option, 0);

    if (text != NULL) {
        json_object_set_new(body, member, gray_json_text(text));
    }
}

static json_t *
make(grayctl_t *cli, const char *host, uint64_t ttl)
{
    json_t *body;

    if (cli->server == NULL) {
        return make_here(cli, host, ttl);
    }

    body = json_pack("{s:s, s:s, s:I}", "release", cli->args[0], "variant",
        cli->args[1], "ttl", (json_int_t) ttl);
    add_option(cli, "host", "host", body);
    add_option(cli, "path", "path", body);
    add_option(cli, "scheme", "scheme", body);
    add_option(cli, "param", "parameter", body);

    return grayctl_ask_with(cli, body);
}

static void
say(const grayctl_t *cli, const json_t *made)
{
    char time[32];
    const char *host = field_text(made, "host"), *url = field_text(made, "url");

    grayctl_say(cli, "link     %s", field_text(made, "id"));
    grayctl_say(cli, "for      %s of %s, %s%s", field_text(made, "variant"),
        field_text(made, "release"), *host ? "at " : "any host", host);
    grayctl_say(cli, "expires  %s", field_local(time, made, "expires"));

    if (cli->quiet) {
        puts(*url ? url : field_text(made, "token"));
        return;
    }

    printf("token    %s\n", field_text(made, "token"));

    if (*url) {
        printf("url      %s\n", url);
    } else {
        printf("url      any address of %s with its parameter %s\n",
            field_text(made, "release"), field_text(made, "parameter"));
    }
}

static int
show(grayctl_t *cli, const json_t *made)
{
    if (json_is_false(json_object_get(made, "taken"))
        && !grayctl_option_given(cli, "param"))
    {
        grayctl_note(cli,
            "grayctl: the running nginx takes no overrides for '%s': add "
            "\"gray_override %s;\" where its \"gray %s\" is",
            cli->args[0], field_text(made, "parameter"), cli->args[0]);
    }

    say(cli, made);

    if (grayctl_option_given(cli, "qr")
        && grayctl_qr_print(field_text(made, "url"), cli->color) != 0)
    {
        gray_error_set(
            &cli->error, GRAY_ESYSTEM, "the address does not fit a QR code");
        return grayctl_failed(cli);
    }

    return GRAYCTL_OK;
}

/* What would be found only after the link is made. */
static int
check_options(grayctl_t *cli, const char *host)
{
    const char *param = grayctl_option_text(cli, "param", 0);
    char *url;

    if (*host == '\0'
        && (grayctl_option_given(cli, "qr") || grayctl_option_given(cli, "path")
            || grayctl_option_given(cli, "scheme")))
    {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "link: --qr, --path and --scheme need an address");
        gray_error_hint(&cli->error, "say where: --host shop.example.com");
        return grayctl_misused(cli, &cli->error);
    }

    if (make_url(cli, "", host, param ? param : GRAY_LINK_PARAMETER, &url) != 0)
    {
        return grayctl_failed(cli);
    }

    free(url);

    return GRAYCTL_OK;
}

int
grayctl_link(grayctl_t *cli)
{
    int code;
    json_t *made;
    const char *host = grayctl_option_text(cli, "host", 0);
    uint64_t ttl = grayctl_option_given(cli, "ttl")
                       ? grayctl_option_seconds(cli, "ttl")
                       : TTL;

    host = host != NULL ? host : "";
    code = check_options(cli, host);

    if (code != GRAYCTL_OK) {
        return code;
    }

    made = make(cli, host, ttl);

    if (made == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(made);
    }

    code = show(cli, made);
    json_decref(made);

    return code;
}

/* --- listing ----------------------------------------------------------------- */

/* A state as it is read, and as it is shown. */
static const char *
state_text(const char *state)
{
    return strcmp(state, gray_link_state_name(GRAY_LINK_NO_KEY)) == 0
               ? "key replaced"
               : state;
}

static void
lines_table(const grayctl_t *cli, const json_t *links)
{
    size_t i;
    char time[32];
    const char *host, *state;
    const json_t *line;
    grayctl_table_t table;
    static const char *heads[] = { "LINK", "RELEASE", "VARIANT", "HOST",
        "EXPIRES", "WHO", "STATE", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(links, i, line)
    {
        host = field_text(line, "host");
        state = field_text(line, "state");
        grayctl_table_add(&table, field_text(line, "id"));
        grayctl_table_add(&table, field_text(line, "release"));
        grayctl_table_add(&table, field_text(line, "variant"));
        grayctl_table_add(&table, *host ? host : "any");
        grayctl_table_add(&table, field_local(time, line, "expires"));
        grayctl_table_add(&table, field_text(line, "user"));
        grayctl_table_add(&table, state_text(state));

        if (strcmp(state, gray_link_state_name(GRAY_LINK_VALID)) != 0) {
            grayctl_table_paint(&table, 'd');
        }
    }

    grayctl_table_end(&table, 0);
}

static json_t *
ls(grayctl_t *cli)
{
    json_t *links;
    gray_link_lines_t lines;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (gray_control_link_ls(cli->control, &lines, &cli->error) != 0) {
        return NULL;
    }

    links = gray_json_links(&lines);
    gray_link_lines_free(&lines);

    return links;
}

int
grayctl_link_ls(grayctl_t *cli)
{
    const json_t *lines;
    json_t *links = ls(cli);

    if (links == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(links);
    }

    lines = json_object_get(links, "links");

    if (json_array_size(lines) == 0) {
        grayctl_note(cli, "no links: grayctl link shop gray --ttl 2h");
    } else {
        lines_table(cli, lines);
    }

    json_decref(links);

    return GRAYCTL_OK;
}

/* --- taking back ------------------------------------------------------------- */

/* `word` NULL: all. */
static json_t *
revoke(grayctl_t *cli, const char *word)
{
    int failed;
    char id[GRAY_TOKEN_ID_TEXT] = "";

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (word == NULL) {
        return grayctl_did(
            cli, gray_control_link_revoke_all(cli->control, &cli->error), NULL);
    }

    failed = gray_control_link_revoke(cli->control, word, id, &cli->error);

    return grayctl_did(cli, failed, json_pack("{s:s}", "id", id));
}

int
grayctl_link_revoke(grayctl_t *cli)
{
    bool all = grayctl_option_given(cli, "all");
    const char *word = cli->args[0];
    char id[64];
    json_t *did;

    if (all == (word != NULL)) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            all ? "link revoke: a link and --all do not go together"
                : "link revoke: LINK is missing");
        gray_error_hint(&cli->error,
            "grayctl link revoke LINK, as link ls shows it, or grayctl link "
            "revoke --all");
        return grayctl_misused(cli, &cli->error);
    }

    did = revoke(cli, word);

    if (all) {
        return grayctl_done(cli, did,
            grayctl_changed(did)
                ? "both keys are replaced: no link made before is valid"
                : "no link was ever made");
    }

    snprintf(id, sizeof(id), "%s", field_text(did, "id"));

    return grayctl_done(cli, did,
        grayctl_changed(did) ? "link %s is revoked"
                             : "link %s was revoked already",
        id);
}

static json_t *
rotate(grayctl_t *cli)
{
    int failed;
    uint32_t key = 0;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    failed = gray_control_link_rotate(cli->control, &key, &cli->error);

    return grayctl_did(
        cli, failed, json_pack("{s:I}", "key", (json_int_t) key));
}

int
grayctl_link_rotate(grayctl_t *cli)
{
    json_t *did = rotate(cli);

    return grayctl_done(cli, did,
        "key %u signs from now on; links of the key before it stay valid until "
        "the next rotation",
        (unsigned) field_number(did, "key"));
}
