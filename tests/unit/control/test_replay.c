#include "story.h"
#include "control/dry_run.h"
#include "control/line_reader.h"
#include "control/replay.h"

#define AT "time=2026-01-31T12:00:00Z release=shop "

typedef struct {
    unsigned nbad;
    uint64_t bad[4]; /* lines */
    unsigned nprogress;
} heard_t;


static void
hear_bad(void *data, uint64_t line, const gray_error_t *error)
{
    heard_t *heard = data;

    assert_true(error->message[0] != '\0');
    if (heard->nbad < 4) {
        heard->bad[heard->nbad] = line;
    }
    heard->nbad++;
}


static int
hear_progress(void *data, uint64_t done)
{
    heard_t *heard = data;

    assert_true(done > 0);
    heard->nprogress++;

    return 0;
}


static gray_replayed_t
replay(story_t *story, const char *log, const char *document, heard_t *heard)
{
    gray_replayed_t replayed;
    gray_replay_t question = {
        .release = "shop",
        .document = document,
        .len = document != NULL ? strlen(document) : 0,
        .data = heard,
        .progress = heard != NULL ? hear_progress : NULL,
        .bad = heard != NULL ? hear_bad : NULL,
    };
    FILE *in = fmemopen((void *) (uintptr_t) log, strlen(log), "r");

    story_ok(story, gray_control_replay(story->control, &question, in,
                        &replayed, &story->errors));
    (void) fclose(in);

    return replayed;
}


static void
recorded_decisions_are_compared_with_the_stored_document(void **state)
{
    gray_replayed_t r;
    heard_t heard = { 0 };
    story_t *story = *state;

    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    r = replay(story,
        AT "variant=stable reason=default revision=1 "
           "attr.device_id=\"phone-42\"\n"
           "what is this\n" AT "variant=stable reason=default revision=1\n",
        NULL, &heard);
    assert_int_equal(r.lines, 3);
    assert_int_equal(r.requests, 2);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.bad, 1);
    assert_int_equal(heard.nbad, 1);
    assert_int_equal(heard.bad[0], 2);
    assert_int_equal(r.first, 1769860800);
    assert_int_equal(r.nchanges, 1);
    assert_string_equal(r.changes[0].from, "stable");
    assert_string_equal(r.changes[0].to, "gray");
    assert_string_equal(r.changes[0].deciders[0].to, "targeting_match:qa");
    assert_string_equal(
        r.changes[0].examples[0].attributes, "device_id=phone-42");
    assert_int_equal(r.nmissing, 0);
    gray_replayed_free(&r);
}


static void
a_proposed_document_is_compared_with_the_stored_one(void **state)
{
    gray_replayed_t r;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    r = replay(story,
        AT "variant=odd reason=default attr.device_id=\"phone-42\"\n" AT
           "variant=odd reason=default attr.device_id=\"phone-43\"\n",
        "{\"rules\":[{\"name\":\"all\",\"if\":\"device_id in @testers\","
        "\"variant\":\"gray\"}],\"by\":[\"device_id\"],"
        "\"split\":{\"gray\":100}}",
        NULL);
    assert_int_equal(r.changed, 1);
    assert_string_equal(r.changes[0].deciders[0].from, "default");
    assert_string_equal(r.changes[0].deciders[0].to, "split:device_id");
    assert_int_equal(r.nshares, 2);
    gray_replayed_free(&r);

    /* Nothing was written. */
    assert_false(gray_control_changed(story->control));
}


/* Adds the member that the later lines ask for. */
static int
add_member(void *data, uint64_t done)
{
    story_t *story = data;

    (void) done;
    story_ok(story, story_add(story, "testers", "x"));

    return 0;
}


static void
a_list_that_changes_while_a_log_is_read_is_read_anew(void **state)
{
    unsigned i;
    char *log;
    size_t len;
    FILE *out = open_memstream(&log, &len), *in;
    gray_replayed_t r;
    story_t *story = *state;
    gray_replay_t question
        = { .release = "shop", .data = story, .progress = add_member };

    story_shop(story);
    for (i = 0; i < 5000; i++) {
        fputs(AT "variant=stable reason=default attr.device_id=\"x\"\n", out);
    }
    (void) fclose(out);
    in = fmemopen(log, len, "r");
    story_ok(story,
        gray_control_replay(story->control, &question, in, &r, &story->errors));
    (void) fclose(in);

    assert_int_equal(r.changed, 5000 - 4096);
    assert_int_equal(r.changes[0].examples[0].line, 4097);
    gray_replayed_free(&r);
    free(log);
}


static int
stop(void *data, uint64_t done)
{
    (void) data;
    (void) done;

    return -1;
}


