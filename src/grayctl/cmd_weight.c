/* grayctl weight, promote, release reshuffle: how large a part gets which
 * variant. */

#include "done.h"
#include "dry_run.h"
#include "options.h"
#include "report.h"
#include "variants.h"
#include "weighed.h"
#include "weights.h"

int
grayctl_weight(grayctl_t *cli)
{
    gray_weighed_t weighed;
    grayctl_weights_t weights;
    const char *rule = grayctl_option_text(cli, "rule", 0);

    if (grayctl_weights_read(cli, cli->args + 1, cli->nargs - 1, &weights) != 0
        || grayctl_dry_run_begin(cli) != 0)
    {
        return grayctl_misused(cli, &cli->error);
    }

    if (gray_control_weight(cli->control, cli->args[0], rule, &weights.weights,
            &weighed, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_weighed(cli, rule, &weighed);
}

int
grayctl_promote(grayctl_t *cli)
{
    gray_weighed_t weighed;

    if (gray_control_promote(
            cli->control, cli->args[0], cli->args[1], &weighed, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    return grayctl_weighed(cli, NULL, &weighed);
}

int
grayctl_release_reshuffle(grayctl_t *cli)
{
    json_t *more;
    gray_reshuffled_t reshuffled;

    if (gray_control_reshuffle(
            cli->control, cli->args[0], &reshuffled, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    more = json_pack("{s:s, s:s, s:o}", "release", cli->args[0], "salt",
        reshuffled.salt, "moved_percent",
        json_real(gray_share(reshuffled.moved)));

    if (reshuffled.moved == 0) {
        return grayctl_done(cli, more,
            "release %s is reshuffled: nobody moves now, and other people come "
            "first next time",
            cli->args[0]);
    }

    return grayctl_done(cli, more,
        "release %s is reshuffled: the weights stay, but other people get "
        "them: up to about %.1f%% of those whom a split divides get another "
        "variant at their next request",
        cli->args[0], gray_share(reshuffled.moved));
}
