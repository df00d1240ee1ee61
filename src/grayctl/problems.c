#include "problems.h"
#include "control/json.h"
#include "report.h"

void
grayctl_problems_begin(
    grayctl_problems_t *problems, const grayctl_t *cli, const char *what)
{
    problems->cli = cli;
    problems->list = json_array();
    grayctl_progress_begin(&problems->progress, cli, what);
}

void
grayctl_problems_tell(void *data, const gray_error_t *problem)
{
    grayctl_problems_t *problems = data;

    if (problems->cli->json) {
        json_array_append_new(problems->list, gray_json_error(problem));
        return;
    }

    grayctl_progress_end(&problems->progress);
    grayctl_fail(problems->cli, problem);
}

int
grayctl_problems_fail(
    const grayctl_problems_t *problems, const gray_error_t *error)
{
    json_t *top;

    if (!problems->cli->json || json_array_size(problems->list) == 0) {
        return grayctl_fail(problems->cli, error);
    }

    fflush(stdout);
    top = json_pack("{s:o, s:O}", "error", gray_json_error(error), "errors",
        problems->list);
    json_dumpf(top, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(top);

    return grayctl_exit_code(error->code);
}

int
grayctl_problems_progress(void *data, uint64_t done)
{
    grayctl_problems_t *problems = data;

    return grayctl_progress_tell(&problems->progress, done);
}
