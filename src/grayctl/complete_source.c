#include "complete_source.h"

#include "control/json.h"
#include "remote.h"

static json_t *
ask(grayctl_t *cli, const char *route, json_t *body)
{
    json_t *json;
    grayctl_reply_t reply;
    grayctl_request_t request
        = { .route = route, .body = body, .hurry = true, .reads = true };

    if (grayctl_send(cli, &request, &reply) != 0) {
        return NULL;
    }

    json = json_incref(reply.json);
    grayctl_reply_free(&reply);

    return json;
}

json_t *
complete_releases(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_release_lines_t lines;

    if (cli->server != NULL) {
        return ask(cli, "GET /v1/releases", NULL);
    }

    if (gray_control_release_ls(cli->control, &lines, &error) != 0) {
        return NULL;
    }

    json = gray_json_releases(&lines);
    gray_release_lines_free(&lines);

    return json;
}

json_t *
complete_rules(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_rule_lines_t lines;

    if (cli->server != NULL) {
        return ask(cli, "GET /v1/releases/{0}/rules", NULL);
    }

    if (gray_control_rule_ls(cli->control, cli->args[0], &lines, &error) != 0) {
        return NULL;
    }

    json = gray_json_rules(cli->args[0], &lines);
    gray_rule_lines_free(&lines);

    return json;
}

json_t *
complete_lists(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_list_lines_t lines;

    if (cli->server != NULL) {
        return ask(cli, "GET /v1/lists", NULL);
    }

    if (gray_control_list_ls(cli->control, &lines, &error) != 0) {
        return NULL;
    }

    json = gray_json_lists(&lines);
    gray_list_lines_free(&lines);

    return json;
}

json_t *
complete_links(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_link_lines_t lines;

    if (cli->server != NULL) {
        return ask(cli, "GET /v1/links", NULL);
    }

    if (gray_control_link_ls(cli->control, &lines, &error) != 0) {
        return NULL;
    }

    json = gray_json_links(&lines);
    gray_link_lines_free(&lines);

    return json;
}

/* An explanation without any attribute. */
json_t *
complete_explanation(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_explanation_t explanation;
    gray_explain_t question = { .release = cli->args[0] };

    if (cli->server != NULL) {
        return ask(cli, "POST /v1/releases/{0}/explain", json_object());
    }

    if (gray_control_explain(cli->control, &question, &explanation, &error)
        != 0) {
        return NULL;
    }

    json = gray_json_explanation(&explanation);
    gray_explanation_free(&explanation);

    return json;
}

/* What runs, as `status` has it. */
json_t *
complete_status(grayctl_t *cli)
{
    json_t *json;
    gray_error_t error;
    gray_status_t status;

    if (cli->server != NULL) {
        return ask(cli, "GET /v1/status", NULL);
    }

    if (gray_control_status(cli->control, &status, &error) != 0) {
        return NULL;
    }

    json = gray_json_status(&status);
    gray_status_free(&status);

    return json;
}
