/*
 * What a replay counts. The lists are short, and what would make them long (a
 * log of another release, garbage) is counted together, so a log of any size
 * takes the same memory.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "replay_internal.h"

/* Of an attribute's value in an example. */
#define SHOWN_MAX 80


/* A new zeroed element at the end of a list; NULL: it is full, or no memory. */
static void *
grow(gray_replayer_t *replayer, void **list, unsigned *n, unsigned max,
    size_t size)
{
    char *grown;

    if (*n == max) {
        return NULL;
    }

    grown = realloc(*list, (*n + 1) * size);
    if (grown == NULL) {
        replayer->failed = true;
        return NULL;
    }

    *list = grown;
    memset(grown + *n * size, 0, size);

    return grown + (*n)++ * size;
}


static void
copy(char *to, size_t size, gray_str_t from)
{
    (void) snprintf(to, size, "%.*s", (int) from.len, from.data);
}


static bool
is(const char *text, gray_str_t name)
{
    return strncmp(text, name.data, name.len) == 0 && text[name.len] == '\0';
}


static gray_replay_share_t *
find_share(gray_replayer_t *replayer, gray_str_t variant)
{
    unsigned i;
    gray_replay_share_t *share;
    gray_replayed_t *replayed = replayer->replayed;

    for (i = 0; i < replayed->nshares; i++) {
        if (is(replayed->shares[i].variant, variant)) {
            return &replayed->shares[i];
        }
    }

    share = grow(replayer, (void **) &replayed->shares, &replayed->nshares,
        GRAY_REPLAY_SHARES_MAX, sizeof(*share));

    if (share != NULL) {
        copy(share->variant, sizeof(share->variant), variant);
    }

    return share;
}


static void
count_time(gray_replayed_t *replayed, uint64_t time)
{
    if (replayed->requests == 0 || time < replayed->first) {
        replayed->first = time;
    }

    if (time > replayed->last) {
        replayed->last = time;
    }
}


bool
gray_replay_count(gray_replayer_t *replayer, gray_str_t from, gray_str_t to)
{
    gray_replay_share_t *share;
    gray_replayed_t *replayed = replayer->replayed;

    count_time(replayed, replayer->line.time);
    replayed->requests++;

    share = find_share(replayer, from);
    if (share != NULL) {
        share->before++;
    }

    if (from.len == to.len && memcmp(from.data, to.data, to.len) == 0) {
        if (share != NULL) {
            share->after++;
        }
        return false;
    }

    share = find_share(replayer, to);
    if (share != NULL) {
        share->after++;
    }
    replayed->changed++;

    return true;
}


/* The last element is for all that find no place. */
static gray_replay_change_t *
find_change(gray_replayer_t *replayer, gray_str_t from, gray_str_t to)
{
    unsigned i;
    gray_replay_change_t *change;
    gray_replayed_t *replayed = replayer->replayed;

    for (i = 0; i < replayed->nchanges; i++) {
        if (is(replayed->changes[i].from, from)
            && is(replayed->changes[i].to, to)) {
            return &replayed->changes[i];
        }
    }

    change = grow(replayer, (void **) &replayed->changes, &replayed->nchanges,
        GRAY_REPLAY_CHANGES_MAX, sizeof(*change));

    if (change == NULL) {
        return replayer->failed ? NULL
                                : &replayed->changes[replayed->nchanges - 1];
    }

    if (replayed->nchanges < GRAY_REPLAY_CHANGES_MAX) {
        copy(change->from, sizeof(change->from), from);
        copy(change->to, sizeof(change->to), to);
    }

    return change;
}


static void
count_decider(gray_replayer_t *replayer, gray_replay_change_t *change,
    const char *from, const char *to)
{
    unsigned i;
    gray_replay_decider_t *decider;

    for (i = 0; i < change->ndeciders; i++) {
        decider = &change->deciders[i];
        if (strcmp(decider->from, from) == 0 && strcmp(decider->to, to) == 0) {
            decider->n++;
            return;
        }
    }

    decider = grow(replayer, (void **) &change->deciders, &change->ndeciders,
        GRAY_REPLAY_DECIDERS_MAX, sizeof(*decider));

    if (decider == NULL) {
        if (!replayer->failed) {
            change->deciders[change->ndeciders - 1].n++;
        }
        return;
    }

    decider->n = 1;

    if (change->ndeciders < GRAY_REPLAY_DECIDERS_MAX) {
        (void) snprintf(decider->from, sizeof(decider->from), "%s", from);
        (void) snprintf(decider->to, sizeof(decider->to), "%s", to);
    }
}


