#include "story.h"
#include "control/explain.h"
#include "control/switch.h"


/* Asks with up to two attributes; a NULL name ends them. */
static gray_explanation_t
ask(story_t *story, const char *name, const char *value, const char *name2,
    const char *value2, gray_answer_t legacy)
{
    gray_explanation_t explanation;
    gray_explain_attribute_t attributes[2] = {
        { name, { value != NULL ? strlen(value) : 0, value } },
        { name2, { value2 != NULL ? strlen(value2) : 0, value2 } },
    };
    gray_explain_live_t live = { "legacy", legacy };
    gray_explain_t question = {
        .release = "shop",
        .attributes = attributes,
        .nattributes = (name != NULL) + (name2 != NULL),
        .lives = &live,
        .nlives = legacy != GRAY_PENDING,
    };

    story_ok(story, gray_control_explain(story->control, &question,
                        &explanation, &story->error));

    return explanation;
}


static void
the_first_minutes_with_the_product(void **state)
{
    gray_explanation_t e;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));

    e = ask(story, "device_id", "phone-42", NULL, NULL, GRAY_PENDING);
    assert_string_equal(e.variant, "gray");
    assert_string_equal(e.reason, "targeting_match:qa");
    assert_string_equal(e.rule, "qa");
    assert_int_equal(e.revision, gray_control_revision(story->control));
    assert_int_equal(e.nsteps, 2);
    assert_string_equal(e.steps[0].test, "device_id in @testers");
    assert_string_equal(e.steps[0].why, "phone-42 is in testers");
    assert_string_equal(e.steps[1].why, "gives gray");
    gray_explanation_free(&e);

    e = ask(story, "device_id", "phone-43", "colour", "red", GRAY_PENDING);
    assert_string_equal(e.variant, "stable");
    assert_string_equal(e.reason, "default");
    assert_int_equal(e.nunused, 1);
    assert_string_equal(e.unused[0], "colour");
    gray_explanation_free(&e);

    e = ask(story, NULL, NULL, NULL, NULL, GRAY_PENDING);
    assert_int_equal(e.nmissing, 1);
    assert_string_equal(e.missing[0], "device_id");
    assert_string_equal(e.steps[0].why, "device_id is absent");
    gray_explanation_free(&e);
}


static void
an_address_is_explained_by_its_block(void **state)
{
    gray_explanation_t e;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, gray_control_list_create(
                        story->control, "office", GRAY_LIST_IP, &story->error));
    story_ok(story, story_add(story, "office", "10.0.0.0/8"));
    story_ok(story, gray_control_rule_add(story->control, "shop", "office",
                        "gray", "ip in @office", NULL, &story->error));
    e = ask(story, "ip", "::ffff:10.1.2.3", NULL, NULL, GRAY_PENDING);
    assert_string_equal(e.reason, "targeting_match:office");
    assert_string_equal(
        e.steps[2].why, "::ffff:10.1.2.3 is in 10.0.0.0/8 of office");
    gray_explanation_free(&e);
}


static void
a_live_list_is_asked_of_the_caller(void **state)
{
    gray_explanation_t e;
    story_t *story = *state;

    story_ok(story, gray_control_list_create(story->control, "legacy",
                        GRAY_LIST_LIVE, &story->error));
    story_ok(story, gray_control_release_create(
                        story->control, "shop", NULL, 0, &story->errors));
    story_ok(story, gray_control_rule_add(story->control, "shop", "recipe",
                        "gray", "ip in @legacy", NULL, &story->error));

    e = ask(story, "ip", "1.2.3.4", NULL, NULL, GRAY_YES);
    assert_string_equal(e.reason, "targeting_match:recipe");
    gray_explanation_free(&e);
    e = ask(story, "ip", "1.2.3.4", NULL, NULL, GRAY_NO);
    assert_string_equal(e.reason, "default");
    gray_explanation_free(&e);
    e = ask(story, "ip", "1.2.3.4", NULL, NULL, GRAY_PENDING);
    assert_string_equal(e.variant, "stable");
    assert_string_equal(e.reason, "error:live:legacy");
    assert_int_equal(e.nunasked, 1);
    gray_explanation_free(&e);
}


static void
a_split_tells_attribute_and_bucket(void **state)
{
    char reason[64];
    gray_explanation_t e;
    story_t *story = *state;

    story_ok(story, story_set(story, "shop",
                        "{\"by\":[\"device_id\",\"user\"],"
                        "\"split\":{\"gray\":50}}"));
    e = ask(story, "user", "alice", NULL, NULL, GRAY_PENDING);
    assert_true(e.bucket >= 0 && e.bucket < 100000);
    (void) snprintf(reason, sizeof(reason), "split:user:%d", e.bucket);
    assert_string_equal(e.reason, reason);
    assert_string_equal(e.attribute, "user");
    assert_string_equal(e.variant, e.bucket < 50000 ? "gray" : "stable");
    assert_int_equal(e.range.first, e.bucket < 50000 ? 0 : 50000);
    assert_int_equal(e.range.end, e.bucket < 50000 ? 50000 : 100000);
    assert_string_equal(e.range.variant, e.bucket < 50000 ? "gray" : "");
    assert_non_null(
        strstr(e.steps[0].why, e.bucket < 50000 ? "in 0 to 49999 of gray"
                                                : "in 50000 to 99999, which"));
    gray_explanation_free(&e);
}


static void
every_test_is_explained_as_it_is_written(void **state)
{
    gray_explanation_t e;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, gray_control_rule_add(story->control, "shop", "new", "gray",
                        "city in ['BJ', 'SH'] and app>=v8.0 and now < "
                        "1970-01-02T00:00:00Z",
                        NULL, &story->error));
    e = ask(story, "city", "SH", "app", "8.1.2", GRAY_PENDING);
    assert_string_equal(e.steps[2].test, "city in ['BJ', 'SH']");
    assert_string_equal(e.steps[2].why, "city is SH");
    assert_string_equal(e.steps[3].test, "app >= v8.0");
    assert_string_equal(e.steps[4].test, "now < 1970-01-02T00:00:00Z");
    assert_memory_equal(e.steps[4].why, "it is ", 6);
    assert_int_equal(e.steps[4].truth, GRAY_FALSE);
    gray_explanation_free(&e);
}


static void
the_kill_switch_is_explained_with_what_it_prevents(void **state)
{
    gray_explanation_t e;
    gray_switched_t switched;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    story_ok(story, gray_control_switch(story->control, "shop", true, 0, NULL,
                        NULL, &switched, &story->error));
    e = ask(story, "device_id", "phone-42", NULL, NULL, GRAY_PENDING);
    assert_string_equal(e.variant, "stable");
    assert_string_equal(e.reason, "disabled");
    assert_true(e.off);
    assert_string_equal(e.steps[1].why, "gives gray");
    gray_explanation_free(&e);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(the_first_minutes_with_the_product),
        story_test(an_address_is_explained_by_its_block),
        story_test(a_live_list_is_asked_of_the_caller),
        story_test(a_split_tells_attribute_and_bucket),
        story_test(every_test_is_explained_as_it_is_written),
        story_test(the_kill_switch_is_explained_with_what_it_prevents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
