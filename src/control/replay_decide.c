/*
 * The decisions of a replay: gray_decide with a host that reads a line of a
 * log and the store.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "explain_internal.h"
#include "replay_internal.h"


/* The list of that name, the other's if it has one. */
static gray_replay_list_t *
choose_list(
    gray_replay_side_t *side, const gray_replay_side_t *other, unsigned i)
{
    unsigned o, n;
    gray_str_t name = gray_release_list(side->release, i);

    n = other != side && other->release != NULL
            ? gray_release_lists(other->release)
            : 0;

    for (o = 0; o < n; o++) {
        if (strcmp(gray_release_list(other->release, o).data, name.data) == 0) {
            return other->lists[o];
        }
    }

    return &side->own[i];
}


int
gray_replay_side_init(gray_replay_side_t *side, gray_replayer_t *replayer,
    gray_release_t *release, const gray_replay_side_t *other)
{
    unsigned i, nlists = gray_release_lists(release);
    unsigned nattributes = gray_release_attributes(release);

    side->replayer = replayer;
    side->release = release;
    side->lists = calloc(nlists + 1, sizeof(*side->lists));
    side->own = calloc(nlists + 1, sizeof(*side->own));
    side->places = calloc(nattributes + 1, sizeof(*side->places));
    side->asked = calloc(nattributes + 1, sizeof(*side->asked));
    side->met = calloc(nattributes + 1, sizeof(*side->met));
    side->default_plus_one = gray_explain_default(&replayer->running,
        replayer->question->release, release, &side->default_name);

    if (side->lists == NULL || side->own == NULL || side->places == NULL
        || side->asked == NULL || side->met == NULL)
    {
        return -1;
    }

    for (i = 0; i < nlists; i++) {
        side->lists[i] = choose_list(side, other, i);
    }

    return 0;
}


void
gray_replay_side_free(gray_replay_side_t *side)
{
    gray_release_free(side->release);
    free(side->lists);
    free(side->own);
    free(side->places);
    free(side->asked);
    free(side->met);
}


void
gray_replay_side_renew(gray_replay_side_t *side)
{
    unsigned i, n;

    n = side->release != NULL ? gray_release_lists(side->release) : 0;

    for (i = 0; i < n; i++) {
        side->lists[i]->read = false;
    }
}


static bool
same(gray_str_t a, gray_str_t b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}


/* All lines of a log have their attributes in one order, as a rule: it is
 * looked for where the line before had it. */
static bool
attribute_of(void *data, unsigned i, gray_str_t *value)
{
    unsigned n, place;
    gray_replay_side_t *side = data;
    const gray_log_line_t *line = &side->replayer->line;
    gray_str_t name = gray_release_attribute(side->release, i);

    place = side->places[i];
    side->asked[i] = true;

    for (n = 0; n < line->nattributes; n++, place++) {
        if (place >= line->nattributes) {
            place = 0;
        }

        if (same(line->attributes[place].name, name)) {
            side->places[i] = place;
            side->met[i] = true;
            *value = line->attributes[place].value;
            return true;
        }
    }

    return false;
}


static gray_answer_t
live_answer(const gray_replayer_t *replayer, const char *list)
{
    unsigned i;
    const gray_replay_t *question = replayer->question;

    for (i = 0; i < question->nlives; i++) {
        if (strcmp(question->lives[i].list, list) == 0) {
            return question->lives[i].answer;
        }
    }

    return GRAY_UNKNOWN_LIVE;
}


static gray_answer_t
lookup(gray_replayer_t *replayer, const char *name, gray_str_t value,
    gray_replay_list_t *known)
{
    gray_lookup_t lookup;

    if (!known->read) {
        known->rc = gray_store_list_get(replayer->txn, name, &known->list);
        known->read = true;
    }

    if (known->rc != GRAY_STORE_OK) {
        return known->rc == GRAY_STORE_ENOTFOUND ? GRAY_UNKNOWN_LIST
                                                 : GRAY_UNKNOWN_STORE;
    }

    if (gray_lookup(
            replayer->txn, &known->list, value, replayer->line.time, &lookup)
        != GRAY_STORE_OK)
    {
        return GRAY_UNKNOWN_STORE;
    }

    return lookup.listed ? GRAY_YES : GRAY_NO;
}


static gray_answer_t
member_of(void *data, unsigned list, unsigned attribute, gray_str_t value)
{
    const char *name;
    gray_replay_side_t *side = data;
    gray_replayer_t *replayer = side->replayer;
    gray_replay_list_t *known = side->lists[list];

    (void) attribute;

    name = gray_release_list(side->release, list).data;

    if (gray_release_list_kind(side->release, list) == GRAY_LIST_LIVE) {
        return live_answer(replayer, name);
    }

    if (known->number != replayer->number || known->value != value.data) {
        known->answer = lookup(replayer, name, value, known);
        known->number = replayer->number;
        known->value = value.data;
    }

    return known->answer;
}


gray_str_t
gray_replay_decide(gray_replay_side_t *side)
{
    gray_host_t host = {
        .data = side,
        .default_plus_one = side->default_plus_one,
        .attribute = attribute_of,
        .member = member_of,
        .now = (int64_t) side->replayer->line.time,
    };

    gray_decide(side->release, &host, &side->decision);

    if (side->decision.variant < gray_release_variants(side->release)) {
        return gray_release_variant(side->release, side->decision.variant);
    }

    return (gray_str_t){ strlen(side->default_name), side->default_name };
}


/* "split:user:31415" without the bucket, which is everybody's own. */
static void
cut_bucket(char *reason)
{
    char *colon;

    if (strncmp(reason, "split:", 6) == 0) {
        colon = strrchr(reason, ':');
        if (colon > reason + 5) {
            *colon = '\0';
        }
    }
}


void
gray_replay_words(
    const gray_replay_side_t *side, gray_replay_outcome_t *outcome)
{
    char decider[GRAY_REASON_TEXT_MAX];
    const gray_decision_t *decision = &side->decision;

    (void) gray_reason_print(side->release, decision, outcome->reason);
    memcpy(decider, outcome->reason, sizeof(decider));
    cut_bucket(decider);

    if (decision->rule >= 0 && decision->reason != GRAY_REASON_TARGETING_MATCH)
    {
        (void) snprintf(outcome->decider, sizeof(outcome->decider),
            "%s (rule %s)", decider,
            gray_release_rule(side->release, (unsigned) decision->rule).data);
    } else {
        (void) snprintf(
            outcome->decider, sizeof(outcome->decider), "%s", decider);
    }
}


void
gray_replay_recorded(
    const gray_log_line_t *line, gray_replay_outcome_t *outcome)
{
    (void) snprintf(outcome->reason, sizeof(outcome->reason), "%.*s",
        (int) line->reason.len, line->reason.data);
    (void) snprintf(
        outcome->decider, sizeof(outcome->decider), "%s", outcome->reason);
    cut_bucket(outcome->decider);
}
