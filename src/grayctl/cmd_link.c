/* grayctl link: signed overrides. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/link.h"
#include "control/running.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "qr.h"
#include "report.h"

/* How long a link lives, unless --ttl says. */
#define TTL (2 * 3600)

/* --- making ------------------------------------------------------------------ */

/* The parameter that --param or a running nginx names, in `parameter`. */
static int
find_parameter(grayctl_t *cli, const char *release, char parameter[64])
{
    const char *found = grayctl_option_text(cli, "param", 0);
    bool given = found != NULL;
    gray_running_t running;

    if (gray_control_running(cli->control, &running, &cli->error) != 0) {
        return -1;
    }

    if (!given) {
        found = gray_running_override(&running, release);
    }

    if (found == NULL) {
        found = GRAY_LINK_PARAMETER;

        if (gray_running_release(&running, release) != 0) {
            grayctl_note(cli,
                "grayctl: the running nginx takes no overrides for '%s': add "
                "\"gray_override %s;\" where its \"gray %s\" is",
                release, found, release);
        }
    }

    snprintf(parameter, 64, "%s", found);
    gray_running_free(&running);

    return 0;
}

/* The address to open; NULL and 0: the host is not known. */
static int
make_url(grayctl_t *cli, const gray_link_t *link, const char *host,
    const char *parameter, char **url)
{
    const char *scheme = grayctl_option_text(cli, "scheme", 0);
    const char *path = grayctl_option_text(cli, "path", 0);

    *url = NULL;

    if (*host == '\0') {
        return 0;
    }

    *url = gray_link_url(scheme ? scheme : "https", host, path ? path : "/",
        parameter, link->token, &cli->error);

    return *url != NULL ? 0 : -1;
}

static void
say(const grayctl_t *cli, const gray_link_t *link, const char *url,
    const char *parameter)
{
    char time[32];
    const gray_link_line_t *line = &link->line;

    grayctl_say(cli, "link     %s", line->id);
    grayctl_say(cli, "for      %s of %s, %s%s", line->variant, line->release,
        *line->host ? "at " : "any host", line->host);
    grayctl_say(cli, "expires  %s", grayctl_time(time, line->expiry));

    if (cli->quiet) {
        puts(url != NULL ? url : link->token);
        return;
    }

    printf("token    %s\n", link->token);

    if (url != NULL) {
        printf("url      %s\n", url);
    } else {
        printf("url      any address of %s with its parameter %s\n",
            line->release, parameter);
    }
}

static int
show(grayctl_t *cli, const gray_link_t *link, const char *url,
    const char *parameter)
{
    json_t *object;

    if (cli->json) {
        object = gray_json_link(&link->line);
        json_object_set_new(object, "token", json_string(link->token));
        json_object_set_new(object, "parameter", json_string(parameter));
        json_object_set_new(
            object, "url", url != NULL ? json_string(url) : json_null());
        return grayctl_json_print(object);
    }

    say(cli, link, url, parameter);

    if (grayctl_option_given(cli, "qr")
        && grayctl_qr_print(url, cli->color) != 0) {
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
    gray_link_t none = { .token = "" };
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

    if (make_url(cli, &none, host, param ? param : GRAY_LINK_PARAMETER, &url)
        != 0) {
        return grayctl_failed(cli);
    }

    free(url);

    return GRAYCTL_OK;
}

int
grayctl_link(grayctl_t *cli)
{
    int code;
    char *url, parameter[64];
    gray_link_t link;
    const char *host = grayctl_option_text(cli, "host", 0);
    uint64_t ttl = grayctl_option_given(cli, "ttl")
                       ? grayctl_option_seconds(cli, "ttl")
                       : TTL;

    host = host != NULL ? host : "";
    code = check_options(cli, host);

    if (code != GRAYCTL_OK) {
        return code;
    }

    if (gray_control_link(cli->control, cli->args[0], cli->args[1], host, ttl,
            &link, &cli->error)
            != 0
        || find_parameter(cli, cli->args[0], parameter) != 0
        || make_url(cli, &link, host, parameter, &url) != 0)
    {
        return grayctl_failed(cli);
    }

    code = show(cli, &link, url, parameter);
    free(url);

    return code;
}

/* --- listing ----------------------------------------------------------------- */

static void
lines_table(const grayctl_t *cli, const gray_link_lines_t *lines)
{
    unsigned i;
    char time[32];
    grayctl_table_t table;
    const gray_link_line_t *line;
    static const char *const states[] = { "valid", "revoked", "key replaced" };
    static const char *heads[] = { "LINK", "RELEASE", "VARIANT", "HOST",
        "EXPIRES", "WHO", "STATE", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < lines->n; i++) {
        line = &lines->lines[i];
        grayctl_table_add(&table, line->id);
        grayctl_table_add(&table, line->release);
        grayctl_table_add(&table, line->variant);
        grayctl_table_add(&table, *line->host ? line->host : "any");
        grayctl_table_add(&table, grayctl_time(time, line->expiry));
        grayctl_table_add(&table, line->user);
        grayctl_table_add(&table, states[line->state]);

        if (line->state != GRAY_LINK_VALID) {
            grayctl_table_paint(&table, 'd');
        }
    }

    grayctl_table_end(&table, 0);
}

int
grayctl_link_ls(grayctl_t *cli)
{
    gray_link_lines_t lines;

    if (gray_control_link_ls(cli->control, &lines, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_links(&lines));

    } else if (lines.n == 0) {
        grayctl_note(cli, "no links: grayctl link shop gray --ttl 2h");

    } else {
        lines_table(cli, &lines);
    }

    gray_link_lines_free(&lines);

    return GRAYCTL_OK;
}

/* --- taking back ------------------------------------------------------------- */

static int
revoke_all(grayctl_t *cli)
{
    if (gray_control_link_revoke_all(cli->control, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, NULL,
        gray_control_changed(cli->control)
            ? "both keys are replaced: no link made before is valid"
            : "no link was ever made");
}

int
grayctl_link_revoke(grayctl_t *cli)
{
    bool all = grayctl_option_given(cli, "all");
    const char *word = cli->args[0];
    char id[GRAY_TOKEN_ID_TEXT];

    if (all == (word != NULL)) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            all ? "link revoke: a link and --all do not go together"
                : "link revoke: LINK is missing");
        gray_error_hint(&cli->error,
            "grayctl link revoke LINK, as link ls shows it, or grayctl link "
            "revoke --all");
        return grayctl_misused(cli, &cli->error);
    }

    if (all) {
        return revoke_all(cli);
    }

    if (gray_control_link_revoke(cli->control, word, id, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, json_pack("{s:s}", "id", id),
        gray_control_changed(cli->control) ? "link %s is revoked"
                                           : "link %s was revoked already",
        id);
}

int
grayctl_link_rotate(grayctl_t *cli)
{
    uint32_t key;

    if (gray_control_link_rotate(cli->control, &key, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, json_pack("{s:I}", "key", (json_int_t) key),
        "key %u signs from now on; links of the key before it stay valid until "
        "the next rotation",
        (unsigned) key);
}
