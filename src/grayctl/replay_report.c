#include "replay_report.h"

#include <stdlib.h>
#include <string.h>

#include "bad_lines.h"
#include "done.h"
#include "fields.h"
#include "input.h"
#include "lives.h"
#include "output.h"
#include "remote.h"
#include "report.h"

/* Kinds of change that are told by what decided. */
#define DECIDERS_SHOWN 10

static double
percent(uint64_t n, uint64_t of)
{
    return of > 0 ? 100.0 * (double) n / (double) of : 0;
}

/* --- for a person ----------------------------------------------------------- */

static void
print_summary(const json_t *replayed, bool proposed)
{
    char count[64], changed[32], first[32], last[32];
    const char *release = field_text(replayed, "release");
    uint64_t requests = field_number(replayed, "requests");

    if (requests == 0) {
        printf("no request of %s in the log\n", release);
        return;
    }

    printf("%s of %s, %s to %s\n",
        grayctl_count(count, requests, "request", "requests"), release,
        field_local(first, replayed, "first"),
        field_local(last, replayed, "last"));

    if (field_number(replayed, "changed") == 0) {
        printf("%s\n", proposed ? "none would get another variant"
                                : "each would get the same variant now");
        return;
    }

    printf("%s (%.3g%%) would get another variant%s\n",
        grayctl_number(changed, field_number(replayed, "changed")),
        percent(field_number(replayed, "changed"), requests),
        proposed ? "" : " now");
}

/* "others" for what found no place of its own. */
static const char *
or_others(const json_t *object, const char *name)
{
    const char *text = field_text(object, name);

    return *text ? text : "others";
}

static void
add_deciders(grayctl_table_t *table, const json_t *deciders)
{
    size_t d;
    const json_t *decider;

    json_array_foreach(deciders, d, decider)
    {
        if (d == DECIDERS_SHOWN) {
            break;
        }

        grayctl_table_add(table, "");
        grayctl_table_add(table, "");
        grayctl_table_number(table, field_number(decider, "requests"));
        grayctl_table_add(table, "");
        grayctl_table_addf(table, "%s -> %s", or_others(decider, "from"),
            or_others(decider, "to"));
    }
}

