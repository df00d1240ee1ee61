/* grayctl replay: who would change, of recorded requests. */

#include <stdlib.h>

#include "control/release.h"
#include "done.h"
#include "input.h"
#include "lives.h"
#include "options.h"
#include "output.h"
#include "replay_report.h"
#include "report.h"

static int
replay(grayctl_t *cli, gray_replay_t *question)
{
    int code;
    json_t *json = NULL;

    code = grayctl_replay_file(
        cli, question, cli->nargs > 1 ? cli->args[1] : "-", &json);

    return json != NULL ? grayctl_json_print(json) : code;
}

/* The proposed document. NULL with cli->error set. */
static char *
read_document(grayctl_t *cli, const char *file, size_t *len)
{
    char *text = NULL;
    FILE *in = grayctl_input_open_file(cli, file);

    if (in != NULL) {
        text = grayctl_input_read(cli, in, GRAY_DOCUMENT_MAX, len);
    }

    grayctl_input_close(in);

    return text;
}

int
grayctl_replay(grayctl_t *cli)
{
    int code;
    char *text = NULL;
    grayctl_lives_t lives;
    gray_replay_t question = { .release = cli->args[0] };
    const char *file = grayctl_option_text(cli, "file", 0);

    if (grayctl_lives_read(cli, &lives) != 0
        || (file != NULL && grayctl_input_both(cli, file, cli->args[1])))
    {
        return grayctl_misused(cli, &cli->error);
    }

    question.lives = lives.lives;
    question.nlives = lives.n;

    if (file != NULL) {
        text = read_document(cli, file, &question.len);
        if (text == NULL) {
            return grayctl_failed(cli);
        }
        question.document = text;
    }

    code = replay(cli, &question);
    free(text);

    return code;
}
