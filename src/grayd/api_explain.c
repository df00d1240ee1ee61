/* Why a request with these attributes gets which variant. */

#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "control/json.h"
#include "core/rfc3339.h"
#include "routes.h"

#define GRAYD_ATTRIBUTES_MAX 64

typedef struct {
    gray_explain_t question;
    gray_explain_attribute_t attributes[GRAYD_ATTRIBUTES_MAX];
    gray_explain_live_t lives[GRAYD_LIVES_MAX];
} grayd_question_t;


static int
grayd_attributes(grayd_request_t *request, grayd_question_t *question)
{
    json_t *value, *object;
    const char *name;

    if (grayd_body_object(request, "attributes", GRAYD_ATTRIBUTES_MAX, &object)
        != 0)
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
        || grayd_body_lives(
               request, "live", question.lives, &question.question.nlives)
               != 0
        || grayd_at(request, &question.question.now) != 0)
    {
        return;
    }

    question.question.lives = question.lives;
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