static void
progress_is_told_and_may_stop_it(void **state)
{
    unsigned i;
    char *log;
    size_t len;
    FILE *out = open_memstream(&log, &len), *in;
    heard_t heard = { 0 };
    gray_replayed_t r;
    gray_replay_t question = { .release = "shop" };
    story_t *story = *state;

    story_shop(story);
    for (i = 0; i < 10000; i++) {
        fputs(AT "variant=stable reason=default\n", out);
    }
    (void) fclose(out);
    r = replay(story, log, NULL, &heard);
    assert_int_equal(r.requests, 10000);
    assert_int_equal(heard.nprogress, 2);
    gray_replayed_free(&r);

    question.progress = stop;
    in = fmemopen(log, len, "r");
    assert_int_equal(
        gray_control_replay(story->control, &question, in, &r, &story->errors),
        -1);
    assert_string_equal(story->errors.list[0].message, "stopped");
    (void) fclose(in);
    free(log);
}


static void
an_absent_release_is_not_found(void **state)
{
    gray_replayed_t r;
    story_t *story = *state;
    gray_replay_t question = { .release = "nosuch" };
    FILE *in = fmemopen((void *) (uintptr_t) "x", 1, "r");

    assert_int_equal(
        gray_control_replay(story->control, &question, in, &r, &story->errors),
        -1);
    assert_int_equal(story->errors.list[0].code, GRAY_ENOTFOUND);
    assert_int_equal(story->errors.n, 1);
    (void) fclose(in);
}


static void
lines_of_any_length_are_read_or_passed_over(void **state)
{
    char *text, *big;
    size_t len;
    FILE *in;
    static gray_line_reader_t reader;
    const size_t longest = GRAY_LINE_MAX, size = 3 * sizeof(reader.buffer);

    (void) state;
    big = malloc(size);
    memset(big, 'x', size);
    memcpy(big, "one\r\n\n", 6);
    big[6 + longest] = '\n';                   /* just fits   */
    big[6 + longest + 1 + longest + 1] = '\n'; /* one too long */
    big[size - 5] = '\n';                      /* far too long */

    in = fmemopen(big, size, "r");
    memset(&reader, 0, sizeof(reader));
    reader.in = in;

    assert_true(gray_line_next(&reader, &text, &len));
    assert_int_equal(len, 3);
    assert_memory_equal(text, "one", 3);
    assert_true(gray_line_next(&reader, &text, &len));
    assert_int_equal(len, 0);
    assert_true(gray_line_next(&reader, &text, &len));
    assert_non_null(text);
    assert_int_equal(len, longest);
    assert_true(gray_line_next(&reader, &text, &len));
    assert_null(text);
    assert_true(gray_line_next(&reader, &text, &len));
    assert_null(text);
    assert_true(gray_line_next(&reader, &text, &len));
    assert_int_equal(len, 4);
    assert_memory_equal(text, "xxxx", 4);
    assert_false(gray_line_next(&reader, &text, &len));
    assert_int_equal(reader.line, 6);

    (void) fclose(in);
    free(big);
}


static void
a_dry_run_writes_nothing_and_ends(void **state)
{
    uint64_t revision;
    gray_dry_run_t dry_run = { 0 };
    story_t *story = *state;

    story_shop(story);
    revision = gray_control_revision(story->control);

    gray_control_dry_run(story->control, &dry_run);
    story_ok(story, gray_control_rule_add(story->control, "shop", "vip",
                        "stable", "user = 7", NULL, &story->error));
    assert_true(dry_run.changed);
    assert_false(dry_run.made);
    assert_int_equal(dry_run.nchanges, 1);
    assert_string_equal(
        dry_run.changes[0], "rule vip: new, number 2 of 2: stable if user = 7");
    assert_non_null(strstr(dry_run.document, "vip"));
    assert_false(gray_control_changed(story->control));

    gray_control_dry_run(story->control, NULL);
    story_ok(story,
        gray_control_rule_rm(story->control, "shop", "qa", &story->error));
    assert_true(gray_control_revision(story->control) == revision + 1);
    gray_dry_run_free(&dry_run);
    assert_int_equal(story_check(story), 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(recorded_decisions_are_compared_with_the_stored_document),
        story_test(a_proposed_document_is_compared_with_the_stored_one),
        story_test(a_list_that_changes_while_a_log_is_read_is_read_anew),
        story_test(progress_is_told_and_may_stop_it),
        story_test(an_absent_release_is_not_found),
        cmocka_unit_test(lines_of_any_length_are_read_or_passed_over),
        story_test(a_dry_run_writes_nothing_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
