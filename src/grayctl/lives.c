#include "lives.h"

#include <string.h>

#include "options.h"

static const struct {
    const char *word;
    gray_answer_t answer;
} answers[] = {
    { "=yes", GRAY_YES },
    { "=no", GRAY_NO },
    { "=unknown", GRAY_UNKNOWN_LIVE },
};

/* "legacy=yes"; `name` keeps the list's name. */
static int
read_live(grayctl_t *cli, const char *text, char name[GRAY_NAME_MAX + 1],
    gray_explain_live_t *live)
{
    size_t i, len = strcspn(text, "=");

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(text + len, answers[i].word) == 0 && len > 0
            && len <= GRAY_NAME_MAX) {
            memcpy(name, text, len);
            name[len] = '\0';
            live->list = name;
            live->answer = answers[i].answer;
            return 0;
        }
    }

    gray_error_set(
        &cli->error, GRAY_EINVALID, "--live: '%s' is no answer", text);

    return gray_error_hint(
        &cli->error, "write it like --live legacy=yes, no or unknown");
}

int
grayctl_lives_read(grayctl_t *cli, grayctl_lives_t *lives)
{
    const char *text;

    for (lives->n = 0;
         (text = grayctl_option_text(cli, "live", lives->n)) != NULL;
         lives->n++)
    {
        if (read_live(
                cli, text, lives->names[lives->n], &lives->lives[lives->n])
            != 0) {
            return -1;
        }
    }

    return 0;
}

json_t *
grayctl_lives_json(const gray_explain_live_t *lives, unsigned n)
{
    unsigned i;
    size_t a;
    json_t *object = json_object();

    for (i = 0; i < n; i++) {
        for (a = 0; answers[a].answer != lives[i].answer; a++) {
        }

        json_object_set_new(
            object, lives[i].list, json_string(answers[a].word + 1));
    }

    return object;
}
