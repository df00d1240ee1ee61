/* grayctl release: make, replace, print and remove releases. */

#include <stdlib.h>
#include <string.h>

#include "control/release.h"
#include "done.h"
#include "dry_run.h"
#include "input.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "variants.h"

int
grayctl_release_create(grayctl_t *cli)
{
    int i;
    unsigned n = cli->nargs - 1;
    gray_errors_t errors;
    const char *const *variants = (const char *const *) cli->args + 1;
    const char *fallback = n > 0 ? variants[0] : "stable";
    char others[512] = "gray";
    size_t len = 0;

    if (gray_control_release_create(
            cli->control, cli->args[0], n > 0 ? variants : NULL, n, &errors)
        != 0)
    {
        return grayctl_fail_all(cli, &errors, NULL);
    }

    for (i = 2; i < cli->nargs && len < sizeof(others); i++) {
        len += snprintf(others + len, sizeof(others) - len, "%s%s",
            i > 2 ? ", " : "", cli->args[i]);
    }

    return grayctl_done(cli, NULL,
        n == 1 ? "made release %s: everyone gets %s"
               : "made release %s: everyone gets %s until a rule says %s",
        cli->args[0], fallback, others);
}

int
grayctl_release_set(grayctl_t *cli)
{
    int code;
    size_t len;
    char *text = NULL;
    gray_errors_t errors;
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

    if (gray_control_release_set(cli->control, cli->args[0], text, len, &errors)
        != 0)
    {
        code = grayctl_fail_all(cli, &errors, text);

    } else if (gray_control_changed(cli->control)) {
        code = grayctl_done(cli, NULL, "set release %s", cli->args[0]);

    } else {
        code = grayctl_done(
            cli, NULL, "release %s is like that already", cli->args[0]);
    }

    free(text);

    return code;
}

int
grayctl_release_get(grayctl_t *cli)
{
    char *text;
    uint64_t revision;
    json_t *document;

    if (gray_control_release_get(
            cli->control, cli->args[0], &text, &revision, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        document = json_loads(text, 0, NULL);
        grayctl_json_print(
            json_pack("{s:s, s:I, s:o?}", "release", cli->args[0], "revision",
                (json_int_t) revision, "document", document));
    } else {
        fputs(text, stdout);
    }

    free(text);

    return GRAYCTL_OK;
}

int
grayctl_release_rm(grayctl_t *cli)
{
    if (gray_control_release_rm(cli->control, cli->args[0],
            grayctl_option_given(cli, "force"), &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_done(cli, NULL, "removed release %s", cli->args[0]);
}

/* --- ls ------------------------------------------------------------------- */

static void
lines_table(const grayctl_t *cli, const gray_release_lines_t *lines)
{
    unsigned i;
    bool off;
    grayctl_table_t table;
    const gray_release_line_t *line;
    static const char *heads[]
        = { "RELEASE", "SWITCH", "VARIANTS", ">RULES", "NOTE", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < lines->n; i++) {
        line = &lines->lines[i];
        off = line->off || lines->all_off;
        grayctl_table_add(&table, line->name);
        grayctl_table_add(&table, off ? "off" : "on");
        grayctl_table_paint(&table, off ? 'r' : 0);
        grayctl_table_variants(&table, line);
        grayctl_table_number(&table, line->nrules);
        grayctl_table_add(&table, line->note);
    }

    grayctl_table_end(&table, 0);
}

int
grayctl_release_ls(grayctl_t *cli)
{
    gray_release_lines_t lines;

    if (gray_control_release_ls(cli->control, &lines, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_releases(&lines));

    } else if (lines.n == 0) {
        grayctl_note(cli, "no releases yet: grayctl release create shop");

    } else {
        lines_table(cli, &lines);
    }

    gray_release_lines_free(&lines);

    return GRAYCTL_OK;
}
