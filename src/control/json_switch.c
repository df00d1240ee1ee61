/* A kill switch that was turned, as JSON. */

#include "control/json.h"


json_t *
gray_json_switched(const char *release, const gray_switched_t *switched)
{
    unsigned i;
    json_t *silent = json_array();

    for (i = 0; i < switched->nsilent; i++) {
        json_array_append_new(silent, json_integer(switched->silent[i]));
    }

    return json_pack("{s:s?, s:b, s:b, s:b, s:b, s:i, s:i, s:i, s:o, s:I, s:o}",
        "release", release, "off", switched->off, "changed", switched->changed,
        "audited", switched->audited, "counters", switched->counters, "workers",
        (int) switched->workers, "confirmed", (int) switched->confirmed,
        "elapsed_ms", (int) switched->elapsed_ms, "silent", silent,
        "generation", (json_int_t) switched->generation, "store",
        gray_json_text(*switched->store != '\0' ? switched->store : NULL));
}
