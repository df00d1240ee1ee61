/* Rules of a release. */

#include <stdlib.h>

#include "body.h"
#include "control/json.h"
#include "routes.h"
#include "weights.h"


void
grayd_get_rules(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0);
    gray_rule_lines_t lines;
    gray_error_t error;

    if (name == NULL) {
        return;
    }

    if (gray_control_rule_ls(request->control, name, &lines, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_json(request, 200, gray_json_rules(name, &lines));
    grayd_reply_etag(request, lines.revision);
    gray_rule_lines_free(&lines);
}


/* "first", "before" and (where it is allowed) "last". *given: one of them is
 * there. */
static int
grayd_place(grayd_request_t *request, gray_rule_place_t *place, bool *given)
{
    bool first, last;

    if (grayd_body_flag(request, "first", &first) != 0
        || grayd_body_flag(request, "last", &last) != 0
        || grayd_body_text(request, "before", false, &place->before) != 0)
    {
        return -1;
    }

    if (first + last + (place->before != NULL) > 1) {
        return grayd_body_bad(
            request, "first", "of first, last and before one can be given");
    }

    place->where = first                   ? GRAY_RULE_FIRST
                   : place->before != NULL ? GRAY_RULE_BEFORE
                                           : GRAY_RULE_LAST;
    *given = first || last || place->before != NULL;

    return 0;
}


void
grayd_post_rule(grayd_request_t *request)
{
    static const char *const members[] = { "name", "if", "variant", "split",
        "by", "first", "last", "before", NULL };
    const char *rule, *condition, *variant, *name = grayd_param(request, 0);
    grayd_weights_t weights = { .by = NULL };
    gray_rule_place_t place;
    gray_error_t error;
    bool given, split = json_object_get(request->body, "split") != NULL;
    int rc;

    if (name == NULL || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "name", true, &rule) != 0
        || grayd_body_text(request, "if", true, &condition) != 0
        || grayd_body_text(request, "variant", !split, &variant) != 0
        || grayd_place(request, &place, &given) != 0
        || (split && grayd_weights_read(request, "split", &weights) != 0))
    {
        free(weights.by);
        return;
    }

    if (split && variant != NULL) {
        free(weights.by);
        (void) grayd_body_bad(
            request, "split", "a rule gives a variant or a split, not both");
        return;
    }

    rc = split ? gray_control_rule_add_split(request->control, name, rule,
             &weights.weights, condition, &place, &error)
               : gray_control_rule_add(request->control, name, rule, variant,
                   condition, &place, &error);
    free(weights.by);

    if (rc != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 201, NULL);
}


/* One change at a time: a request is one verb, and one transaction. */
void
grayd_patch_rule(grayd_request_t *request)
{
    static const char *const members[]
        = { "name", "first", "last", "before", NULL };
    const char *name = grayd_param(request, 0), *rule = grayd_param(request, 1);
    const char *new_name;
    gray_rule_place_t place;
    gray_error_t error;
    bool given;

    if (name == NULL || rule == NULL || grayd_body_only(request, members) != 0
        || grayd_body_text(request, "name", false, &new_name) != 0
        || grayd_place(request, &place, &given) != 0)
    {
        return;
    }

    if (given == (new_name != NULL)) {
        (void) grayd_body_bad(request, "name",
            "give a new name, or a place (first, last, before), and one "
            "change at a time");
        return;
    }

    if ((given ? gray_control_rule_mv(
             request->control, name, rule, &place, &error)
               : gray_control_rule_rename(
                   request->control, name, rule, new_name, &error))
        != 0)
    {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, NULL);
}


void
grayd_delete_rule(grayd_request_t *request)
{
    const char *name = grayd_param(request, 0), *rule = grayd_param(request, 1);
    gray_error_t error;

    if (name == NULL || rule == NULL) {
        return;
    }

    if (gray_control_rule_rm(request->control, name, rule, &error) != 0) {
        grayd_reply_error(request, &error);
        return;
    }

    grayd_reply_done(request, 200, NULL);
}
