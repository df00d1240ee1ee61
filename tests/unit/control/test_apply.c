#include "story.h"
#include "control/apply.h"
#include "control/digest.h"

typedef struct {
    char changes[2048];
    char problems[2048];
} told_t;

static void
tell_change(void *data, const gray_apply_change_t *change)
{
    told_t *told = data;

    (void) strcat(told->changes, change->text);
    (void) strcat(told->changes, "\n");
}

static void
tell_problem(void *data, const gray_error_t *problem)
{
    told_t *told = data;

    (void) strcat(told->problems, problem->place);
    (void) strcat(told->problems, ": ");
    (void) strcat(told->problems, problem->message);
    (void) strcat(told->problems, "\n");
}


static int
apply(story_t *story, bool dry_run, told_t *told)
{
    char folder[200];
    gray_applied_t applied;
    gray_apply_t options = { .dry_run = dry_run,
        .change = tell_change,
        .problem = tell_problem,
        .data = told };

    memset(told, 0, sizeof(*told));
    (void) snprintf(folder, sizeof(folder), "%s/folder", story->root);

    return gray_control_apply(
        story->control, folder, &options, &applied, &story->error);
}


static void
folder(story_t *story)
{
    char path[200];
    static const char *const folders[]
        = { "folder", "folder/releases", "folder/lists" };

    for (unsigned i = 0; i < 3; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", story->root, folders[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    story_write(story, "folder/releases/shop.json",
        "{\"rules\":[{\"name\":\"qa\",\"if\":\"device_id in @testers or ip in "
        "@office\",\"variant\":\"gray\"}],\"by\":[\"user\"],"
        "\"split\":{\"gray\":5}}");
    story_write(story, "folder/lists/testers.list", "# people\nbob\nalice\n");
    story_write(story, "folder/lists/office.ip", "10.0.0.0/8\n");
    story_write(story, "folder/lists/legacy.live", "");
}


static void
a_second_run_changes_nothing(void **state)
{
    uint64_t revision;
    told_t dry, real;
    story_t *story = *state;

    folder(story);
    story_ok(story, gray_control_release_create(
                        story->control, "old", NULL, 0, &story->errors));
    story_ok(story, gray_control_list_create(story->control, "oldlist",
                        GRAY_LIST_STRING, &story->error));
    revision = gray_control_revision(story->control);

    story_ok(story, apply(story, true, &dry));
    assert_int_equal(gray_control_revision(story->control), revision);
    story_ok(story, apply(story, false, &real));
    assert_string_equal(dry.changes, real.changes);
    assert_string_equal(real.changes, "create list legacy (live)\n"
                                      "create list office (ip, 1 members)\n"
                                      "create list testers (string, 2 "
                                      "members)\n"
                                      "create release shop (1 rules)\n"
                                      "remove release old\n"
                                      "remove list oldlist\n");

    revision = gray_control_revision(story->control);
    story_ok(story, apply(story, false, &real));
    assert_string_equal(real.changes, "");
    assert_false(gray_control_changed(story->control));
    assert_int_equal(gray_control_revision(story->control), revision);
    assert_int_equal(story_check(story), 0);
}


static void
only_what_differs_is_changed(void **state)
{
    told_t told;
    story_t *story = *state;

    folder(story);
    story_ok(story, apply(story, false, &told));
    story_write(
        story, "folder/lists/testers.list", "alice\ncarol\nalice\ndave\n");
    story_write(story, "folder/releases/shop.json",
        "{\"rules\":[{\"name\":\"qa\",\"if\":\"device_id in @testers or ip in "
        "@office\",\"variant\":\"gray\"}],\"by\":[\"user\"],"
        "\"split\":{\"gray\":7}}");
    story_ok(story, apply(story, false, &told));
    assert_string_equal(told.changes,
        "change list testers: 2 added, 1 removed, 0 changed\n"
        "change release shop: split, buckets\n");
    story_ok(story, apply(story, false, &told));
    assert_string_equal(told.changes, "");
}


static void
all_problems_are_told_and_nothing_is_written(void **state)
{
    told_t told;
    uint64_t revision;
    story_t *story = *state;

    folder(story);
    story_ok(story, gray_control_list_create(story->control, "office",
                        GRAY_LIST_STRING, &story->error));
    revision = gray_control_revision(story->control);
    story_write(story, "folder/lists/testers.list", "ok\n\x01\nx\t+60\n");
    story_write(story, "folder/lists/readme.txt", "hello\n");
    story_write(story, "folder/lists/testers.ip", "10.0.0.1\n");
    story_write(story, "folder/releases/app.json",
        "{\"rules\":[{\"name\":\"a\",\"if\":\"x in @nobody\","
        "\"variant\":\"gray\"}],\"typo\":1}");
    assert_int_equal(apply(story, false, &told), -1);
    assert_non_null(strstr(told.problems, "readme.txt"));
    assert_non_null(strstr(told.problems, "testers.list"));
    assert_non_null(strstr(told.problems, "relative expiry"));
    assert_non_null(strstr(told.problems, "there twice"));
    assert_non_null(strstr(told.problems, "of kind string"));
    assert_non_null(strstr(told.problems, "typo"));
    assert_int_equal(gray_control_revision(story->control), revision);
}


static void
a_mistyped_folder_empties_no_store(void **state)
{
    told_t told;
    char path[200];
    story_t *story = *state;

    (void) snprintf(path, sizeof(path), "%s/folder", story->root);
    assert_int_equal(mkdir(path, 0755), 0);
    story_shop(story);
    story_refused(story, GRAY_EINVALID, apply(story, false, &told));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_second_run_changes_nothing),
        story_test(only_what_differs_is_changed),
        story_test(all_problems_are_told_and_nothing_is_written),
        story_test(a_mistyped_folder_empties_no_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
