/* grayctl rule: who gets which variant. */

#include <string.h>

#include "control/rule.h"
#include "done.h"
#include "dry_run.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "variants.h"
#include "weights.h"

/* --first and --before NAME. -1 with a usage error when both are there. */
static int
read_place(grayctl_t *cli, gray_rule_place_t *place)
{
    bool first = grayctl_option_given(cli, "first");

    place->before = grayctl_option_text(cli, "before", 0);
    place->where = first           ? GRAY_RULE_FIRST
                   : place->before ? GRAY_RULE_BEFORE
                                   : GRAY_RULE_LAST;

    if (first && place->before != NULL) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--first and --before do not go together");
        return gray_error_hint(&cli->error, "give one of them");
    }

    return 0;
}

/* What the rule gives: weights when the word has a "=", which no variant's
 * name can hold. */
static int
read_outcome(grayctl_t *cli, bool split, grayctl_weights_t *weights)
{
    if (split) {
        return grayctl_weights_read(cli, cli->args + 2, 1, weights);
    }

    if (grayctl_option_given(cli, "by")) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--by: rule '%s' gives '%s' to everyone whom it concerns, and "
            "divides nobody",
            cli->args[1], cli->args[2]);
        return gray_error_hint(&cli->error,
            "leave it out, or give a part of them: %s=10", cli->args[2]);
    }

    return 0;
}

int
grayctl_rule_add(grayctl_t *cli)
{
    int failed;
    char **args = cli->args;
    bool split = strchr(args[2], '=') != NULL;
    gray_rule_place_t place;
    grayctl_weights_t weights;

    if (read_place(cli, &place) != 0 || read_outcome(cli, split, &weights) != 0
        || grayctl_dry_run_begin(cli) != 0)
    {
        return grayctl_misused(cli, &cli->error);
    }

    failed = split ? gray_control_rule_add_split(cli->control, args[0], args[1],
                 &weights.weights, args[3], &place, &cli->error)
                   : gray_control_rule_add(cli->control, args[0], args[1],
                       args[2], args[3], &place, &cli->error);

    if (failed) {
        return grayctl_fail_in(cli, &cli->error, args[3]);
    }

    return grayctl_done(cli, NULL, "added rule %s to %s: %s if %s", args[1],
        args[0], args[2], args[3]);
}

int
grayctl_rule_rm(grayctl_t *cli)
{
    if (gray_control_rule_rm(
            cli->control, cli->args[0], cli->args[1], &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_done(
        cli, NULL, "removed rule %s from %s", cli->args[1], cli->args[0]);
}

int
grayctl_rule_mv(grayctl_t *cli)
{
    gray_rule_place_t place;

    if (read_place(cli, &place) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    if (gray_control_rule_mv(
            cli->control, cli->args[0], cli->args[1], &place, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    if (!gray_control_changed(cli->control)) {
        return grayctl_done(
            cli, NULL, "rule %s is in that place already", cli->args[1]);
    }

    if (place.where == GRAY_RULE_BEFORE) {
        return grayctl_done(cli, NULL, "moved rule %s of %s before %s",
            cli->args[1], cli->args[0], place.before);
    }

    return grayctl_done(cli, NULL, "moved rule %s of %s to the %s place",
        cli->args[1], cli->args[0],
        place.where == GRAY_RULE_FIRST ? "first" : "last");
}

int
grayctl_rule_rename(grayctl_t *cli)
{
    char **args = cli->args;

    if (gray_control_rule_rename(
            cli->control, args[0], args[1], args[2], &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_done(
        cli, NULL, "renamed rule %s of %s to %s", args[1], args[0], args[2]);
}

/* --- ls ------------------------------------------------------------------- */

static void
lines_table(const grayctl_t *cli, const gray_rule_lines_t *lines)
{
    unsigned i;
    grayctl_table_t table;
    static const char *heads[] = { ">", "RULE", "GIVES", ">HITS", "IF", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < lines->n; i++) {
        grayctl_table_number(&table, i + 1);
        grayctl_table_add(&table, lines->lines[i].name);
        grayctl_table_add(&table, lines->lines[i].outcome);
        if (lines->lines[i].counted) {
            grayctl_table_number(&table, lines->lines[i].hits);
        } else {
            grayctl_table_add(&table, "-");
        }
        grayctl_table_add(&table, lines->lines[i].condition);
    }

    grayctl_table_add(&table, "");
    grayctl_table_add(&table, "");
    grayctl_table_add(&table, lines->fallback);
    grayctl_table_add(&table, "");
    grayctl_table_add(&table, "no rule holds");
    grayctl_table_end(&table, 0);
}

int
grayctl_rule_ls(grayctl_t *cli)
{
    gray_rule_lines_t lines;

    if (gray_control_rule_ls(cli->control, cli->args[0], &lines, &cli->error)
        != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_rules(cli->args[0], &lines));
    } else {
        lines_table(cli, &lines);
    }

    gray_rule_lines_free(&lines);

    return GRAYCTL_OK;
}
