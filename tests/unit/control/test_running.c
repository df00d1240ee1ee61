/* What status says when the store and a running nginx do not agree. */

#include "running_story.h"
#include "control/internal.h"
#include "control/running.h"
#include "control/status.h"
#include "control/switch.h"


static gray_status_t
look(story_t *story)
{
    gray_status_t status;

    story_close(story);
    story_open(story);
    story_ok(
        story, gray_control_status(story->control, &status, &story->error));

    return status;
}


/* Whether a remark about the place says that. */
static bool
remarked(const gray_status_t *status, const char *place, const char *text)
{
    unsigned i;

    for (i = 0; i < status->remarks.n; i++) {
        if (strcmp(status->remarks.list[i].place, place) == 0
            && strstr(status->remarks.list[i].message, text) != NULL)
        {
            return true;
        }
    }

    return false;
}


static void
a_set_up_that_fits_has_no_remarks(void **state)
{
    story_t *story = *state;
    gray_status_t status;

    story_shop(story);
    story_running(story, "release shop stable gray\n"
                         "attribute device_id $http_x_device_id\n");
    status = look(story);
    assert_int_equal(status.running.n, 1);
    assert_int_equal(status.remarks.n, 0);
    gray_status_free(&status);
}


static void
what_only_one_side_knows_is_remarked(void **state)
{
    story_t *story = *state;
    gray_status_t status;

    story_shop(story);
    story_ok(story, gray_control_list_create(story->control, "legacy",
                        GRAY_LIST_LIVE, &story->error));
    story_ok(story, gray_control_release_create(
                        story->control, "alone", NULL, 0, &story->errors));
    story_running(story, "release shop gray\n"
                         "release cart stable gray\n"
                         "attribute user $cookie_user\n"
                         "live memory 127.0.0.1:11211\n"
                         "live legacy2 127.0.0.1:11211\n");
    status = look(story);
    assert_true(remarked(&status, "shop", "default is 'stable'"));
    assert_true(remarked(&status, "shop", "variant 'stable' has no target"));
    assert_true(remarked(&status, "cart", "the store has none"));
    assert_true(remarked(&status, "memory", "no live list of that name"));
    assert_true(remarked(&status, "alone", "alone"));
    assert_true(remarked(&status, "device_id", "device_id"));
    assert_true(remarked(&status, "legacy", "legacy"));
    gray_status_free(&status);
}


static void
a_worker_that_cannot_read_the_store_is_remarked(void **state)
{
    story_t *story = *state;
    gray_status_t status;
    char place[64];

    story_shop(story);
    story_worker(story, "release shop stable gray\n", GRAY_WORKER_NO_STORE, 0,
        GRAY_STORE_EPERMISSION);
    status = look(story);
    (void) snprintf(place, sizeof(place), "worker %d", (int) getpid());
    assert_true(remarked(&status, place, "cannot read the store"));
    assert_string_not_equal(
        status.running.instances[0].workers[0].store_error, "");
    gray_status_free(&status);
}


static void
a_worker_that_leaves_is_not_remarked(void **state)
{
    story_t *story = *state;
    gray_status_t status;

    story_shop(story);
    story_worker(story,
        "release shop stable gray\n"
        "attribute device_id $http_x_device_id\n",
        GRAY_WORKER_EXITING, 0, 0);
    status = look(story);
    assert_true(status.running.instances[0].workers[0].exiting);
    assert_int_equal(status.remarks.n, 0);
    gray_status_free(&status);
}


static void
the_parameter_of_an_override_is_that_of_nginx_conf(void **state)
{
    story_t *story = *state;
    gray_status_t status;

    story_shop(story);
    story_running(story, "release shop stable gray\n"
                         "override shop preview\n");
    status = look(story);
    assert_string_equal(
        gray_running_override(&status.running, "shop"), "preview");
    assert_null(gray_running_override(&status.running, "cart"));
    assert_int_equal(gray_running_release(&status.running, "shop"), getpid());
    gray_status_free(&status);
}


static void
what_a_running_nginx_names_is_not_removed(void **state)
{
    story_t *story = *state;

    story_shop(story);
    story_ok(story, gray_control_list_create(story->control, "legacy",
                        GRAY_LIST_LIVE, &story->error));
    story_running(story, "release shop stable gray\n"
                         "live legacy 127.0.0.1:11211\n");
    story_close(story);
    story_open(story);
    story_refused(story, GRAY_EINUSE,
        gray_control_release_rm(story->control, "shop", false, &story->error));
    story_refused(story, GRAY_EINUSE,
        gray_control_list_drop(story->control, "legacy", false, &story->error));
    story_ok(story,
        gray_control_release_rm(story->control, "shop", true, &story->error));
    story_ok(story,
        gray_control_list_drop(story->control, "legacy", true, &story->error));
}


static bool
count_progress(void *data, const gray_switched_t *so_far)
{
    assert_int_equal(so_far->confirmed, 0);
    ++*(unsigned *) data;

    return true;
}


/* This process never looks at the switches: a worker that hangs. */
static void
a_switch_that_no_worker_confirms_is_set_and_said_to_be_late(void **state)
{
    story_t *story = *state;
    gray_switched_t switched;
    unsigned told = 0;

    story_shop(story);
    story_running(story, "release shop stable gray\n");
    story_close(story);
    story_open(story);
    story_refused(story, GRAY_ETIMEOUT,
        gray_control_switch(story->control, "shop", true, 1500, count_progress,
            &told, &switched, &story->error));
    assert_true(switched.off);
    assert_int_equal(switched.workers, 1);
    assert_int_equal(switched.confirmed, 0);
    assert_int_equal(switched.silent[0], getpid());
    assert_true(told > 0);

    story_ok(story, gray_control_switch(story->control, "shop", false, 0, NULL,
                        NULL, &switched, &story->error));
    assert_false(switched.off);
}


static void
all_switches_can_be_taken(void **state)
{
    story_t *story = *state;
    gray_switches_t *switches;
    gray_switched_t switched;
    char path[200], name[16];
    unsigned i;

    story_shop(story);
    (void) snprintf(path, sizeof(path), "%s/switches", story->dir);
    assert_int_equal(gray_switches_open(path, true, &switches), 0);
    for (i = 0; i < GRAY_SWITCHES_MAX; i++) {
        (void) snprintf(name, sizeof(name), "r%u", i);
        assert_int_equal(gray_switches_set(switches, name, true, 0, NULL), 0);
    }
    gray_switches_close(switches);

    story_refused(story, GRAY_EFULL,
        gray_control_switch(story->control, "shop", true, 0, NULL, NULL,
            &switched, &story->error));
    assert_string_equal(story->error.hint, "use --all");
    story_ok(story, gray_control_switch(story->control, NULL, true, 0, NULL,
                        NULL, &switched, &story->error));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(a_set_up_that_fits_has_no_remarks),
        story_test(what_only_one_side_knows_is_remarked),
        story_test(a_worker_that_cannot_read_the_store_is_remarked),
        story_test(a_worker_that_leaves_is_not_remarked),
        story_test(the_parameter_of_an_override_is_that_of_nginx_conf),
        story_test(what_a_running_nginx_names_is_not_removed),
        story_test(a_switch_that_no_worker_confirms_is_set_and_said_to_be_late),
        story_test(all_switches_can_be_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
