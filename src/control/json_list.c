/* Lists and their members as JSON. */

#include "control/json.h"


json_t *
gray_json_list(const gray_list_line_t *line)
{
    unsigned i;
    json_t *users = json_array();

    for (i = 0; i < line->nusers; i++) {
        json_array_append_new(users, json_string(line->users[i]));
    }

    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", line->name,
        "kind", gray_list_kind_name(line->kind), "count",
        line->kind == GRAY_LIST_LIVE ? json_null()
                                     : json_integer((json_int_t) line->count),
        "created", gray_json_time(line->created), "changed",
        gray_json_time(line->changed), "used_by", users);
}


json_t *
gray_json_lists(const gray_list_lines_t *lines)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < lines->n; i++) {
        json_array_append_new(list, gray_json_list(&lines->lines[i]));
    }

    return json_pack(
        "{s:I, s:o}", "revision", (json_int_t) lines->revision, "lists", list);
}


json_t *
gray_json_member(const gray_member_line_t *member)
{
    return json_pack("{s:o, s:o, s:b, s:o}", "member",
        gray_json_text(member->identity), "expires",
        gray_json_time(member->expiry), "expired", member->expired, "note",
        gray_json_text(*member->note ? member->note : NULL));
}


json_t *
gray_json_has(const char *member, const gray_list_has_t *has)
{
    json_t *by = json_null();

    if (has->found) {
        by = json_pack("{s:o, s:o, s:b, s:o}", "member",
            gray_json_text(has->by.identity), "expires",
            gray_json_time(has->by.expiry), "expired", has->by.expired, "note",
            gray_json_text(*has->by.note ? has->by.note : NULL));
    }

    return json_pack("{s:o, s:b, s:o}", "member", gray_json_text(member),
        "listed", has->listed, "by", by);
}


json_t *
gray_json_imported(
    const char *list, const gray_imported_t *imported, json_t *bad_lines)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}",
        "list", list, "lines", (json_int_t) imported->lines, "members",
        (json_int_t) imported->members, "added", (json_int_t) imported->added,
        "updated", (json_int_t) imported->updated, "bad",
        (json_int_t) imported->bad, "expired", (json_int_t) imported->expired,
        "before", (json_int_t) imported->before, "after",
        (json_int_t) imported->after, "bad_lines", bad_lines);
}