static void
print_changes(const grayctl_t *cli, const json_t *replayed)
{
    size_t i;
    grayctl_table_t table;
    const json_t *change;
    static const char *heads[]
        = { "FROM", "TO", ">REQUESTS", ">SHARE", "DECIDED BY", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(json_object_get(replayed, "changes"), i, change)
    {
        grayctl_table_add(&table, or_others(change, "from"));
        grayctl_table_add(&table, or_others(change, "to"));
        grayctl_table_number(&table, field_number(change, "requests"));
        grayctl_table_addf(&table, "%.3g%%",
            percent(field_number(change, "requests"),
                field_number(replayed, "requests")));
        grayctl_table_add(&table, "");
        add_deciders(&table, json_object_get(change, "by"));
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
print_examples(const json_t *change)
{
    size_t i;
    char shown[2048];
    const json_t *example;
    const char *attributes;

    printf("\nfrom %s to %s, such as\n", or_others(change, "from"),
        or_others(change, "to"));

    json_array_foreach(json_object_get(change, "examples"), i, example)
    {
        attributes = field_text(example, "attributes");
        printf("  line %llu: %s: %s -> %s\n",
            (unsigned long long) field_number(example, "line"),
            gray_escape(shown, sizeof(shown), attributes, strlen(attributes)),
            field_text(example, "from"), field_text(example, "to"));
    }
}

static void
print_shares(const grayctl_t *cli, const json_t *shares)
{
    size_t i;
    grayctl_table_t table;
    const json_t *share;
    static const char *heads[] = { "VARIANT", ">BEFORE", ">AFTER", NULL };

    grayctl_table_begin(&table, cli, heads);

    json_array_foreach(shares, i, share)
    {
        grayctl_table_add(&table, field_text(share, "variant"));
        grayctl_table_addf(
            &table, "%.3f%%", field_share(share, "before_percent"));
        grayctl_table_addf(
            &table, "%.3f%%", field_share(share, "after_percent"));
    }

    putchar('\n');
    grayctl_table_end(&table, 0);
}

static void
print_names(const char *before, const json_t *names, const char *after)
{
    size_t i;
    const json_t *name;

    json_array_foreach(names, i, name)
    {
        printf("%s%s", i > 0 ? ", " : before, json_string_value(name));
    }

    if (i > 0) {
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
print_remarks(const json_t *replayed)
{
    print_count(
        field_number(replayed, "bad"), "line", "lines", "could not be read");
    print_count(field_number(replayed, "others"), "line", "lines",
        "left out: of other releases");
    print_count(field_number(replayed, "undecided"), "line", "lines",
        "left out: the request ended before its decision");
    print_count(field_number(replayed, "overridden"), "request", "requests",
        "by a signed override: they keep their variant");
    print_names(
        "not in the log, so absent: ", json_object_get(replayed, "missing"),
        " (add attr.NAME to the log format)");
    print_names("live, answer not given, so unknown: ",
        json_object_get(replayed, "unasked"), " (add --live LIST=yes or no)");

    if (field_flag(replayed, "off")) {
        printf("the kill switch of %s is off: until grayctl on, everyone gets "
               "the default\n",
            field_text(replayed, "release"));
    }
}

static void
print_text(const grayctl_t *cli, const json_t *replayed, bool proposed)
{
    size_t i;
    const json_t *change;

    print_summary(replayed, proposed);

    if (field_number(replayed, "changed") > 0) {
        print_changes(cli, replayed);

        json_array_foreach(json_object_get(replayed, "changes"), i, change)
        {
            print_examples(change);
        }
    }

    if (field_number(replayed, "requests") > 0) {
        print_shares(cli, json_object_get(replayed, "variants"));
        putchar('\n');
    }

    print_remarks(replayed);
}

/* --- replaying --------------------------------------------------------------- */

static json_t *
replay_here(
    grayctl_t *cli, gray_replay_t *question, FILE *in, grayctl_bad_lines_t *bad)
{
    json_t *found;
    gray_replayed_t replayed;

    question->data = bad;
    question->progress = grayctl_bad_lines_progress;
    question->bad = grayctl_bad_lines_tell;

    if (gray_control_replay(cli->control, question, in, &replayed, &cli->errors)
        != 0)
    {
        return NULL;
    }

    found = gray_json_replayed(question->release, &replayed, bad->list);
    gray_replayed_free(&replayed);

    return found;
}

/* The line that goes before a log: the document's text, so that positions in
 * it stay what they are, and what live lists answer. malloc'ed. */
static char *
question_line(const gray_replay_t *question)
{
    char *text, *line = NULL;
    json_t *object;

    object = json_pack("{s:o, s:s?}", "live",
        grayctl_lives_json(question->lives, question->nlives), "document",
        question->document);
    text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);

    if (text != NULL) {
        line = malloc(strlen(text) + 2);
    }

    if (line != NULL) {
        (void) sprintf(line, "%s\n", text);
    }

    free(text);

    return line;
}

static json_t *
replay_there(grayctl_t *cli, const gray_replay_t *question, FILE *in,
    grayctl_bad_lines_t *bad)
{
    json_t *found = NULL;
    char *head = question_line(question);
    grayctl_reply_t reply;
    grayctl_upload_t upload = { .file = NULL, .head = head };
    grayctl_request_t request = { .route = "POST /v1/releases/{0}/replay",
        .upload = &upload,
        .progress = &bad->progress,
        .lasting = true,
        .reads = true };

    if (head == NULL) {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "the document is not UTF-8, which a server needs");
        return NULL;
    }

    upload.head_len = strlen(head);
    upload.file = grayctl_upload_open(cli, in, &bad->progress);
    bad->progress.what = "KiB sent";

    if (upload.file != NULL && grayctl_send(cli, &request, &reply) == 0) {
        found = json_incref(reply.json);
        grayctl_reply_free(&reply);
        grayctl_bad_lines_tell_all(bad, found);
    }

    if (upload.file != NULL && upload.file != in) {
        fclose(upload.file);
    }

    free(head);

    return found;
}

int
grayctl_replay_file(
    grayctl_t *cli, gray_replay_t *question, const char *file, json_t **json)
{
    FILE *in;
    json_t *found;
    grayctl_bad_lines_t bad;

    in = grayctl_input_open_file(cli, file);
    if (in == NULL) {
        return grayctl_failed(cli);
    }

    grayctl_bad_lines_begin(&bad, cli, file);
    found = cli->server != NULL ? replay_there(cli, question, in, &bad)
                                : replay_here(cli, question, in, &bad);
    grayctl_bad_lines_end(&bad);
    grayctl_input_close(in);
    json_decref(bad.list);

    if (found == NULL) {
        return grayctl_failed_in(cli, question->document);
    }

    if (cli->json) {
        *json = found;
    } else {
        print_text(cli, found, question->document != NULL);
        json_decref(found);
    }

    return GRAYCTL_OK;
}
