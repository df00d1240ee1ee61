/* grayctl off, grayctl on: the kill switches. */

#include "control/switch.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "report.h"

/* How long to wait for the workers, unless --timeout says. */
#define TIMEOUT_MS 5000

static void
say(const grayctl_t *cli, const char *release, const gray_switched_t *switched)
{
    const char *who = release ? release : "every release";
    char all[64] = "";

    if (release == NULL && !switched->off) {
        who = "the switch over all";
        snprintf(all, sizeof(all), " (a release's own switch stays)");
    }

    grayctl_say(cli, "%s is %s%s%s: %s", who, switched->off ? "off" : "on", all,
        switched->changed ? "" : ", as it was",
        switched->off ? "everyone gets the default"
                      : "rules and splits decide again");

    if (!switched->counters) {
        grayctl_say(cli, "no counters file: whether workers saw it is unknown");

    } else if (switched->workers == 0) {
        grayctl_say(cli, "no nginx worker uses this store now");

    } else {
        grayctl_say(cli, "%u/%u workers confirmed, %u ms", switched->confirmed,
            switched->workers, switched->elapsed_ms);
    }

    if (*switched->store != '\0') {
        grayctl_note(cli,
            "grayctl: the switch is set, but the change is not in the "
            "audit: %s",
            switched->store);

    } else if (!switched->audited) {
        grayctl_note(cli, "grayctl: the change could not be written to the "
                          "audit; the switch itself holds it");
    }
}

static int
misused(grayctl_t *cli, const char *verb, bool both)
{
    gray_error_set(&cli->error, GRAY_EINVALID,
        both ? "%s: a release and --all do not go together"
             : "%s: RELEASE is missing",
        verb);
    gray_error_hint(&cli->error,
        "grayctl %s RELEASE, or grayctl %s --all for the switch over all", verb,
        verb);

    return grayctl_misused(cli, &cli->error);
}

static int
turn(grayctl_t *cli, bool off)
{
    int failed;
    bool all = grayctl_option_given(cli, "all");
    const char *release = cli->args[0];
    gray_switched_t switched = { 0 };

    if (all == (release != NULL)) {
        return misused(cli, off ? "off" : "on", all);
    }

    failed = gray_control_switch(cli->control, release, off,
        (unsigned) grayctl_option_number(cli, "timeout", TIMEOUT_MS), NULL,
        NULL, &switched, &cli->error);

    /* It may be set all the same: say both. */
    if (failed && switched.generation == 0) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(gray_json_switched(release, &switched));
    } else {
        say(cli, release, &switched);
    }

    return failed ? grayctl_failed(cli) : GRAYCTL_OK;
}

int
grayctl_off(grayctl_t *cli)
{
    return turn(cli, true);
}

int
grayctl_on(grayctl_t *cli)
{
    return turn(cli, false);
}
