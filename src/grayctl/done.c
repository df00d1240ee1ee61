#include <stdarg.h>

#include "done.h"
#include "dry_run.h"
#include "output.h"
#include "report.h"

static int
done_json(const grayctl_t *cli, json_t *more)
{
    json_t *object = gray_json_done(cli->control);

    if (more != NULL) {
        json_object_update(object, more);
        json_decref(more);
    }

    return grayctl_json_print(object);
}

/* `more` with the verb's warnings, when it has any. */
static json_t *
add_warnings(const grayctl_t *cli, json_t *more)
{
    json_t *warnings = grayctl_warnings_json(cli);

    if (warnings != NULL) {
        more = more != NULL ? more : json_object();
        json_object_set_new(more, "warnings", warnings);
    }

    return more;
}

int
grayctl_done(const grayctl_t *cli, json_t *more, const char *format, ...)
{
    int code = GRAYCTL_OK;
    va_list args;

    if (cli->json) {
        more = add_warnings(cli, more);
    }

    if (cli->dry_run != NULL) {
        code = grayctl_dry_run_done(cli, more);

    } else if (cli->json) {
        code = done_json(cli, more);

    } else {
        json_decref(more);

        if (!cli->quiet) {
            va_start(args, format);
            vprintf(format, args);
            va_end(args);
            putchar('\n');
        }
    }

    grayctl_warn_all(cli);

    return code;
}

int
grayctl_failed(grayctl_t *cli)
{
    return grayctl_fail(cli, &cli->error);
}
