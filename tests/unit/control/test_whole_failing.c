/* What handles a store as a whole while the system refuses it something. */

#include "sweep_story.h"
#include "control/apply.h"
#include "control/backup.h"


/* --- the whole store --------------------------------------------------------- */

static int
close_store(story_t *story)
{
    story_close(story);
    return 0;
}


static int
open_it(story_t *story)
{
    int rc
        = gray_control_open(story->dir, true, &story->control, &story->error);

    if (rc == 0) {
        story_close(story);
    }

    return rc;
}


static int
open_partly(story_t *story)
{
    int rc = gray_control_open_partly(
        story->dir, true, &story->control, &story->error);

    if (rc == 0) {
        story_close(story);
    }

    return rc;
}


static int
check_it(story_t *story)
{
    gray_checked_t checked;

    return gray_control_check(
        story->dir, story_ignore, NULL, NULL, &checked, &story->error);
}


static void
opening_and_checking(void **state)
{
    sweep(*state, close_store, open_it);
    sweep(*state, close_store, open_partly);
    sweep(*state, close_store, check_it);
}


static void
forget(const char *path)
{
    (void) nftw(path, story_remove, 16, FTW_DEPTH | FTW_PHYS);
}


static int
remove_new(story_t *story)
{
    char dir[200];

    (void) snprintf(dir, sizeof(dir), "%s/new", story->root);
    forget(dir);
    return 0;
}


static int
init_new(story_t *story)
{
    gray_init_t chosen;
    char dir[200];

    (void) snprintf(dir, sizeof(dir), "%s/new", story->root);
    return gray_control_init(dir, NULL, "/nonexistent", &chosen, &story->error);
}


static int
backup_new(story_t *story)
{
    char dir[200];

    (void) snprintf(dir, sizeof(dir), "%s/new", story->root);
    return gray_control_backup(story->control, dir, NULL, NULL, &story->error);
}


static void
making_and_copying(void **state)
{
    sweep_some(*state, remove_new, init_new);
    sweep_some(*state, remove_new, backup_new);
}


static int
prepare_restore(story_t *story)
{
    char command[300];

    story_close(story);
    (void) snprintf(command, sizeof(command),
        "rm -rf %s/gray.before-* %s/gray.*-*", story->root, story->root);
    return system(command);
}


static int
restore_new(story_t *story)
{
    gray_restored_t restored;
    char dir[200];

    (void) snprintf(dir, sizeof(dir), "%s/new", story->root);
    return gray_control_restore(story->dir, dir, NULL, story_ignore, NULL, NULL,
        &restored, &story->error);
}


static void
restoring(void **state)
{
    story_t *story = *state;

    story_ok(story, backup_new(story));
    sweep_some(story, prepare_restore, restore_new);
}


/* --- a folder ----------------------------------------------------------------- */

static void
ignore_change(void *data, const gray_apply_change_t *change)
{
    (void) data;
    (void) change;
}


static void
keep_problem(void *data, const gray_error_t *problem)
{
    *(gray_error_t *) data = *problem;
}


static int
apply_folder(story_t *story)
{
    gray_error_t problem = { 0 };
    gray_apply_t options = {
        .force = true,
        .change = ignore_change,
        .problem = keep_problem,
        .data = &problem,
    };
    gray_applied_t applied;
    char dir[200];
    int rc;

    (void) snprintf(dir, sizeof(dir), "%s/wanted", story->root);
    rc = gray_control_apply(
        story->control, dir, &options, &applied, &story->error);

    if (rc != 0 && story->error.code == GRAY_OK && applied.problems > 0) {
        story->error = problem;
    }

    return rc;
}


static int
disturb(story_t *story)
{
    restock(story);
    (void) gray_control_list_drop(
        story->control, "wanted", true, &story->error);
    (void) gray_control_list_create(
        story->control, "others", GRAY_LIST_STRING, &story->error);

    return gray_control_release_create(
        story->control, "cart", NULL, 0, &story->errors);
}


static void
make_wanted(story_t *story)
{
    char command[300];

    (void) snprintf(command, sizeof(command),
        "cd %s && mkdir -p wanted/releases wanted/lists && "
        ": > wanted/lists/legacy.live",
        story->root);
    assert_int_equal(system(command), 0);
    story_write(story, "wanted/releases/shop.json", swept_document);
    story_write(story, "wanted/lists/testers.list", "phone-43\nphone-44\n");
    story_write(story, "wanted/lists/wanted.list", "one\ntwo\n");
    story_write(story, "wanted/lists/offices.ip", "10.0.0.0/8\n192.0.2.1\n");
}


static void
applying(void **state)
{
    story_t *story = *state;

    make_wanted(story);
    sweep_some(story, disturb, apply_folder);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        swept(opening_and_checking),
        swept(making_and_copying),
        swept(restoring),
        swept(applying),
    };

    swept_json();

    return cmocka_run_group_tests(tests, NULL, NULL);
}
