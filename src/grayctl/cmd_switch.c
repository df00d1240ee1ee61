/* grayctl off, grayctl on: the kill switches. */

#include "control/switch.h"
#include "done.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "remote.h"
#include "report.h"

/* How long to wait for the workers, unless --timeout says. */
#define TIMEOUT_MS 5000

static void
say(const grayctl_t *cli, const char *release, const json_t *switched)
{
    bool off = field_flag(switched, "off");
    const char *who = release ? release : "every release";
    const char *store = field_text(switched, "store");
    char all[64] = "";

    if (release == NULL && !off) {
        who = "the switch over all";
        snprintf(all, sizeof(all), " (a release's own switch stays)");
    }

    grayctl_say(cli, "%s is %s%s%s: %s", who, off ? "off" : "on", all,
        field_flag(switched, "changed") ? "" : ", as it was",
        off ? "everyone gets the default" : "rules and splits decide again");

    if (!field_flag(switched, "counters")) {
        grayctl_say(cli, "no counters file: whether workers saw it is unknown");

    } else if (field_number(switched, "workers") == 0) {
        grayctl_say(cli, "no nginx worker uses this store now");

    } else {
        grayctl_say(cli, "%u/%u workers confirmed, %u ms",
            (unsigned) field_number(switched, "confirmed"),
            (unsigned) field_number(switched, "workers"),
            (unsigned) field_number(switched, "elapsed_ms"));
    }

    if (*store != '\0') {
        grayctl_note(cli,
            "grayctl: the switch is set, but the change is not in the "
            "audit: %s",
            store);

    } else if (!field_flag(switched, "audited")) {
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

/* What the server says of it, with the error that it may have beside. */
static json_t *
turn_remotely(grayctl_t *cli, uint64_t timeout, bool *failed)
{
    json_t *switched, *error;
    grayctl_reply_t reply;
    grayctl_request_t request
        = { .body = json_pack("{s:I}", "timeout_ms", (json_int_t) timeout),
              .more_ms = timeout };

    if (grayctl_send(cli, &request, &reply) != 0) {
        return NULL;
    }

    switched = json_incref(reply.json);
    error = json_object_get(switched, "error");
    *failed = error != NULL;

    if (*failed) {
        gray_json_read_error(error, &cli->error);
        json_object_del(switched, "error");
    }

    grayctl_reply_free(&reply);

    return switched;
}

/* NULL: it is not set. With *failed it may be set all the same. */
static json_t *
turn(grayctl_t *cli, bool off, bool *failed)
{
    gray_switched_t switched = { 0 };
    uint64_t timeout = grayctl_option_number(cli, "timeout", TIMEOUT_MS);

    if (cli->server != NULL) {
        return turn_remotely(cli, timeout, failed);
    }

    *failed = gray_control_switch(cli->control, cli->args[0], off,
                  (unsigned) timeout, NULL, NULL, &switched, &cli->error)
              != 0;

    return *failed && switched.generation == 0
               ? NULL
               : gray_json_switched(cli->args[0], &switched);
}

static int
turn_and_tell(grayctl_t *cli, bool off)
{
    bool failed, all = grayctl_option_given(cli, "all");
    const char *release = cli->args[0];
    json_t *switched;

    if (all == (release != NULL)) {
        return misused(cli, off ? "off" : "on", all);
    }

    switched = turn(cli, off, &failed);

    if (switched == NULL) {
        return grayctl_failed(cli);
    }

    if (cli->json) {
        grayctl_json_print(json_incref(switched));
    } else {
        say(cli, release, switched);
    }

    json_decref(switched);

    return failed ? grayctl_failed(cli) : GRAYCTL_OK;
}

int
grayctl_off(grayctl_t *cli)
{
    return turn_and_tell(cli, true);
}

int
grayctl_on(grayctl_t *cli)
{
    return turn_and_tell(cli, false);
}
