#include "explain_report.h"

#include <string.h>

#include "control/explain.h"
#include "fields.h"
#include "options.h"
#include "output.h"

/* --- JSON ------------------------------------------------------------------- */

static bool
is_same(const json_t *explained, const char *name, gray_str_t recorded)
{
    const char *now = field_text(explained, name);

    return strlen(now) == recorded.len
           && memcmp(now, recorded.data, recorded.len) == 0;
}

/* Adds what a line of a log says, and whether it is so now. */
static void
add_recorded(json_t *object, const gray_log_line_t *line)
{
    json_t *differs = json_array();

    if (!is_same(object, "variant", line->variant)) {
        json_array_append_new(differs, json_string("variant"));
    }
    if (!is_same(object, "reason", line->reason)) {
        json_array_append_new(differs, json_string("reason"));
    }

    json_object_set_new(
        object, "same", json_boolean(json_array_size(differs) == 0));
    json_object_set_new(object, "differs", differs);
    json_object_set_new(object, "recorded",
        json_pack("{s:o, s:s%, s:s%, s:I}", "time", gray_json_time(line->time),
            "variant", line->variant.data, line->variant.len, "reason",
            line->reason.data, line->reason.len, "revision",
            (json_int_t) line->revision));
}

/* --- for a person ----------------------------------------------------------- */

static void
add_truth(grayctl_table_t *table, const char *truth)
{
    bool is_true = strcmp(truth, gray_truth_name(GRAY_TRUE)) == 0;
    bool is_false = strcmp(truth, gray_truth_name(GRAY_FALSE)) == 0;

    grayctl_table_add(table, truth);
    grayctl_table_paint(table, is_true ? 'g' : is_false ? 'd' : 'y');
}

static bool
is_step(const json_t *step, const char *kind)
{
    return strcmp(field_text(step, "step"), kind) == 0;
}

/* The rule that step `first` begins: its tests come before its own step. */
static size_t
add_rule(grayctl_table_t *table, const json_t *steps, size_t first)
{
    size_t i, last = first;
    const json_t *rule, *step = json_array_get(steps, first);
    const char *why, *test;

    while (last + 1 < json_array_size(steps)
           && is_step(json_array_get(steps, last), "test"))
    {
        last++;
    }

    rule = json_array_get(steps, last);
    why = field_text(rule, "why");
    test = field_text(rule, "test");
    grayctl_table_add(table, field_text(rule, "rule"));
    grayctl_table_add(table, test);
    add_truth(table, field_text(rule, "truth"));

    if (last == first + 1 && strcmp(field_text(step, "test"), test) == 0) {
        grayctl_table_addf(
            table, "%s%s%s", field_text(step, "why"), *why ? "; " : "", why);
        return last;
    }

    grayctl_table_add(table, why);

    for (i = first; i < last; i++) {
        step = json_array_get(steps, i);
        grayctl_table_add(table, "");
        grayctl_table_addf(table, "  %s", field_text(step, "test"));
        add_truth(table, field_text(step, "truth"));
        grayctl_table_add(table, field_text(step, "why"));
    }

    return last;
}

static void
print_steps(const grayctl_t *cli, const json_t *steps)
{
    size_t i, n = json_array_size(steps);
    grayctl_table_t table;
    const json_t *step;
    const char *rule;
    static const char *heads[] = { "RULE", "TEST", "IS", "WHY", NULL };

    if (n == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < n; i++) {
        step = json_array_get(steps, i);

        if (!is_step(step, "split")) {
            i = add_rule(&table, steps, i);
            continue;
        }

        rule = field_text(step, "rule");
        grayctl_table_add(&table, *rule ? rule : "(split)");
        grayctl_table_add(&table, field_text(step, "test"));
        grayctl_table_add(&table, "");
        grayctl_table_add(&table, field_text(step, "why"));
    }

    grayctl_table_end(&table, 0);
    putchar('\n');
}

static void
print_names(const char *before, const json_t *names, const char *after)
{
    size_t i;
    const json_t *name;

    if (json_array_size(names) == 0) {
        return;
    }

    printf("%s", before);

    json_array_foreach(names, i, name)
    {
        printf("%s%s", i > 0 ? ", " : " ", json_string_value(name));
    }

    printf("%s\n", after);
}

/* Whether the recorded decision would be the same, and what differs. */
static void
print_recorded(const json_t *explained, const gray_log_line_t *line)
{
    char time[32];
    const char *variant = field_text(explained, "variant");
    const char *reason = field_text(explained, "reason");
    bool same_variant = is_same(explained, "variant", line->variant);
    bool same_reason = is_same(explained, "reason", line->reason);

    printf("recorded %s: %.*s: %.*s (revision %llu)\n",
        grayctl_time(time, line->time), (int) line->variant.len,
        line->variant.data, (int) line->reason.len, line->reason.data,
        (unsigned long long) line->revision);

    if (same_variant && same_reason) {
        puts("the decision would be the same now");
    } else if (same_variant) {
        printf("the variant would be the same now, for another reason: "
               "%.*s -> %s\n",
            (int) line->reason.len, line->reason.data, reason);
    } else {
        printf("the decision would be another now: %.*s -> %s (%.*s -> %s)\n",
            (int) line->variant.len, line->variant.data, variant,
            (int) line->reason.len, line->reason.data, reason);
    }

    if (line->reason.len == 8 && memcmp(line->reason.data, "override", 8) == 0)
    {
        puts("it was decided by a signed override, which explain leaves out");
    }
}

static void
print_text(
    const grayctl_t *cli, const json_t *explained, const gray_log_line_t *line)
{
    char now[32];
    const char *release = field_text(explained, "release");

    if (field_flag(explained, "off")) {
        printf("the kill switch is off (grayctl on %s); without it:\n\n",
            field_flag(explained, "all_off") ? "--all" : release);
    }

    print_steps(cli, json_object_get(explained, "trace"));
    if (grayctl_option_text(cli, "at", 0) != NULL) {
        printf("at %s ", field_local(now, explained, "now"));
    }

    printf("it gets %s%s%s: %s (%s, revision %llu)\n",
        grayctl_paint(cli->color, 'b'), field_text(explained, "variant"),
        grayctl_paint(cli->color, 0), field_text(explained, "reason"), release,
        (unsigned long long) field_number(explained, "revision"));

    if (line != NULL) {
        print_recorded(explained, line);
    }

    print_names("not given, so absent:", json_object_get(explained, "missing"),
        " (add NAME=VALUE)");
    print_names("given, but no rule uses it:",
        json_object_get(explained, "unused"), "");
    print_names("live, answer not given, so unknown:",
        json_object_get(explained, "unasked"), " (add --live LIST=yes or no)");
}

int
grayctl_explanation_print(
    const grayctl_t *cli, json_t *explained, const gray_log_line_t *line)
{
    if (!cli->json) {
        print_text(cli, explained, line);
        json_decref(explained);
        return GRAYCTL_OK;
    }

    if (line != NULL) {
        add_recorded(explained, line);
    }

    return grayctl_json_print(explained);
}
