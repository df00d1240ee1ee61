/* Links as JSON. */

#include "control/json.h"


json_t *
gray_json_link(const gray_link_line_t *line)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:s}", "id",
        line->id, "release", line->release, "variant", line->variant, "host",
        *line->host ? json_string(line->host) : json_null(), "made",
        gray_json_time(line->made), "expires", gray_json_time(line->expiry),
        "key", (json_int_t) line->key, "user", line->user, "state",
        gray_link_state_name(line->state));
}


json_t *
gray_json_links(const gray_link_lines_t *lines)
{
    unsigned i;
    json_t *links = json_array();

    for (i = 0; i < lines->n; i++) {
        json_array_append_new(links, gray_json_link(&lines->lines[i]));
    }

    return json_pack(
        "{s:I, s:o}", "revision", (json_int_t) lines->revision, "links", links);
}


static json_t *
taken_json(const gray_running_t *running, const char *release)
{
    if (running == NULL || gray_running_release(running, release) == 0) {
        return json_null();
    }

    return json_boolean(gray_running_override(running, release) != NULL);
}


json_t *
gray_json_link_made(const gray_link_t *link, const char *parameter,
    const char *url, const gray_running_t *running)
{
    json_t *made = gray_json_link(&link->line);

    json_object_set_new(made, "token", json_string(link->token));
    json_object_set_new(made, "parameter", json_string(parameter));
    json_object_set_new(
        made, "url", url != NULL ? json_string(url) : json_null());
    json_object_set_new(made, "taken", taken_json(running, link->line.release));

    return made;
}
