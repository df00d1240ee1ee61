/* grayctl weight, promote, release reshuffle: how large a part gets which
 * variant. */

#include "done.h"
#include "dry_run.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"
#include "weighed.h"
#include "weights.h"

static json_t *
weight_remotely(
    grayctl_t *cli, const char *rule, const grayctl_weights_t *weights)
{
    json_t *body = json_pack("{s:s?}", "rule", rule);

    if (body != NULL
        && grayctl_weights_json(cli, weights, "weights", body) != 0) {
        json_decref(body);
        return NULL;
    }

    return grayctl_ask_with(cli, body);
}

static json_t *
set_weight(grayctl_t *cli, const char *rule, const grayctl_weights_t *weights)
{
    int failed;
    gray_weighed_t weighed;

    if (cli->server != NULL) {
        return weight_remotely(cli, rule, weights);
    }

    failed = gray_control_weight(cli->control, cli->args[0], rule,
        &weights->weights, &weighed, &cli->error);

    return grayctl_did(cli, failed,
        failed ? NULL : gray_json_weighed(cli->args[0], rule, &weighed));
}

int
grayctl_weight(grayctl_t *cli)
{
    grayctl_weights_t weights;
    const char *rule = grayctl_option_text(cli, "rule", 0);

    if (grayctl_weights_read(cli, cli->args + 1, cli->nargs - 1, &weights) != 0
        || grayctl_dry_run_begin(cli) != 0)
    {
        return grayctl_misused(cli, &cli->error);
    }

    return grayctl_weighed(cli, set_weight(cli, rule, &weights));
}

static json_t *
promote(grayctl_t *cli)
{
    int failed;
    gray_weighed_t weighed;

    if (cli->server != NULL) {
        return grayctl_ask_with(
            cli, json_pack("{s:s}", "variant", cli->args[1]));
    }

    failed = gray_control_promote(
        cli->control, cli->args[0], cli->args[1], &weighed, &cli->error);

    return grayctl_did(cli, failed,
        failed ? NULL : gray_json_weighed(cli->args[0], NULL, &weighed));
}

int
grayctl_promote(grayctl_t *cli)
{
    return grayctl_weighed(cli, promote(cli));
}

static json_t *
reshuffle(grayctl_t *cli)
{
    int failed;
    gray_reshuffled_t reshuffled = { .moved = 0 };

    if (cli->server != NULL) {
        return grayctl_ask(cli);
    }

    failed = gray_control_reshuffle(
        cli->control, cli->args[0], &reshuffled, &cli->error);

    return grayctl_did(cli, failed,
        json_pack("{s:s, s:s, s:f}", "release", cli->args[0], "salt",
            reshuffled.salt, "moved_percent", gray_share(reshuffled.moved)));
}

int
grayctl_release_reshuffle(grayctl_t *cli)
{
    json_t *did = reshuffle(cli);
    double moved = field_share(did, "moved_percent");

    if (did == NULL || moved == 0) {
        return grayctl_done(cli, did,
            "release %s is reshuffled: nobody moves now, and other people come "
            "first next time",
            cli->args[0]);
    }

    return grayctl_done(cli, did,
        "release %s is reshuffled: the weights stay, but other people get "
        "them: up to about %.1f%% of those whom a split divides get another "
        "variant at their next request",
        cli->args[0], moved);
}
