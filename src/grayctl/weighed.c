#define _GNU_SOURCE /* open_memstream */
#include "weighed.h"

#include <stdlib.h>
#include <string.h>

#include "done.h"
#include "fields.h"

/* "gray 5% -> 10%, b 0% -> 1%": the default's follows from the others. */
static void
print_weights(FILE *out, const json_t *did)
{
    size_t i;
    double before, after;
    const json_t *variant;
    const char *comma = "", *first = field_text(did, "default");

    json_array_foreach(json_object_get(did, "variants"), i, variant)
    {
        before = field_share(variant, "before");
        after = field_share(variant, "after");

        if (before != after && strcmp(field_text(variant, "name"), first) != 0)
        {
            fprintf(out, "%s%s %.7g%% -> %.7g%%", comma,
                field_text(variant, "name"), before, after);
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
print_moves(FILE *out, const json_t *did)
{
    size_t i;
    const json_t *move;
    const char *from, *to, *first = field_text(did, "default");
    moves_t moves = { .grown = true, .shrunk = true };

    json_array_foreach(json_object_get(did, "moves"), i, move)
    {
        from = field_text(move, "from");
        to = field_text(move, "to");
        fprintf(out, "%s%.7g%%%s from %s to %s", moves.any ? ", " : ": ",
            field_share(move, "percent"), moves.any ? "" : " of buckets move",
            from, to);
        moves.any = true;
        moves.grown &= strcmp(from, first) == 0;
        moves.shrunk &= strcmp(to, first) == 0;
    }

    return moves;
}

static void
print_by(FILE *out, const json_t *did)
{
    size_t i;
    const json_t *by;

    fputs("; people are divided by ", out);

    json_array_foreach(json_object_get(did, "by"), i, by)
    {
        fprintf(out, "%s%s", i > 0 ? ", else " : "", json_string_value(by));
    }

    if (field_flag(did, "divided_anew")) {
        fputs(" now, and many of them get another variant than before", out);
    }
}

/* The variant that has all; NULL: none has. */
static const char *
whole_variant(const json_t *did)
{
    size_t i;
    const json_t *variant;

    json_array_foreach(json_object_get(did, "variants"), i, variant)
    {
        if (field_share(variant, "after") == 100) {
            return field_text(variant, "name");
        }
    }

    return NULL;
}

static void
print_whole(FILE *out, const json_t *did)
{
    const char *exceptions = field_text(did, "exceptions");

    if (*field_text(did, "rule") != '\0') {
        fprintf(out, "; everyone whom the rule concerns gets %s",
            whole_variant(did));
        return;
    }

    fprintf(out, "; everyone gets %s, with or without an identity",
        whole_variant(did));

    if (*exceptions != '\0') {
        fprintf(out, ", but for the rules that come first: %s", exceptions);
    }
}

/* The whole line, malloc'ed; NULL without memory. */
static char *
outcome_text(const json_t *did)
{
    char *text = NULL;
    size_t len;
    moves_t moves;
    FILE *out = open_memstream(&text, &len);

    if (out == NULL) {
        return NULL;
    }

    print_weights(out, did);
    moves = print_moves(out, did);

    if (whole_variant(did) != NULL) {
        print_whole(out, did);

    } else if (moves.any && !field_flag(did, "divided_anew")) {
        fputs(moves.grown    ? "; nobody moves back"
              : moves.shrunk ? "; raised again, it gets the same people back"
                             : "; nobody else moves",
            out);
    }

    if (field_flag(did, "by_changed")
        && json_array_size(json_object_get(did, "by")) > 0)
    {
        print_by(out, did);
    }

    fclose(out);

    return text;
}

int
grayctl_weighed(grayctl_t *cli, json_t *did)
{
    int code;
    char *text;

    if (did == NULL) {
        return grayctl_failed(cli);
    }

    if (!grayctl_changed(did)) {
        return grayctl_done(cli, did,
            "the weights of release %s are like that already", cli->args[0]);
    }

    text = outcome_text(did);
    code = grayctl_done(cli, did, "%s", text != NULL ? text : "done");
    free(text);

    return code;
}
