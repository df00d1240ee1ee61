#include <stdarg.h>

#include "done.h"
#include "dry_run.h"
#include "output.h"
#include "report.h"

json_t *
grayctl_did(const grayctl_t *cli, int failed, json_t *more)
{
    json_t *did;

    if (failed) {
        json_decref(more);
        return NULL;
    }

    did = cli->dry_run != NULL ? gray_json_dry_run(cli->control, cli->dry_run)
                               : gray_json_done(cli->control);
    json_object_update_missing(did, more);
    json_decref(more);

    return did;
}

bool
grayctl_changed(const json_t *did)
{
    return json_is_true(json_object_get(did, "changed"));
}

static void
say(const grayctl_t *cli, const char *format, va_list args)
{
    if (!cli->quiet) {
        vprintf(format, args);
        putchar('\n');
    }
}

int
grayctl_done(grayctl_t *cli, json_t *did, const char *format, ...)
{
    int code = GRAYCTL_OK;
    va_list args;

    if (did == NULL) {
        return grayctl_failed(cli);
    }

    if (json_is_true(json_object_get(did, "dry_run"))) {
        code = grayctl_dry_run_done(cli, did);

    } else if (cli->json) {
        code = grayctl_json_print(json_incref(did));

    } else {
        va_start(args, format);
        say(cli, format, args);
        va_end(args);
    }

    grayctl_warn_all(cli, did);
    json_decref(did);

    return code;
}

int
grayctl_failed(grayctl_t *cli)
{
    return grayctl_failed_in(cli, NULL);
}

int
grayctl_failed_in(grayctl_t *cli, const char *text)
{
    return cli->errors.n > 0 ? grayctl_fail_all(cli, &cli->errors, text)
                             : grayctl_fail_in(cli, &cli->error, text);
}
