#include "story.h"
#include "control/audit.h"
#include "control/digest.h"

static const char full[] = "{\"variants\":[\"stable\",\"gray\"],"
                           "\"default\":\"stable\","
                           "\"rules\":[{\"name\":\"vip\",\"if\":\"user = "
                           "'boss'\",\"variant\":\"gray\"},"
                           "{\"name\":\"bj\",\"if\":\"city='BJ'\","
                           "\"split\":{\"gray\":10},\"by\":[\"user\"]}],"
                           "\"by\":[\"device_id\",\"user\"],"
                           "\"split\":{\"gray\":5.125},\"note\":\"ticket\"}";


static void
a_new_release_is_all_stable(void **state)
{
    char *text;
    uint64_t revision;
    story_t *story = *state;

    story_ok(story, gray_control_release_create(
                        story->control, "shop", NULL, 0, &story->errors));
    assert_true(gray_control_changed(story->control));
    story_ok(story, gray_control_release_get(story->control, "shop", &text,
                        &revision, &story->error));
    assert_string_equal(text, "{\n  \"variants\": [\"stable\", \"gray\"],\n"
                              "  \"default\": \"stable\",\n"
                              "  \"rules\": [],\n"
                              "  \"salt\": \"shop\"\n}\n");
    assert_int_equal(revision, gray_control_revision(story->control));
    free(text);
}


static void
what_get_gives_set_takes_unchanged(void **state)
{
    char *text, *again;
    char before[GRAY_DIGEST_TEXT_MAX], after[GRAY_DIGEST_TEXT_MAX];
    uint64_t revision;
    story_t *story = *state;

    story_ok(story, story_set(story, "shop", full));
    revision = gray_control_revision(story->control);
    story_ok(story, gray_control_digest(story->control, before, &story->error));
    story_ok(story, gray_control_release_get(
                        story->control, "shop", &text, NULL, &story->error));
    assert_non_null(strstr(text, "\"split\": {\"gray\": 5.125}"));
    assert_non_null(strstr(text, "\"buckets\": {\"gray\": [[0, 5125]]}"));
    assert_non_null(strstr(text, "\"if\": \"city = 'BJ'\""));

    /* Under another name the salt goes along: the same decisions. */
    story_ok(story, story_set(story, "copy", text));
    story_ok(story, gray_control_release_get(
                        story->control, "copy", &again, NULL, &story->error));
    assert_string_equal(text, again);
    story_ok(story,
        gray_control_release_rm(story->control, "copy", false, &story->error));

    story_ok(story, story_set(story, "shop", full));
    assert_false(gray_control_changed(story->control));
    assert_int_equal(gray_control_revision(story->control), revision + 2);
    story_ok(story, gray_control_digest(story->control, after, &story->error));
    assert_string_equal(before, after);
    free(text);
    free(again);
}


static void
all_problems_of_a_document_are_told_at_once(void **state)
{
    unsigned i, seen;
    char line[1024];
    story_t *story = *state;
    static const char *const wanted[] = { "rules[0]", "rules[1].if",
        "rules[2].variant", "split.gray", "colour", "default" };

    assert_int_equal(
        story_set(story, "shop",
            "{\"default\":\"blue\",\"colour\":1,\"rules\":["
            "{\"name\":\"a\",\"if\":\"true\"},"
            "{\"name\":\"b\",\"if\":\"user == 'x'\",\"variant\":\"gray\"},"
            "{\"name\":\"c\",\"if\":\"true\",\"variant\":\"grey\"}],"
            "\"by\":[\"user\"],\"split\":{\"gray\":1.23456}}"),
        -1);

    for (seen = 0; seen < 6; seen++) {
        for (i = 0; i < story->errors.n; i++) {
            (void) gray_error_print(&story->errors.list[i], line, sizeof(line));
            if (strstr(line, wanted[seen]) != NULL) {
                break;
            }
        }
        if (i == story->errors.n) {
            fail_msg("no problem names %s", wanted[seen]);
        }
    }
    assert_int_equal(gray_control_release_get(
                         story->control, "shop", NULL, NULL, &story->error),
        -1);
    assert_int_equal(story->error.code, GRAY_ENOTFOUND);
}


static void
what_is_no_json_is_refused_with_its_place(void **state)
{
    story_t *story = *state;

    assert_int_equal(story_set(story, "shop", "{\n  \"rules\": [,]\n}"), -1);
    assert_int_equal(story->errors.list[0].line, 2);
    assert_int_equal(story_set(story, "shop", "{\"by\":[],\"by\":[]}"), -1);
    assert_int_equal(story_set(story, "shop", "[]"), -1);
    assert_int_equal(story_set(story, "off", "{}"), -1);
}