static bool
uses(const gray_replay_side_t *side, gray_str_t name)
{
    unsigned i, n;

    n = side->release != NULL ? gray_release_attributes(side->release) : 0;

    for (i = 0; i < n; i++) {
        if (is(gray_release_attribute(side->release, i).data, name)) {
            return true;
        }
    }

    return false;
}


/* The attributes that matter, as explain takes them. */
static char *
example_attributes(const gray_replayer_t *replayer)
{
    FILE *out;
    unsigned i;
    size_t len;
    char *text = NULL;
    const gray_log_attribute_t *attribute;

    out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }

    for (i = 0; i < replayer->line.nattributes; i++) {
        attribute = &replayer->line.attributes[i];

        if (uses(&replayer->stored, attribute->name)
            || uses(&replayer->proposed, attribute->name))
        {
            (void) fprintf(out, "%s%.*s=%.*s", ftell(out) > 0 ? " " : "",
                (int) attribute->name.len, attribute->name.data,
                attribute->value.len > SHOWN_MAX ? SHOWN_MAX
                                                 : (int) attribute->value.len,
                attribute->value.data);
        }
    }

    (void) fclose(out);

    return text;
}


static void
keep_example(gray_replayer_t *replayer, gray_replay_change_t *change,
    const gray_replay_outcome_t *from, const gray_replay_outcome_t *to)
{
    gray_replay_example_t *example;

    if (change->nexamples == GRAY_REPLAY_EXAMPLES) {
        return;
    }

    example = &change->examples[change->nexamples];
    example->attributes = example_attributes(replayer);

    if (example->attributes == NULL) {
        replayer->failed = true;
        return;
    }

    example->line = replayer->number;
    example->time = replayer->line.time;
    memcpy(example->from, from->reason, sizeof(example->from));
    memcpy(example->to, to->reason, sizeof(example->to));
    change->nexamples++;
}


void
gray_replay_count_change(gray_replayer_t *replayer,
    const gray_replay_outcome_t *from, const gray_replay_outcome_t *to)
{
    gray_replay_change_t *change;

    change = find_change(replayer, from->variant, to->variant);

    if (change != NULL) {
        change->n++;
        count_decider(replayer, change, from->decider, to->decider);
        keep_example(replayer, change, from, to);
    }
}


static int
by_count(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}


static int
compare_changes(const void *a, const void *b)
{
    return by_count(((const gray_replay_change_t *) a)->n,
        ((const gray_replay_change_t *) b)->n);
}


static int
compare_deciders(const void *a, const void *b)
{
    return by_count(((const gray_replay_decider_t *) a)->n,
        ((const gray_replay_decider_t *) b)->n);
}


static void
name(gray_replayer_t *replayer, unsigned *n, char ***names, const char *text)
{
    gray_texts_t all = { *n, *names };

    if (!gray_texts_have(&all, text, strlen(text))
        && gray_texts_add(&all, text, strlen(text)) != 0)
    {
        replayer->failed = true;
    }

    *n = all.n;
    *names = all.texts;
}


static bool
live_given(const gray_replayer_t *replayer, const char *list)
{
    unsigned i;

    for (i = 0; i < replayer->question->nlives; i++) {
        if (strcmp(replayer->question->lives[i].list, list) == 0) {
            return true;
        }
    }

    return false;
}


static void
name_missing(gray_replayer_t *replayer, const gray_replay_side_t *side)
{
    unsigned i;
    const char *text;
    gray_replayed_t *replayed = replayer->replayed;

    if (side->release == NULL) {
        return;
    }

    for (i = 0; i < gray_release_attributes(side->release); i++) {
        text = gray_release_attribute(side->release, i).data;
        if (side->asked[i] && !side->met[i]) {
            name(replayer, &replayed->nmissing, &replayed->missing, text);
        }
    }

    for (i = 0; i < gray_release_lists(side->release); i++) {
        text = gray_release_list(side->release, i).data;
        if (gray_release_list_kind(side->release, i) == GRAY_LIST_LIVE
            && !live_given(replayer, text))
        {
            name(replayer, &replayed->nunasked, &replayed->unasked, text);
        }
    }
}


void
gray_replay_count_end(gray_replayer_t *replayer)
{
    unsigned i;
    gray_replayed_t *replayed = replayer->replayed;

    for (i = 0; i < replayed->nchanges; i++) {
        qsort(replayed->changes[i].deciders, replayed->changes[i].ndeciders,
            sizeof(gray_replay_decider_t), compare_deciders);
    }

    if (replayed->nchanges > 0) {
        qsort(replayed->changes, replayed->nchanges,
            sizeof(gray_replay_change_t), compare_changes);
    }

    name_missing(replayer, &replayer->stored);
    name_missing(replayer, &replayer->proposed);
}
