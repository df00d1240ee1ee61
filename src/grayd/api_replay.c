/* Who would get another variant, of recorded requests. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "control/replay.h"
#include "grayd.h"
#include "routes.h"

/* The question's line; a document's text in it may be longer than it is. */
#define GRAYD_QUESTION_MAX ((size_t) 4 << 20)

/* Bad lines that are told one by one. */
#define GRAYD_BAD_LINES 100

typedef struct {
    grayd_t *grayd;
    json_t *bad;
} grayd_replay_t;


/* The body's first line, malloc'ed; the log is what follows. NULL: it is too
 * long, or there is no memory. */
static char *
grayd_first_line(FILE *file, size_t *len)
{
    int c;
    char *larger, *line = NULL;
    size_t room = 0;

    for (*len = 0; (c = getc_unlocked(file)) != EOF && c != '\n'; (*len)++) {
        if (*len == room) {
            room = room == 0 ? 4096 : 2 * room;
            larger = room <= GRAYD_QUESTION_MAX ? realloc(line, room) : NULL;
            if (larger == NULL) {
                free(line);
                return NULL;
            }
            line = larger;
        }
        line[*len] = (char) c;
    }

    return line != NULL ? line : calloc(1, 1);
}


/* The line becomes the request's body. */
static int
grayd_replay_body(grayd_request_t *request)
{
    size_t len;
    char *line = grayd_first_line(request->file, &len);

    request->body = line != NULL
                        ? json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)
                        : NULL;
    free(line);

    if (!json_is_object(request->body)) {
        grayd_reply_problem(request, 400, GRAY_EINVALID,
            "the first line is not a JSON object: the question, such as {}");
        return -1;
    }

    return 0;
}


static void
grayd_replay_bad(void *data, uint64_t line, const gray_error_t *error)
{
    grayd_replay_t *replay = data;

    if (json_array_size(replay->bad) < GRAYD_BAD_LINES) {
        json_array_append_new(replay->bad, gray_json_bad_line(line, error));
    }
}


/* It writes nothing, but takes its time: so it is the writer's, which gives
 * way to those who wait, and no HTTP thread's. */
static int
grayd_replay_progress(void *data, uint64_t lines)
{
    grayd_replay_t *replay = data;

    (void) lines;
    grayd_writer_give_way(replay->grayd->writer);

    return atomic_load(&replay->grayd->ending) ? 1 : 0;
}


static void
grayd_replay(grayd_request_t *request, const gray_replay_t *question)
{
    grayd_replay_t *replay = question->data;
    gray_replayed_t replayed;
    gray_errors_t errors;

    if (gray_control_replay(
            request->control, question, request->file, &replayed, &errors)
        != 0)
    {
        grayd_reply_errors(request, &errors);
        return;
    }

    grayd_reply_json(request, 200,
        gray_json_replayed(question->release, &replayed, replay->bad));
    gray_replayed_free(&replayed);
}


void
grayd_post_replay(grayd_request_t *request)
{
    static const char *const members[] = { "document", "live", NULL };
    grayd_replay_t replay = { .grayd = request->grayd };
    gray_explain_live_t lives[GRAYD_LIVES_MAX];
    gray_replay_t question = { .release = grayd_param(request, 0),
        .lives = lives,
        .data = &replay,
        .progress = grayd_replay_progress,
        .bad = grayd_replay_bad };

    if (question.release == NULL || grayd_replay_body(request) != 0
        || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "document", false, &question.document) != 0
        || grayd_body_lives(request, "live", lives, &question.nlives) != 0)
    {
        return;
    }

    question.len = question.document != NULL ? strlen(question.document) : 0;
    replay.bad = json_array();
    grayd_replay(request, &question);
    json_decref(replay.bad);
}
