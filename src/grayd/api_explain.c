/* Why a request with these attributes gets which variant. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "core/rfc3339.h"
#include "routes.h"

#define GRAYD_ATTRIBUTES_MAX 64
#define GRAYD_LIVES_MAX 16

typedef struct {
    gray_explain_t question;
    gray_explain_attribute_t attributes[GRAYD_ATTRIBUTES_MAX];
    gray_explain_live_t lives[GRAYD_LIVES_MAX];
} grayd_question_t;


/* An object of at most `max` strings, or nothing. */
static int
grayd_object(
    grayd_request_t *request, const char *name, size_t max, json_t **object)
{
    json_t *value;
    const char *key;

    *object = json_object_get(request->body, name);
    if (*object == NULL) {
        return 0;
    }

    if (!json_is_object(*object) || json_object_size(*object) > max) {
        return grayd_body_bad(
            request, name, "it is not an object of up to %zu strings", max);
    }

    json_object_foreach(*object, key, value)
    {
        if (!json_is_string(value)) {
            return grayd_body_bad(
                request, name, "'%.64s' is not a string", key);
        }
    }

    return 0;
}


static int
grayd_attributes(grayd_request_t *request, grayd_question_t *question)
{
    json_t *value, *object;
    const char *name;

    if (grayd_object(request, "attributes", GRAYD_ATTRIBUTES_MAX, &object) != 0)
    {
        return -1;
    }

    json_object_foreach(object, name, value)
    {
        gray_explain_attribute_t *attribute
            = &question->attributes[question->question.nattributes++];

        attribute->name = name;
        attribute->value.data = json_string_value(value);
        attribute->value.len = json_string_length(value);
    }
    question->question.attributes = question->attributes;

    return 0;
}


static int
grayd_lives(grayd_request_t *request, grayd_question_t *question)
{
    json_t *value, *object;
    const char *name, *answer;

    if (grayd_object(request, "live", GRAYD_LIVES_MAX, &object) != 0) {
        return -1;
    }

    json_object_foreach(object, name, value)
    {
        gray_explain_live_t *live
            = &question->lives[question->question.nlives++];

        answer = json_string_value(value);
        live->list = name;
        live->answer = strcmp(answer, "yes") == 0  ? GRAY_YES
                       : strcmp(answer, "no") == 0 ? GRAY_NO
                                                   : GRAY_UNKNOWN_LIVE;

        if (live->answer == GRAY_UNKNOWN_LIVE && strcmp(answer, "unknown") != 0)
        {
            return grayd_body_bad(request, "live",
                "'%.64s' is none of yes, no and unknown", answer);
        }
    }
    question->question.lives = question->lives;

    return 0;
}


static int
grayd_at(grayd_request_t *request, uint64_t *now)
{
    const char *text;
    int64_t seconds;

    *now = 0;
    if (grayd_body_text(request, "at", false, &text) != 0) {
        return -1;
    }

    if (text == NULL) {
        return 0;
    }

    if (!gray_rfc3339_parse((gray_str_t){ strlen(text), text }, &seconds)
        || seconds <= 0)
    {
        return grayd_body_bad(
            request, "at", "it is not a time such as 2026-01-31T12:00:00Z");
    }
    *now = (uint64_t) seconds;

    return 0;
}


void
grayd_post_explain(grayd_request_t *request)
{
    static const char *const members[] = { "attributes", "live", "at", NULL };
    grayd_question_t question = { .question.nattributes = 0 };
    gray_explanation_t explanation;
    gray_error_t error;

    question.question.release = grayd_param(request, 0);

    if (question.question.release == NULL
        || grayd_body_only(request, members) != 0
        || grayd_attributes(request, &question) != 0
        || grayd_lives(request, &question) != 0
        || grayd_at(request, &question.question.now) != 0)
    {
        return;
    }

    if (gray_control_explain(
            request->control, &question.question, &explanation, &error)
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_explanation(&explanation));
    gray_explanation_free(&explanation);
}
