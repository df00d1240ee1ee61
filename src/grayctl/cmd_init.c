/* grayctl init, grayctl migrate: the store as a whole. */

#include "control/migrate.h"
#include "done.h"
#include "options.h"
#include "output.h"

int
grayctl_init(grayctl_t *cli)
{
    gray_init_t chosen;

    if (gray_control_init(cli->store, grayctl_option_text(cli, "group", 0),
            NULL, &chosen, &cli->error)
        != 0)
    {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(json_pack("{s:o, s:s, s:i, s:s, s:b}",
            "store", gray_json_text(cli->store), "group", chosen.group, "gid",
            (int) chosen.gid, "reason", chosen.reason, "completed",
            chosen.completed));
    }

    if (chosen.completed) {
        grayctl_say(cli, "completed the store %s for group %s (%s)", cli->store,
            chosen.group, chosen.reason);
        return GRAYCTL_OK;
    }

    grayctl_say(cli, "made the store %s for group %s (%s)", cli->store,
        chosen.group, chosen.reason);
    grayctl_say(cli,
        "put this into nginx.conf, inside http { }:    gray_store %s;",
        cli->store);

    if (chosen.no_user) {
        grayctl_say(cli,
            "and this at its top, since it names no user, and its workers "
            "could not read the store:    user %s;",
            chosen.group);
    }

    return GRAYCTL_OK;
}

int
grayctl_migrate(grayctl_t *cli)
{
    unsigned from, to;

    if (gray_control_migrate(cli->store, &from, &to, &cli->error) != 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        return grayctl_json_print(json_pack("{s:b, s:i, s:i}", "changed",
            from != to, "from", (int) from, "to", (int) to));
    }

    if (from == to) {
        grayctl_say(cli, "nothing to do: the store has schema %u already", to);
    } else {
        grayctl_say(cli, "the store has schema %u now (it was %u)", to, from);
    }

    return GRAYCTL_OK;
}
