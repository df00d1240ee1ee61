/* Errors as problem documents. */

#include "problem.h"
#include "control/json.h"

#include <stddef.h>

typedef struct {
    unsigned status;
    const char *title;
} grayd_title_t;

static const grayd_title_t grayd_titles[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 428, "Precondition Required" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 507, "Insufficient Storage" },
};

static const unsigned grayd_statuses[] = {
    [GRAY_OK] = 500,
    [GRAY_EINVALID] = 422,
    [GRAY_ESYNTAX] = 422,
    [GRAY_ENOTFOUND] = 404,
    [GRAY_EEXISTS] = 409,
    [GRAY_ECONFLICT] = 412,
    [GRAY_EINUSE] = 409,
    [GRAY_EGUARD] = 409,
    [GRAY_EFULL] = 507,
    [GRAY_EPERMISSION] = 503,
    [GRAY_EREPLACED] = 503,
    [GRAY_ESCHEMA] = 503,
    [GRAY_EDAMAGED] = 500,
    [GRAY_ENOSTORE] = 503,
    [GRAY_ETIMEOUT] = 504,
    [GRAY_ESYSTEM] = 500,
};


unsigned
grayd_problem_status(gray_error_code_t code)
{
    return (unsigned) code < sizeof(grayd_statuses) / sizeof(unsigned)
               ? grayd_statuses[code]
               : 500;
}


const char *
grayd_status_title(unsigned status)
{
    size_t n = sizeof(grayd_titles) / sizeof(*grayd_titles);

    for (size_t i = 0; i < n; i++) {
        if (grayd_titles[i].status == status) {
            return grayd_titles[i].title;
        }
    }

    return "Error";
}


static int
grayd_problem_text(json_t *to, const char *key, const char *text)
{
    if (text[0] == '\0') {
        return 0;
    }

    return json_object_set_new(to, key, gray_json_text(text));
}


static int
grayd_problem_number(json_t *to, const char *key, unsigned number)
{
    return number == 0 ? 0 : json_object_set_new(to, key, json_integer(number));
}


/* What grayctl says of an error, in *to. */
static int
grayd_problem_fill(json_t *to, const char *message, const gray_error_t *error)
{
    return json_object_set_new(
               to, "code", json_string(gray_error_code_name(error->code)))
           | grayd_problem_text(to, message, error->message)
           | grayd_problem_text(to, "place", error->place)
           | grayd_problem_number(to, "line", error->line)
           | grayd_problem_number(to, "column", error->column)
           | grayd_problem_text(to, "hint", error->hint);
}


static json_t *
grayd_problem_list(const gray_errors_t *errors)
{
    json_t *list = json_array();

    for (unsigned i = 0; list != NULL && i < errors->n; i++) {
        json_t *one = json_object();

        if (one == NULL
            || grayd_problem_fill(one, "message", &errors->list[i]) != 0
            || json_array_append(list, one) != 0)
        {
            json_decref(list);
            list = NULL;
        }
        json_decref(one);
    }

    return list;
}


json_t *
grayd_problem(
    unsigned status, const gray_error_t *error, const gray_errors_t *errors)
{
    json_t *problem = json_pack("{s:s, s:s, s:i}", "type", "about:blank",
        "title", grayd_status_title(status), "status", (int) status);

    if (problem == NULL || grayd_problem_fill(problem, "detail", error) != 0
        || (errors != NULL
            && json_object_set_new(
                   problem, "errors", grayd_problem_list(errors))
                   != 0)
        || (errors != NULL && errors->total > errors->n
            && grayd_problem_number(problem, "total", errors->total) != 0))
    {
        json_decref(problem);
        return NULL;
    }

    return problem;
}
