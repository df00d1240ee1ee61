#include "replay_report.h"

#include <string.h>

#include "bad_lines.h"
#include "input.h"
#include "output.h"
#include "report.h"

/* Kinds of change that are told by what decided. */
#define DECIDERS_SHOWN 10

static double
percent(uint64_t n, uint64_t of)
{
    return of > 0 ? 100.0 * (double) n / (double) of : 0;
}

/* --- JSON ------------------------------------------------------------------- */

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

static json_t *
replayed_json(const gray_replay_t *question, const gray_replayed_t *replayed,
    json_t *bad_lines)
{
    unsigned i;
    json_t *changes = json_array(), *counts, *rest;

    for (i = 0; i < replayed->nchanges; i++) {
        json_array_append_new(changes, change_json(&replayed->changes[i]));
    }

    counts = json_pack("{s:s, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
        "release", question->release, "revision",
        (json_int_t) replayed->revision, "off", replayed->off, "lines",
        (json_int_t) replayed->lines, "bad", (json_int_t) replayed->bad,
        "others", (json_int_t) replayed->others, "undecided",
        (json_int_t) replayed->undecided, "requests",
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

/* --- for a person ----------------------------------------------------------- */

static void
print_summary(const gray_replay_t *question, const gray_replayed_t *replayed)
{
    char requests[64], changed[32], first[32], last[32];

    grayctl_count(requests, replayed->requests, "request", "requests");

    if (replayed->requests == 0) {
        printf("no request of %s in the log\n", question->release);
        return;
    }

    printf("%s of %s, %s to %s\n", requests, question->release,
        grayctl_time(first, replayed->first),
        grayctl_time(last, replayed->last));

    if (replayed->changed == 0) {
        printf("%s\n", question->document != NULL
                           ? "none would get another variant"
                           : "each would get the same variant now");
        return;
    }

    printf("%s (%.3g%%) would get another variant%s\n",
        grayctl_number(changed, replayed->changed),
        percent(replayed->changed, replayed->requests),
        question->document != NULL ? "" : " now");
}

/* "others" for what found no place of its own. */
static const char *
or_others(const char *text)
{
    return *text ? text : "others";
}

static void
print_changes(const grayctl_t *cli, const gray_replayed_t *replayed)
{
    unsigned i, d;
    grayctl_table_t table;
    const gray_replay_change_t *change;
    const gray_replay_decider_t *decider;
    static const char *heads[]
        = { "FROM", "TO", ">REQUESTS", ">SHARE", "DECIDED BY", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < replayed->nchanges; i++) {
        change = &replayed->changes[i];
        grayctl_table_add(&table, or_others(change->from));
        grayctl_table_add(&table, or_others(change->to));
        grayctl_table_number(&table, change->n);
        grayctl_table_addf(
            &table, "%.3g%%", percent(change->n, replayed->requests));
        grayctl_table_add(&table, "");

        for (d = 0; d < change->ndeciders && d < DECIDERS_SHOWN; d++) {
            decider = &change->deciders[d];
            grayctl_table_add(&table, "");
            grayctl_table_add(&table, "");
            grayctl_table_number(&table, decider->n);
            grayctl_table_add(&table, "");
            grayctl_table_addf(&table, "%s -> %s", or_others(decider->from),
                or_others(decider->to));
        }
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
print_examples(const gray_replay_change_t *change)
{
    unsigned i;
    char attributes[2048];
    const gray_replay_example_t *example;

    printf("\nfrom %s to %s, such as\n", or_others(change->from),
        or_others(change->to));

    for (i = 0; i < change->nexamples; i++) {
        example = &change->examples[i];
        printf("  line %llu: %s: %s -> %s\n",
            (unsigned long long) example->line,
            gray_escape(attributes, sizeof(attributes), example->attributes,
                strlen(example->attributes)),
            example->from, example->to);
    }
}

static void
print_shares(const grayctl_t *cli, const gray_replayed_t *replayed)
{
    unsigned i;
    grayctl_table_t table;
    const gray_replay_share_t *share;
    static const char *heads[] = { "VARIANT", ">BEFORE", ">AFTER", NULL };

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < replayed->nshares; i++) {
        share = &replayed->shares[i];
        grayctl_table_add(&table, share->variant);
        grayctl_table_addf(
            &table, "%.3f%%", percent(share->before, replayed->requests));
        grayctl_table_addf(
            &table, "%.3f%%", percent(share->after, replayed->requests));
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
print_names(const char *before, char **names, unsigned n, const char *after)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        printf("%s%s", i > 0 ? ", " : before, names[i]);
    }

    if (n > 0) {
        printf("%s\n", after);
    }
}

static void
print_count(uint64_t n, const char *one, const char *many, const char *what)
{
    char count[64];

    if (n > 0) {
        printf("%s %s\n", grayctl_count(count, n, one, many), what);
    }
}

static void
print_remarks(const gray_replay_t *question, const gray_replayed_t *replayed)
{
    print_count(replayed->bad, "line", "lines", "could not be read");
    print_count(
        replayed->others, "line", "lines", "left out: of other releases");
    print_count(replayed->undecided, "line", "lines",
        "left out: the request ended before its decision");
    print_count(replayed->overridden, "request", "requests",
        "by a signed override: they keep their variant");
    print_names("not in the log, so absent: ", replayed->missing,
        replayed->nmissing, " (add attr.NAME to the log format)");
    print_names("live, answer not given, so unknown: ", replayed->unasked,
        replayed->nunasked, " (add --live LIST=yes or no)");

    if (replayed->off) {
        printf("the kill switch of %s is off: until grayctl on, everyone gets "
               "the default\n",
            question->release);
    }
}

static void
print_text(const grayctl_t *cli, const gray_replay_t *question,
    const gray_replayed_t *replayed)
{
    unsigned i;

    print_summary(question, replayed);

    if (replayed->changed > 0) {
        print_changes(cli, replayed);

        for (i = 0; i < replayed->nchanges; i++) {
            print_examples(&replayed->changes[i]);
        }
    }

    if (replayed->requests > 0) {
        print_shares(cli, replayed);
        putchar('\n');
    }

    print_remarks(question, replayed);
}

int
grayctl_replay_file(const grayctl_t *cli, gray_replay_t *question,
    const char *file, json_t **json)
{
    int rc;
    FILE *in;
    grayctl_t asking = *cli; /* for the error of an input */
    gray_errors_t errors;
    gray_replayed_t replayed;
    grayctl_bad_lines_t bad;

    in = grayctl_input_open_file(&asking, file);
    if (in == NULL) {
        return grayctl_fail(cli, &asking.error);
    }

    grayctl_bad_lines_begin(&bad, cli, file);
    question->data = &bad;
    question->progress = grayctl_bad_lines_progress;
    question->bad = grayctl_bad_lines_tell;

    rc = gray_control_replay(cli->control, question, in, &replayed, &errors);

    grayctl_bad_lines_end(&bad);
    grayctl_input_close(in);

    if (rc != 0) {
        json_decref(bad.list);
        return grayctl_fail_all(cli, &errors, question->document);
    }

    if (cli->json) {
        *json = replayed_json(question, &replayed, bad.list);
    } else {
        print_text(cli, question, &replayed);
    }

    json_decref(bad.list);
    gray_replayed_free(&replayed);

    return GRAYCTL_OK;
}
