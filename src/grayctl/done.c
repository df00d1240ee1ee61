#include <stdarg.h>

#include "done.h"
#include "dry_run.h"
#include "output.h"
#include "report.h"

static int
done_json(const grayctl_t *cli, json_t *more)
{
    json_t *object
        = json_pack("{s:b, s:I}", "changed", gray_control_changed(cli->control),
            "revision", (json_int_t) gray_control_revision(cli->control));

    if (more != NULL) {
        json_object_update(object, more);
        json_decref(more);
    }

    return grayctl_json_print(object);
}

int
grayctl_done(const grayctl_t *cli, json_t *more, const char *format, ...)
{
    va_list args;

    if (cli->dry_run != NULL) {
        return grayctl_dry_run_done(cli, more);
    }

    if (cli->json) {
        return done_json(cli, more);
    }

    json_decref(more);

    if (!cli->quiet) {
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        putchar('\n');
    }

    return GRAYCTL_OK;
}

int
grayctl_failed(grayctl_t *cli)
{
    return grayctl_fail(cli, &cli->error);
}
