/* grayctl rule: who gets which variant. */

#include <string.h>

#include "control/rule.h"
#include "done.h"
#include "dry_run.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"
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

/* --- add -------------------------------------------------------------------- */

/* Where it goes, into a body. */
static json_t *
with_place(json_t *body, const gray_rule_place_t *place)
{
    json_object_set_new(body,
        place->where == GRAY_RULE_FIRST    ? "first"
        : place->where == GRAY_RULE_BEFORE ? "before"
                                           : "last",
        place->where == GRAY_RULE_BEFORE ? json_string(place->before)
                                         : json_true());

    return body;
}

static json_t *
add_remotely(grayctl_t *cli, const grayctl_weights_t *weights,
    const gray_rule_place_t *place)
{
    char **args = cli->args;
    json_t *body = json_pack("{s:s, s:s}", "name", args[1], "if", args[3]);

    if (weights == NULL) {
        json_object_set_new(body, "variant", json_string(args[2]));
    } else if (grayctl_weights_json(cli, weights, "split", body) != 0) {
        json_decref(body);
        return NULL;
    }

    return grayctl_ask_with(cli, with_place(body, place));
}

/* `weights` NULL: it gives a variant. */
static json_t *
add(grayctl_t *cli, const grayctl_weights_t *weights,
    const gray_rule_place_t *place)
{
    int failed;
    char **args = cli->args;

    if (cli->server != NULL) {
        return add_remotely(cli, weights, place);
    }

    failed = weights != NULL
                 ? gray_control_rule_add_split(cli->control, args[0], args[1],
                     &weights->weights, args[3], place, &cli->error)
                 : gray_control_rule_add(cli->control, args[0], args[1],
                     args[2], args[3], place, &cli->error);

    return grayctl_did(cli, failed, NULL);
}

int
grayctl_rule_add(grayctl_t *cli)
{
    char **args = cli->args;
    bool split = strchr(args[2], '=') != NULL;
    gray_rule_place_t place;
    grayctl_weights_t weights;
    json_t *did;

    if (read_place(cli, &place) != 0 || read_outcome(cli, split, &weights) != 0
        || grayctl_dry_run_begin(cli) != 0)
    {
        return grayctl_misused(cli, &cli->error);
    }

    did = add(cli, split ? &weights : NULL, &place);

    if (did == NULL) {
        return grayctl_failed_in(cli, args[3]);
    }

    return grayctl_done(cli, did, "added rule %s to %s: %s if %s", args[1],
        args[0], args[2], args[3]);
}

/* --- rm, mv, rename ---------------------------------------------------------- */

static json_t *
rm(grayctl_t *cli)
{
    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    return grayctl_did(cli,
        gray_control_rule_rm(
            cli->control, cli->args[0], cli->args[1], &cli->error),
        NULL);
}

int
grayctl_rule_rm(grayctl_t *cli)
{
    return grayctl_done(
        cli, rm(cli), "removed rule %s from %s", cli->args[1], cli->args[0]);
}

static json_t *
mv(grayctl_t *cli, const gray_rule_place_t *place)
{
    if (cli->server != NULL) {
        return grayctl_ask_with(cli, with_place(json_object(), place));
    }

    return grayctl_did(cli,
        gray_control_rule_mv(
            cli->control, cli->args[0], cli->args[1], place, &cli->error),
        NULL);
}

int
grayctl_rule_mv(grayctl_t *cli)
{
    json_t *did;
    gray_rule_place_t place;

    if (read_place(cli, &place) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    did = mv(cli, &place);

    if (did != NULL && !grayctl_changed(did)) {
        return grayctl_done(
            cli, did, "rule %s is in that place already", cli->args[1]);
    }

    if (place.where == GRAY_RULE_BEFORE) {
        return grayctl_done(cli, did, "moved rule %s of %s before %s",
            cli->args[1], cli->args[0], place.before);
    }

    return grayctl_done(cli, did, "moved rule %s of %s to the %s place",
        cli->args[1], cli->args[0],
        place.where == GRAY_RULE_FIRST ? "first" : "last");
}

static json_t *
rename_rule(grayctl_t *cli)
{
    char **args = cli->args;

    if (cli->server != NULL) {
        return grayctl_ask_with(cli, json_pack("{s:s}", "name", args[2]));
    }

    return grayctl_did(cli,
        gray_control_rule_rename(
            cli->control, args[0], args[1], args[2], &cli->error),
        NULL);
}

int
grayctl_rule_rename(grayctl_t *cli)
{
    char **args = cli->args;

    return grayctl_done(cli, rename_rule(cli), "renamed rule %s of %s to %s",
        args[1], args[0], args[2]);
}

/* --- ls ------------------------------------------------------------------- */

static void
lines_table(const grayctl_t *cli, const json_t *rules)
{
    size_t i;
    const json_t *rule, *hits;
    grayctl_table_t table;
    static const char *heads[] = { ">", "RULE", "GIVES", ">HITS", "IF", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(json_object_get(rules, "rules"), i, rule)
    {
        grayctl_table_number(&table, i + 1);
        grayctl_table_add(&table, field_text(rule, "name"));
        grayctl_table_add(&table, field_text(rule, "outcome"));

        hits = json_object_get(rule, "hits");
        if (json_is_integer(hits)) {
            grayctl_table_number(&table, field_number(rule, "hits"));
        } else {
            grayctl_table_add(&table, "-");
        }

        grayctl_table_add(&table, field_text(rule, "if"));
    }

    grayctl_table_add(&table, "");
    grayctl_table_add(&table, "");
    grayctl_table_add(&table, field_text(rules, "fallback"));
    grayctl_table_add(&table, "");
    grayctl_table_add(&table, "no rule holds");
    grayctl_table_end(&table, 0);
}

static json_t *
ls(grayctl_t *cli)
{
    json_t *rules;
    gray_rule_lines_t lines;

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    if (gray_control_rule_ls(cli->control, cli->args[0], &lines, &cli->error)
        != 0) {
        return NULL;
    }

    rules = gray_json_rules(cli->args[0], &lines);
    gray_rule_lines_free(&lines);

    return rules;
}

int
grayctl_rule_ls(grayctl_t *cli)
{
    json_t *rules = ls(cli);

    if (rules == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(rules);
    }

    lines_table(cli, rules);
    json_decref(rules);

    return GRAYCTL_OK;
}