static char *
bucket_text(story_t *story)
{
    char *text, *at;

    story_ok(story, gray_control_release_get(
                        story->control, "shop", &text, NULL, &story->error));
    at = strstr(text, "\"buckets\"");
    assert_non_null(at);
    memmove(text, at, strcspn(at, "\n") + 1);
    text[strcspn(text, "\n")] = '\0';

    return text;
}


static void
lowering_and_raising_a_weight_brings_the_same_people_back(void **state)
{
    char *text;
    story_t *story = *state;

    story_ok(story, story_set(story, "shop",
                        "{\"variants\":[\"stable\",\"a\",\"b\"],"
                        "\"by\":[\"user\"],\"split\":{\"a\":10,\"b\":10}}"));
    story_ok(story, story_set(story, "shop",
                        "{\"variants\":[\"stable\",\"a\",\"b\"],"
                        "\"by\":[\"user\"],\"split\":{\"a\":2,\"b\":10}}"));
    text = bucket_text(story);
    assert_non_null(strstr(text, "\"a\": [[0, 2000]]"));
    assert_non_null(strstr(text, "\"b\": [[10000, 20000]]"));
    free(text);

    story_ok(story, story_set(story, "shop",
                        "{\"variants\":[\"stable\",\"a\",\"b\"],"
                        "\"by\":[\"user\"],\"split\":{\"a\":10,\"b\":10}}"));
    text = bucket_text(story);
    assert_non_null(strstr(text, "\"a\": [[0, 10000]]"));
    assert_non_null(strstr(text, "\"b\": [[10000, 20000]]"));
    free(text);
}


static void
an_edited_document_with_old_buckets_grows_from_them(void **state)
{
    char *text;
    story_t *story = *state;

    story_ok(story, story_set(story, "shop",
                        "{\"by\":[\"user\"],\"split\":{\"gray\":10},"
                        "\"buckets\":{\"gray\":[[500,1000]]}}"));
    text = bucket_text(story);
    assert_non_null(strstr(text, "[[500, 1000], [0, 500], [1000, 10000]]"));
    free(text);
}


static void
a_change_by_somebody_else_is_a_conflict(void **state)
{
    uint64_t read;
    story_t *story = *state;

    story_shop(story);
    read = gray_control_revision(story->control);

    /* The same person read it and goes on. */
    gray_control_expect(story->control, read);
    story_ok(story, gray_control_rule_add(story->control, "shop", "all", "gray",
                        "true", NULL, &story->error));

    /* Somebody who had read before that. */
    story_refused(story, GRAY_ECONFLICT,
        gray_control_rule_rm(story->control, "shop", "qa", &story->error));
    assert_false(gray_control_changed(story->control));
    story_refused(
        story, GRAY_ECONFLICT, story_add(story, "testers", "phone-42"));

    gray_control_expect_any(story->control);
    story_ok(story,
        gray_control_rule_rm(story->control, "shop", "qa", &story->error));
}


/* --- rules ------------------------------------------------------------------ */

static void
order(story_t *story, const char *expected)
{
    unsigned i;
    char names[256] = "";
    gray_rule_lines_t lines;

    story_ok(story,
        gray_control_rule_ls(story->control, "shop", &lines, &story->error));
    for (i = 0; i < lines.n; i++) {
        (void) strcat(names, lines.lines[i].name);
        (void) strcat(names, " ");
    }
    gray_rule_lines_free(&lines);
    assert_string_equal(names, expected);
}


static void
rules_are_added_moved_and_renamed(void **state)
{
    story_t *story = *state;
    gray_control_t *control;
    gray_rule_place_t first = { GRAY_RULE_FIRST, NULL };
    gray_rule_place_t before = { GRAY_RULE_BEFORE, "qa" };

    story_shop(story);
    control = story->control;
    story_ok(story, gray_control_rule_add(control, "shop", "b", "gray",
                        "user = 'b'", NULL, &story->error));
    story_ok(story, gray_control_rule_add(control, "shop", "a", "stable",
                        "user = 'a'", &first, &story->error));
    order(story, "a qa b ");
    story_ok(story,
        gray_control_rule_mv(control, "shop", "b", &before, &story->error));
    order(story, "a b qa ");
    story_ok(
        story, gray_control_rule_mv(control, "shop", "a", NULL, &story->error));
    order(story, "b qa a ");
    story_ok(
        story, gray_control_rule_mv(control, "shop", "a", NULL, &story->error));
    assert_false(gray_control_changed(control));
    before.before = "a";
    story_ok(story,
        gray_control_rule_mv(control, "shop", "b", &before, &story->error));
    order(story, "qa b a ");
    story_ok(story,
        gray_control_rule_rename(control, "shop", "b", "boss", &story->error));
    order(story, "qa boss a ");
    story_ok(story, gray_control_rule_rm(control, "shop", "qa", &story->error));
    order(story, "boss a ");
    assert_int_equal(story_check(story), 0);
}


