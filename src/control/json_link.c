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
