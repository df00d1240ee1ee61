/* grayctl explain: which variant a request gets, and why. */

#include <stdlib.h>
#include <string.h>

#include "control/explain.h"
#include "done.h"
#include "options.h"
#include "output.h"
#include "report.h"

/* --- what was asked --------------------------------------------------------- */

/* "device_id=phone-42": splits the argument in place. */
static int
read_attribute(grayctl_t *cli, char *word, gray_explain_attribute_t *attribute)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals == word) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "'%s' is no attribute with a value", word);
        return gray_error_hint(&cli->error, "write it like device_id=phone-42");
    }

    *equals = '\0';
    attribute->name = word;
    attribute->value.data = equals + 1;
    attribute->value.len = strlen(equals + 1);

    return 0;
}

/* "legacy=yes"; `name` keeps the list's name. */
static int
read_live(grayctl_t *cli, const char *text, char name[GRAY_NAME_MAX + 1],
    gray_explain_live_t *live)
{
    size_t i, len = strcspn(text, "=");
    static const struct {
        const char *word;
        gray_answer_t answer;
    } answers[] = {
        { "=yes", GRAY_YES },
        { "=no", GRAY_NO },
        { "=unknown", GRAY_UNKNOWN_LIVE },
    };

    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (strcmp(text + len, answers[i].word) == 0 && len > 0
            && len <= GRAY_NAME_MAX) {
            memcpy(name, text, len);
            name[len] = '\0';
            live->list = name;
            live->answer = answers[i].answer;
            return 0;
        }
    }

    gray_error_set(
        &cli->error, GRAY_EINVALID, "--live: '%s' is no answer", text);

    return gray_error_hint(
        &cli->error, "write it like --live legacy=yes, no or unknown");
}

static int
read_question(grayctl_t *cli, gray_explain_t *question,
    gray_explain_attribute_t *attributes, gray_explain_live_t *lives,
    char (*names)[GRAY_NAME_MAX + 1])
{
    int i;
    const char *text;

    question->release = cli->args[0];
    question->attributes = attributes;
    question->lives = lives;

    for (i = 1; i < cli->nargs; i++) {
        if (read_attribute(
                cli, cli->args[i], &attributes[question->nattributes++])
            != 0)
        {
            return -1;
        }
    }

    for (i = 0; (text = grayctl_option_text(cli, "live", i)) != NULL; i++) {
        if (read_live(cli, text, names[i], &lives[question->nlives++]) != 0) {
            return -1;
        }
    }

    return 0;
}

/* --- JSON ------------------------------------------------------------------- */

static const char *
or_null(const char *text)
{
    return *text ? text : NULL;
}

static json_t *
trace_json(const gray_explanation_t *explanation)
{
    unsigned i;
    json_t *trace = json_array();
    const gray_explain_step_t *step;
    static const char *kinds[] = { [GRAY_STEP_TEST] = "test",
        [GRAY_STEP_RULE] = "rule",
        [GRAY_STEP_SPLIT] = "split" };

    for (i = 0; i < explanation->nsteps; i++) {
        step = &explanation->steps[i];
        json_array_append_new(trace,
            json_pack("{s:s, s:s?, s:s?, s:o, s:o}", "step", kinds[step->kind],
                "rule", or_null(step->rule), "truth",
                step->kind == GRAY_STEP_SPLIT ? NULL
                                              : gray_truth_name(step->truth),
                "test", grayctl_json_text(step->test), "why",
                grayctl_json_text(step->why)));
    }

    return trace;
}

static json_t *
names_json(char **names, unsigned n)
{
    unsigned i;
    json_t *list = json_array();

    for (i = 0; i < n; i++) {
        json_array_append_new(list, grayctl_json_text(names[i]));
    }

    return list;
}

static int
print_json(const gray_explanation_t *explanation)
{
    json_t *bucket = explanation->bucket < 0
                         ? json_null()
                         : json_integer(explanation->bucket);

    return grayctl_json_print(json_pack(
        "{s:s, s:s, s:s, s:s?, s:s?, s:o, s:I, s:b, s:o, s:o, s:o, s:o}",
        "release", explanation->release, "variant", explanation->variant,
        "reason", explanation->reason, "rule", or_null(explanation->rule),
        "attribute", or_null(explanation->attribute), "bucket", bucket,
        "revision", (json_int_t) explanation->revision, "off", explanation->off,
        "missing", names_json(explanation->missing, explanation->nmissing),
        "unused", names_json(explanation->unused, explanation->nunused),
        "unasked", names_json(explanation->unasked, explanation->nunasked),
        "trace", trace_json(explanation)));
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

static void
print_text(const grayctl_t *cli, const gray_explanation_t *explanation)
{
    if (explanation->off) {
        printf("the kill switch is off (grayctl on %s); without it:\n\n",
            explanation->all_off ? "--all" : explanation->release);
    }

    print_steps(cli, explanation);
    printf("it gets %s%s%s: %s (%s, revision %llu)\n",
        grayctl_paint(cli->color, 'b'), explanation->variant,
        grayctl_paint(cli->color, 0), explanation->reason, explanation->release,
        (unsigned long long) explanation->revision);

    print_names("not given, so absent:", explanation->missing,
        explanation->nmissing, " (add NAME=VALUE)");
    print_names("given, but no rule uses it:", explanation->unused,
        explanation->nunused, "");
    print_names("live, answer not given, so unknown:", explanation->unasked,
        explanation->nunasked, " (add --live LIST=yes or no)");
}

int
grayctl_explain(grayctl_t *cli)
{
    int code;
    gray_explain_t question = { 0 };
    gray_explanation_t explanation;
    gray_explain_live_t lives[GRAYCTL_OPTIONS_MAX];
    char names[GRAYCTL_OPTIONS_MAX][GRAY_NAME_MAX + 1];
    gray_explain_attribute_t *attributes
        = calloc(cli->nargs, sizeof(*attributes));

    if (attributes == NULL) {
        return GRAYCTL_FAILED;
    }

    if (read_question(cli, &question, attributes, lives, names) != 0) {
        code = grayctl_misused(cli, &cli->error);

    } else if (gray_control_explain(
                   cli->control, &question, &explanation, &cli->error)
               != 0)
    {
        code = grayctl_failed(cli);

    } else {
        if (cli->json) {
            print_json(&explanation);
        } else {
            print_text(cli, &explanation);
        }

        gray_explanation_free(&explanation);
        code = GRAYCTL_OK;
    }

    free(attributes);

    return code;
}
