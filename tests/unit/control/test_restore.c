#include "story.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include "control/backup.h"
#include "control/digest.h"
#include "control/status.h"
#include "control/switch.h"


static void
digest(story_t *story, char text[GRAY_DIGEST_TEXT_MAX])
{
    story_ok(story, gray_control_digest(story->control, text, &story->error));
}


static void
a_restored_store_decides_as_the_one_backed_up(void **state)
{
    char backup[200], before[GRAY_DIGEST_TEXT_MAX], after[GRAY_DIGEST_TEXT_MAX];
    uint64_t revision;
    gray_restored_t restored;
    gray_switched_t switched;
    gray_release_lines_t lines;
    story_t *story = *state;

    (void) snprintf(backup, sizeof(backup), "%s/backup", story->root);
    story_shop(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
    digest(story, before);
    story_ok(story,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));
    story_refused(story, GRAY_EEXISTS,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));

    /* Then a mistake, and an emergency. */
    story_ok(story, story_add(story, "testers", "mistake"));
    story_ok(story, gray_control_switch(story->control, "shop", true, 0, NULL,
                        NULL, &switched, &story->error));
    revision = gray_control_revision(story->control);
    story_close(story);

    story_ok(story, gray_control_restore(story->dir, backup, NULL, NULL, NULL,
                        NULL, &restored, &story->error));
    assert_int_equal(restored.carried, 1);
    assert_true(restored.revision > revision);

    story_open(story);
    digest(story, after);
    assert_string_equal(before, after);
    assert_false(story_has(story, "testers", "mistake"));
    story_ok(
        story, gray_control_release_ls(story->control, &lines, &story->error));
    assert_true(lines.lines[0].off);
    assert_int_equal(lines.revision, restored.revision);
    gray_release_lines_free(&lines);
    assert_int_equal(story_check(story), 0);

    /* The store that was replaced is kept. */
    assert_int_equal(access(restored.kept, F_OK), 0);
}


static void
a_writer_into_the_old_store_is_told(void **state)
{
    pid_t pid;
    int status;
    char backup[200];
    gray_restored_t restored;
    story_t *story = *state;

    (void) snprintf(backup, sizeof(backup), "%s/backup", story->root);
    story_shop(story);
    story_ok(story,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));

    /* Another process restores, while this one has the store open. */
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        gray_error_t error;

        _exit(gray_control_restore(
                  story->dir, backup, NULL, NULL, NULL, NULL, &restored, &error)
                      == 0
                  ? 0
                  : 1);
    }
    (void) waitpid(pid, &status, 0);
    assert_int_equal(status, 0);

    story_refused(
        story, GRAY_EREPLACED, story_add(story, "testers", "phone-42"));
    story_close(story);
    story_open(story);
    story_ok(story, story_add(story, "testers", "phone-42"));
}


static void
a_damaged_backup_is_refused(void **state)
{
    int fd;
    char backup[200], file[300];
    gray_restored_t restored;
    story_t *story = *state;

    (void) snprintf(backup, sizeof(backup), "%s/backup", story->root);
    (void) snprintf(file, sizeof(file), "%s/data.mdb", backup);
    story_shop(story);
    story_ok(story,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));
    story_close(story);
    fd = open(file, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 5000), 0);
    (void) close(fd);

    story_refused(story, GRAY_EDAMAGED,
        gray_control_restore(story->dir, backup, NULL, story_problem, NULL,
            NULL, &restored, &story->error));
    story_open(story);
    assert_int_equal(story_check(story), 0);
}


static void
a_damaged_store_is_replaced_by_its_backup(void **state)
{
    char backup[200], file[300];
    gray_checked_t checked;
    gray_restored_t restored;
    gray_switched_t switched;
    story_t *story = *state;

    (void) snprintf(backup, sizeof(backup), "%s/backup", story->root);
    (void) snprintf(file, sizeof(file), "%s/data.mdb", story->dir);
    story_shop(story);
    story_ok(story,
        gray_control_backup(story->control, backup, NULL, NULL, &story->error));
    story_ok(story, gray_control_switch(story->control, NULL, true, 0, NULL,
                        NULL, &switched, &story->error));
    story_close(story);
    assert_int_equal(truncate(file, 5000), 0);

    story_ok(story, gray_control_check(
                        story->dir, NULL, NULL, NULL, &checked, &story->error));
    assert_true(checked.problems > 0);
    story_ok(story, gray_control_restore(story->dir, backup, NULL, NULL, NULL,
                        NULL, &restored, &story->error));
    assert_int_equal(restored.carried, 1);
    story_open(story);
    assert_int_equal(story_check(story), 0);
}


static void
wrong_modes_are_found(void **state)
{
    char file[300];
    story_t *story = *state;

    (void) snprintf(file, sizeof(file), "%s/data.mdb", story->dir);
    assert_int_equal(chmod(file, 0644), 0);
    assert_int_equal(story_check(story), 1);
}


static void
without_a_store_there_is_a_remedy(void **state)
{
    gray_control_t *control;
    story_t *story = *state;

    story_refused(story, GRAY_ENOSTORE,
        gray_control_open("/nonexistent", false, &control, &story->error));
    assert_non_null(strstr(story->error.hint, "init"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_restored_store_decides_as_the_one_backed_up),
        story_test(a_writer_into_the_old_store_is_told),
        story_test(a_damaged_backup_is_refused),
        story_test(a_damaged_store_is_replaced_by_its_backup),
        story_test(wrong_modes_are_found),
        story_test(without_a_store_there_is_a_remedy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
