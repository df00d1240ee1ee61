#define _GNU_SOURCE /* open_memstream */
#include <stdlib.h>
#include <string.h>

#include "done.h"
#include "variants.h"
#include "weighed.h"

static const char *
percent_text(char text[16], uint32_t buckets)
{
    snprintf(text, 16, "%.7g", gray_share(buckets));

    return text;
}

/* --- a line for a person ---------------------------------------------------- */

/* "gray 5% -> 10%, b 0% -> 1%": the default's follows from the others. */
static void
print_weights(FILE *out, const gray_weighed_t *weighed)
{
    unsigned v;
    char before[16], after[16];
    const char *comma = "";

    for (v = 0; v < weighed->nvariants; v++) {
        if (v != weighed->default_variant
            && weighed->before[v] != weighed->after[v]) {
            fprintf(out, "%s%s %s%% -> %s%%", comma, weighed->variants[v],
                percent_text(before, weighed->before[v]),
                percent_text(after, weighed->after[v]));
            comma = ", ";
        }
    }

    if (*comma == '\0') {
        fputs("the weights stay", out);
    }
}

/* What a change did to people, beside those who moved. */
typedef struct {
    bool any;
    bool grown;  /* only from the default to others                 */
    bool shrunk; /* only from others to the default                 */
} moves_t;

/* ": 5% of buckets move from stable to gray" */
static moves_t
print_moves(FILE *out, const gray_weighed_t *weighed)
{
    unsigned from, to;
    char share[16];
    moves_t moves = { .grown = true, .shrunk = true };

    for (from = 0; from < weighed->nvariants; from++) {
        for (to = 0; to < weighed->nvariants; to++) {
            if (weighed->moved[from][to] == 0) {
                continue;
            }

            fprintf(out, "%s%s%%%s from %s to %s", moves.any ? ", " : ": ",
                percent_text(share, weighed->moved[from][to]),
                moves.any ? "" : " of buckets move", weighed->variants[from],
                weighed->variants[to]);
            moves.any = true;
            moves.grown &= from == weighed->default_variant;
            moves.shrunk &= to == weighed->default_variant;
        }
    }

    return moves;
}

static void
print_by(FILE *out, const gray_weighed_t *weighed)
{
    unsigned i;

    fputs("; people are divided by ", out);

    for (i = 0; i < weighed->nby; i++) {
        fprintf(out, "%s%s", i > 0 ? ", else " : "", weighed->by[i]);
    }

    if (weighed->divided_anew) {
        fputs(" now, and many of them get another variant than before", out);
    }
}

/* The variant that has all; NULL: none has. */
static const char *
whole_variant(const gray_weighed_t *weighed)
{
    unsigned v;

    for (v = 0; v < weighed->nvariants; v++) {
        if (weighed->after[v] == GRAY_BUCKETS) {
            return weighed->variants[v];
        }
    }

    return NULL;
}

static void
print_whole(FILE *out, const char *rule, const gray_weighed_t *weighed)
{
    if (rule != NULL) {
        fprintf(out, "; everyone whom the rule concerns gets %s",
            whole_variant(weighed));
        return;
    }

    fprintf(out, "; everyone gets %s, with or without an identity",
        whole_variant(weighed));

    if (*weighed->exceptions != '\0') {
        fprintf(out, ", but for the rules that come first: %s",
            weighed->exceptions);
    }
}

/* The whole line, malloc'ed; NULL without memory. */
static char *
outcome_text(const char *rule, const gray_weighed_t *weighed)
{
    char *text = NULL;
    size_t len;
    moves_t moves;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        return NULL;
    }

    print_weights(out, weighed);
    moves = print_moves(out, weighed);

    if (whole_variant(weighed) != NULL) {
        print_whole(out, rule, weighed);

    } else if (moves.any && !weighed->divided_anew) {
        fputs(moves.grown    ? "; nobody moves back"
              : moves.shrunk ? "; raised again, it gets the same people back"
                             : "; nobody else moves",
            out);
    }

    if (weighed->by_changed && weighed->nby > 0) {
        print_by(out, weighed);
    }

    fclose(out);

    return text;
}

/* --- JSON --------------------------------------------------------------------- */

int
grayctl_weighed(
    const grayctl_t *cli, const char *rule, const gray_weighed_t *weighed)
{
    int code;
    char *text;

    if (!gray_control_changed(cli->control)) {
        return grayctl_done(cli, gray_json_weighed(cli->args[0], rule, weighed),
            "the weights of release %s are like that already", cli->args[0]);
    }

    text = outcome_text(rule, weighed);
    code = grayctl_done(cli, gray_json_weighed(cli->args[0], rule, weighed),
        "%s", text != NULL ? text : "done");
    free(text);

    return code;
}