static void
what_a_rule_cannot_be_is_told(void **state)
{
    story_t *story = *state;
    gray_control_t *control;

    story_shop(story);
    control = story->control;
    story_refused(story, GRAY_ESYNTAX,
        gray_control_rule_add(control, "shop", "x", "gray", "device_id == 'a'",
            NULL, &story->error));
    assert_int_equal(story->error.column, 11);
    story_refused(story, GRAY_EEXISTS,
        gray_control_rule_add(
            control, "shop", "qa", "gray", "true", NULL, &story->error));
    story_refused(story, GRAY_EINVALID,
        gray_control_rule_add(
            control, "shop", "x", "grey", "true", NULL, &story->error));
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_rule_add(
            control, "shpo", "x", "gray", "true", NULL, &story->error));
    assert_non_null(strstr(story->error.hint, "'shop'"));
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_rule_rm(control, "shop", "nobody", &story->error));
    assert_int_equal(gray_control_rule_add(control, "shop", "x", "gray",
                         "ip in @office", NULL, &story->error),
        -1);
    assert_non_null(strstr(story->error.message, "office"));
}


static void
a_renamed_rule_keeps_its_buckets(void **state)
{
    char *text;
    story_t *story = *state;

    story_ok(story, story_set(story, "shop",
                        "{\"by\":[\"user\"],\"rules\":[{\"name\":\"bj\","
                        "\"if\":\"true\",\"split\":{\"gray\":10},"
                        "\"buckets\":{\"gray\":[[50000,60000]]}}]}"));
    story_ok(story, gray_control_rule_rename(story->control, "shop", "bj",
                        "beijing", &story->error));
    story_ok(story, gray_control_release_get(
                        story->control, "shop", &text, NULL, &story->error));
    assert_non_null(strstr(text, "[[50000, 60000]]"));
    free(text);
}


/* --- the audit --------------------------------------------------------------- */

typedef struct {
    unsigned n;
    char verbs[256];
    char last[4096];
} audit_t;

static int
audit_tell(void *data, const gray_audit_record_t *record)
{
    audit_t *audit = data;

    if (audit->n++ == 0) {
        (void) snprintf(audit->last, sizeof(audit->last), "%s", record->json);
    }
    (void) strcat(audit->verbs, record->verb);
    (void) strcat(audit->verbs, ";");

    return 0;
}


static void
every_change_is_in_the_audit_and_nothing_else(void **state)
{
    story_t *story = *state;
    audit_t audit = { 0 };
    gray_audit_filter_t filter = { 0 };

    gray_control_actor(story->control, 1234, "alice", "grayctl");
    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    story_ok(story, story_add(story, "testers", "phone-42"));
    assert_int_equal(story_add(story, "testers", ""), -1);

    story_ok(story, gray_control_audit(story->control, &filter, audit_tell,
                        &audit, &story->error));
    assert_string_equal(
        audit.verbs, "list add;rule add;list create;release create;");
    assert_non_null(strstr(audit.last, "\"uid\":1234,\"user\":\"alice\""));
    assert_non_null(strstr(audit.last, "\"members\":[\"phone-42\"]"));

    memset(&audit, 0, sizeof(audit));
    filter.release = "shop";
    filter.limit = 1;
    story_ok(story, gray_control_audit(story->control, &filter, audit_tell,
                        &audit, &story->error));
    assert_string_equal(audit.verbs, "rule add;");
}


static void
ls_shows_what_there_is(void **state)
{
    story_t *story = *state;
    gray_release_lines_t lines;

    story_shop(story);
    story_ok(story, story_set(story, "app", full));
    story_ok(
        story, gray_control_release_ls(story->control, &lines, &story->error));
    assert_int_equal(lines.n, 2);
    assert_string_equal(lines.lines[0].name, "app");
    assert_int_equal(lines.lines[0].weights[1], 5125);
    assert_int_equal(lines.lines[1].nlists, 1);
    assert_string_equal(lines.lines[1].lists[0], "testers");
    gray_release_lines_free(&lines);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_new_release_is_all_stable),
        story_test(what_get_gives_set_takes_unchanged),
        story_test(all_problems_of_a_document_are_told_at_once),
        story_test(what_is_no_json_is_refused_with_its_place),
        story_test(lowering_and_raising_a_weight_brings_the_same_people_back),
        story_test(an_edited_document_with_old_buckets_grows_from_them),
        story_test(a_change_by_somebody_else_is_a_conflict),
        story_test(rules_are_added_moved_and_renamed),
        story_test(what_a_rule_cannot_be_is_told),
        story_test(a_renamed_rule_keeps_its_buckets),
        story_test(every_change_is_in_the_audit_and_nothing_else),
        story_test(ls_shows_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
