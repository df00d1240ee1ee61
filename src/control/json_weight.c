/* What a change of weights came to, as JSON. */

#include "control/json.h"


static json_t *
percent_json(uint32_t buckets)
{
    return json_real(gray_share(buckets));
}


static json_t *
moves_json(const gray_weighed_t *weighed)
{
    unsigned from, to;
    json_t *list = json_array();

    for (from = 0; from < weighed->nvariants; from++) {
        for (to = 0; to < weighed->nvariants; to++) {
            if (weighed->moved[from][to] > 0) {
                json_array_append_new(list,
                    json_pack("{s:s, s:s, s:o}", "from",
                        weighed->variants[from], "to", weighed->variants[to],
                        "percent", percent_json(weighed->moved[from][to])));
            }
        }
    }

    return list;
}


json_t *
gray_json_weighed(
    const char *release, const char *rule, const gray_weighed_t *weighed)
{
    unsigned i;
    json_t *variants = json_array(), *by = json_array();

    for (i = 0; i < weighed->nvariants; i++) {
        json_array_append_new(
            variants, json_pack("{s:s, s:o, s:o}", "name", weighed->variants[i],
                          "before", percent_json(weighed->before[i]), "after",
                          percent_json(weighed->after[i])));
    }

    for (i = 0; i < weighed->nby; i++) {
        json_array_append_new(by, json_string(weighed->by[i]));
    }

    return json_pack("{s:s, s:s?, s:o, s:b, s:s, s:o, s:o, s:b, s:s?}",
        "release", release, "rule", rule, "by", by, "by_changed",
        weighed->by_changed, "default",
        weighed->variants[weighed->default_variant], "variants", variants,
        "moves", moves_json(weighed), "divided_anew", weighed->divided_anew,
        "exceptions",
        *weighed->exceptions != '\0' ? weighed->exceptions : NULL);
}
