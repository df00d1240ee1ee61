/* What a replay found, as JSON. */

#include "control/json.h"


static double
percent(uint64_t n, uint64_t of)
{
    return of > 0 ? 100.0 * (double) n / (double) of : 0;
}


static json_t *
names_json(char **names, unsigned n)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < n; i++) {
        json_array_append_new(list, gray_json_text(names[i]));
    }

    return list;
}


static json_t *
examples_json(const gray_replay_change_t *change)
{
    unsigned i;
    json_t *list = json_array();
    const gray_replay_example_t *example;

    for (i = 0; i < change->nexamples; i++) {
        example = &change->examples[i];
        json_array_append_new(
            list, json_pack("{s:I, s:o, s:o, s:s, s:s}", "line",
                      (json_int_t) example->line, "time",
                      gray_json_time(example->time), "attributes",
                      gray_json_text(example->attributes), "from",
                      example->from, "to", example->to));
    }

    return list;
}


static json_t *
change_json(const gray_replay_change_t *change)
{
    unsigned i;
    json_t *deciders = json_array();
    const gray_replay_decider_t *decider;

    for (i = 0; i < change->ndeciders; i++) {
        decider = &change->deciders[i];
        json_array_append_new(
            deciders, json_pack("{s:s, s:s, s:I}", "from", decider->from, "to",
                          decider->to, "requests", (json_int_t) decider->n));
    }

    return json_pack("{s:s, s:s, s:I, s:o, s:o}", "from", change->from, "to",
        change->to, "requests", (json_int_t) change->n, "by", deciders,
        "examples", examples_json(change));
}


static json_t *
shares_json(const gray_replayed_t *replayed)
{
    unsigned i;
    json_t *list = json_array();
    const gray_replay_share_t *share;

    for (i = 0; i < replayed->nshares; i++) {
        share = &replayed->shares[i];
        json_array_append_new(list,
            json_pack("{s:s, s:I, s:I, s:f, s:f}", "variant", share->variant,
                "before", (json_int_t) share->before, "after",
                (json_int_t) share->after, "before_percent",
                percent(share->before, replayed->requests), "after_percent",
                percent(share->after, replayed->requests)));
    }

    return list;
}


json_t *
gray_json_replayed(
    const char *release, const gray_replayed_t *replayed, json_t *bad_lines)
{
    unsigned i;
    json_t *changes = json_array(), *counts, *rest;

    for (i = 0; i < replayed->nchanges; i++) {
        json_array_append_new(changes, change_json(&replayed->changes[i]));
    }

    counts = json_pack("{s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
        "release", release, "revision", (json_int_t) replayed->revision, "off",
        replayed->off, "lines", (json_int_t) replayed->lines, "bad",
        (json_int_t) replayed->bad, "others", (json_int_t) replayed->others,
        "undecided", (json_int_t) replayed->undecided, "requests",
        (json_int_t) replayed->requests, "overridden",
        (json_int_t) replayed->overridden, "changed",
        (json_int_t) replayed->changed);
    rest = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:O}", "first",
        gray_json_time(replayed->first), "last", gray_json_time(replayed->last),
        "changes", changes, "variants", shares_json(replayed), "missing",
        names_json(replayed->missing, replayed->nmissing), "unasked",
        names_json(replayed->unasked, replayed->nunasked), "bad_lines",
        bad_lines);
    json_object_update(counts, rest);
    json_decref(rest);

    return counts;
}
