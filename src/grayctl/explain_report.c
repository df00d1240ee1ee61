#include "explain_report.h"

#include <string.h>

#include "options.h"
#include "output.h"

/* --- JSON ------------------------------------------------------------------- */

static bool
same_variant(const gray_explanation_t *explanation, const gray_log_line_t *line)
{
    return strlen(explanation->variant) == line->variant.len
           && memcmp(
                  explanation->variant, line->variant.data, line->variant.len)
                  == 0;
}

static bool
same_reason(const gray_explanation_t *explanation, const gray_log_line_t *line)
{
    return strlen(explanation->reason) == line->reason.len
           && memcmp(explanation->reason, line->reason.data, line->reason.len)
                  == 0;
}

/* Adds what a line of a log says, and whether it is so now. */
static void
add_recorded(json_t *object, const gray_explanation_t *explanation,
    const gray_log_line_t *line)
{
    json_t *differs = json_array();

    if (!same_variant(explanation, line)) {
        json_array_append_new(differs, json_string("variant"));
    }
    if (!same_reason(explanation, line)) {
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
add_truth(grayctl_table_t *table, gray_truth_t truth)
{
    static const char colors[]
        = { [GRAY_FALSE] = 'd', [GRAY_TRUE] = 'g', [GRAY_UNKNOWN] = 'y' };

    grayctl_table_add(table, gray_truth_name(truth));
    grayctl_table_paint(table, colors[truth]);
}

/* The rule that step `first` begins: its tests come before its own step. */
static unsigned
add_rule(grayctl_table_t *table, const gray_explanation_t *explanation,
    unsigned first)
{
    unsigned i, last = first;
    bool alone;
    const gray_explain_step_t *steps = explanation->steps, *rule;

    while (last + 1 < explanation->nsteps && steps[last].kind == GRAY_STEP_TEST)
    {
        last++;
    }

    rule = &steps[last];
    alone = last == first + 1 && strcmp(steps[first].test, rule->test) == 0;
    grayctl_table_add(table, rule->rule);
    grayctl_table_add(table, rule->test);
    add_truth(table, rule->truth);

    if (alone) {
        grayctl_table_addf(table, "%s%s%s", steps[first].why,
            *rule->why ? "; " : "", rule->why);
        return last;
    }

    grayctl_table_add(table, rule->why);

    for (i = first; i < last; i++) {
        grayctl_table_add(table, "");
        grayctl_table_addf(table, "  %s", steps[i].test);
        add_truth(table, steps[i].truth);
        grayctl_table_add(table, steps[i].why);
    }

    return last;
}

static void
print_steps(const grayctl_t *cli, const gray_explanation_t *explanation)
{
    unsigned i;
    grayctl_table_t table;
    const gray_explain_step_t *step;
    static const char *heads[] = { "RULE", "TEST", "IS", "WHY", NULL };

    if (explanation->nsteps == 0) {
        return;
    }

    grayctl_table_begin(&table, cli, heads);

    for (i = 0; i < explanation->nsteps; i++) {
        step = &explanation->steps[i];

        if (step->kind != GRAY_STEP_SPLIT) {
            i = add_rule(&table, explanation, i);
            continue;
        }

        grayctl_table_add(&table, *step->rule ? step->rule : "(split)");
        grayctl_table_add(&table, step->test);
        grayctl_table_add(&table, "");
        grayctl_table_add(&table, step->why);
    }

    grayctl_table_end(&table, 0);
    putchar('\n');
}

static void
print_names(const char *before, char **names, unsigned n, const char *after)
{
    unsigned i;

    if (n == 0) {
        return;
    }

    printf("%s", before);

    for (i = 0; i < n; i++) {
        printf("%s%s", i > 0 ? ", " : " ", names[i]);
    }

    printf("%s\n", after);
}

/* Whether the recorded decision would be the same, and what differs. */
static void
print_recorded(
    const gray_explanation_t *explanation, const gray_log_line_t *line)
{
    char time[32];
    bool variant = same_variant(explanation, line);
    bool reason = same_reason(explanation, line);

    printf("recorded %s: %.*s: %.*s (revision %llu)\n",
        grayctl_time(time, line->time), (int) line->variant.len,
        line->variant.data, (int) line->reason.len, line->reason.data,
        (unsigned long long) line->revision);

    if (variant && reason) {
        puts("the decision would be the same now");
    } else if (variant) {
        printf("the variant would be the same now, for another reason: "
               "%.*s -> %s\n",
            (int) line->reason.len, line->reason.data, explanation->reason);
    } else {
        printf("the decision would be another now: %.*s -> %s (%.*s -> %s)\n",
            (int) line->variant.len, line->variant.data, explanation->variant,
            (int) line->reason.len, line->reason.data, explanation->reason);
    }

    if (line->reason.len == 8 && memcmp(line->reason.data, "override", 8) == 0)
    {
        puts("it was decided by a signed override, which explain leaves out");
    }
}

static void
print_text(const grayctl_t *cli, const gray_explanation_t *explanation,
    const gray_log_line_t *line)
{
    char now[32];

    if (explanation->off) {
        printf("the kill switch is off (grayctl on %s); without it:\n\n",
            explanation->all_off ? "--all" : explanation->release);
    }

    print_steps(cli, explanation);
    if (grayctl_option_text(cli, "at", 0) != NULL) {
        printf("at %s ", grayctl_time(now, explanation->now));
    }

    printf("it gets %s%s%s: %s (%s, revision %llu)\n",
        grayctl_paint(cli->color, 'b'), explanation->variant,
        grayctl_paint(cli->color, 0), explanation->reason, explanation->release,
        (unsigned long long) explanation->revision);

    if (line != NULL) {
        print_recorded(explanation, line);
    }

    print_names("not given, so absent:", explanation->missing,
        explanation->nmissing, " (add NAME=VALUE)");
    print_names("given, but no rule uses it:", explanation->unused,
        explanation->nunused, "");
    print_names("live, answer not given, so unknown:", explanation->unasked,
        explanation->nunasked, " (add --live LIST=yes or no)");
}

int
grayctl_explanation_print(const grayctl_t *cli,
    const gray_explanation_t *explanation, const gray_log_line_t *line)
{
    json_t *object;

    if (!cli->json) {
        print_text(cli, explanation, line);
        return GRAYCTL_OK;
    }

    object = gray_json_explanation(explanation);

    if (line != NULL) {
        add_recorded(object, explanation, line);
    }

    return grayctl_json_print(object);
}
