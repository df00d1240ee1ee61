/* grayctl explain: which variant a request gets, and why. */

#include <stdlib.h>
#include <string.h>

#include "control/explain.h"
#include "control/json.h"
#include "control/log_line.h"
#include "control/time_text.h"
#include "done.h"
#include "explain_report.h"
#include "lives.h"
#include "options.h"
#include "remote.h"
#include "report.h"

/* The question, and what it points to. */
typedef struct {
    gray_explain_t question;
    grayctl_lives_t lives;
    gray_explain_attribute_t *attributes;
    int nreleases; /* arguments that name the release: 1 or 0      */
    char release[GRAY_NAME_MAX + 1]; /* the line's                   */
    const char *log; /* --log: as it was given; NULL: none           */
    char *text;      /* … and what `line` points to                  */
    gray_log_line_t line;
} asked_t;

/* "device_id=phone-42": splits the argument in place. */
static int
read_attribute(grayctl_t *cli, char *word, gray_explain_attribute_t *attribute)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals == word) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "'%s' is no attribute with a value", word);
        return gray_error_hint(&cli->error, "write it like device_id=phone-42");
    }

    *equals = '\0';
    attribute->name = word;
    attribute->value.data = equals + 1;
    attribute->value.len = strlen(equals + 1);

    return 0;
}

static int
read_time(grayctl_t *cli, uint64_t *now)
{
    const char *text = grayctl_option_text(cli, "at", 0);

    if (text == NULL
        || gray_time_parse((gray_str_t){ strlen(text), text }, now)) {
        return 0;
    }

    gray_error_set(&cli->error, GRAY_EINVALID, "--at: '%s' is no time", text);

    return gray_error_hint(&cli->error, "write it like 2026-01-31T12:00:00Z");
}

/* The first argument, unless it is an attribute: then the line names it. */
static int
read_release(grayctl_t *cli, asked_t *asked)
{
    asked->log = grayctl_option_text(cli, "log", 0);

    if (cli->nargs > 0 && strchr(cli->args[0], '=') == NULL) {
        asked->nreleases = 1;
        asked->question.release = cli->args[0];
        return 0;
    }

    if (asked->log != NULL) {
        return 0;
    }

    gray_error_set(&cli->error, GRAY_EINVALID, "explain: RELEASE is missing");

    return gray_error_hint(&cli->error,
        "such as: grayctl explain shop device_id=phone-42; or give --log LINE");
}

static int
read_question(grayctl_t *cli, asked_t *asked)
{
    int i;
    gray_explain_t *question = &asked->question;

    question->attributes = asked->attributes;

    if (read_release(cli, asked) != 0) {
        return -1;
    }

    for (i = asked->nreleases; i < cli->nargs; i++) {
        if (read_attribute(
                cli, cli->args[i], &asked->attributes[question->nattributes++])
            != 0)
        {
            return -1;
        }
    }

    if (grayctl_lives_read(cli, &asked->lives) != 0
        || read_time(cli, &question->now) != 0)
    {
        return -1;
    }

    question->lives = asked->lives.lives;
    question->nlives = asked->lives.n;

    return 0;
}

/* --- a line of a log -------------------------------------------------------- */

static int
check_line(grayctl_t *cli, asked_t *asked)
{
    const gray_log_line_t *line = &asked->line;
    const char *release = asked->question.release;

    if (line->release.len == 0 || line->variant.len == 0) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "the line has no decision: the request ended before it");
        return -1;
    }

    if (release == NULL) {
        memcpy(asked->release, line->release.data, line->release.len);
        asked->question.release = asked->release;
        return 0;
    }

    if (line->release.len != strlen(release)
        || memcmp(line->release.data, release, line->release.len) != 0)
    {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "the line is of release '%.*s'", (int) line->release.len,
            line->release.data);
        return gray_error_hint(&cli->error, "grayctl explain %.*s --log LINE",
            (int) line->release.len, line->release.data);
    }

    return 0;
}

/* The line's attributes come after those that were typed, which so count
 * more. A name is followed by a byte of the line, which may become its NUL. */
static void
add_attributes(asked_t *asked)
{
    unsigned i;
    gray_log_line_t *line = &asked->line;
    gray_explain_attribute_t *attribute;

    for (i = 0; i < line->nattributes; i++) {
        attribute = &asked->attributes[asked->question.nattributes++];
        attribute->name = line->attributes[i].name.data;
        attribute->value = line->attributes[i].value;
        asked->text[attribute->name - asked->text
                    + (ptrdiff_t) line->attributes[i].name.len]
            = '\0';
    }
}

static int
read_line(grayctl_t *cli, asked_t *asked)
{
    if (asked->log == NULL) {
        return 0;
    }

    asked->text = strdup(asked->log);

    if (asked->text == NULL) {
        return gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
    }

    if (gray_log_line_parse(
            asked->text, strlen(asked->text), &asked->line, &cli->error)
            != 0
        || check_line(cli, asked) != 0)
    {
        return -1;
    }

    add_attributes(asked);

    return 0;
}

/* --- asking ----------------------------------------------------------------- */

/* Attributes that were given twice: the first counts. NULL: what is not
 * UTF-8. */
static json_t *
question_json(const gray_explain_t *question)
{
    unsigned i;
    bool sound = true;
    json_t *attributes = json_object();
    const gray_explain_attribute_t *one;

    for (i = 0; i < question->nattributes; i++) {
        one = &question->attributes[i];

        if (json_object_get(attributes, one->name) == NULL) {
            sound &= json_object_set_new(attributes, one->name,
                         json_stringn(one->value.data, one->value.len))
                     == 0;
        }
    }

    if (!sound) {
        json_decref(attributes);
        return NULL;
    }

    return json_pack("{s:o, s:o, s:o}", "attributes", attributes, "live",
        grayctl_lives_json(question->lives, question->nlives), "at",
        gray_json_time(question->now));
}

/* The release may be the line's, and no argument. */
static json_t *
ask_there(grayctl_t *cli, const gray_explain_t *question)
{
    json_t *explained;
    char *first = cli->args[0];
    int nargs = cli->nargs;

    cli->args[0] = (char *) question->release;
    cli->nargs = 1;
    explained = grayctl_ask_with(cli, question_json(question));
    cli->args[0] = first;
    cli->nargs = nargs;

    return explained;
}

static json_t *
ask(grayctl_t *cli, const gray_explain_t *question)
{
    json_t *explained;
    gray_explanation_t explanation;

    if (cli->server != NULL) {
        return ask_there(cli, question);
    }

    if (gray_control_explain(cli->control, question, &explanation, &cli->error)
        != 0)
    {
        return NULL;
    }

    explained = gray_json_explanation(&explanation);
    gray_explanation_free(&explanation);

    return explained;
}

static int
explain(grayctl_t *cli, asked_t *asked)
{
    json_t *explained;

    if (read_question(cli, asked) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    if (read_line(cli, asked) != 0) {
        return grayctl_fail_in(cli, &cli->error, asked->log);
    }

    explained = ask(cli, &asked->question);

    if (explained == NULL) {
        return grayctl_failed(cli);
    }

    return grayctl_explanation_print(
        cli, explained, asked->log != NULL ? &asked->line : NULL);
}

int
grayctl_explain(grayctl_t *cli)
{
    int code = GRAYCTL_FAILED;
    asked_t asked = { 0 };

    asked.attributes = calloc(
        cli->nargs + GRAY_LOG_ATTRIBUTES_MAX, sizeof(*asked.attributes));

    if (asked.attributes != NULL) {
        code = explain(cli, &asked);
    }

    free(asked.attributes);
    free(asked.text);

    return code;
}
