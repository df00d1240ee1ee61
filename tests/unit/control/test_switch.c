#include "story.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include "control/audit.h"
#include "control/running.h"
#include "control/status.h"
#include "control/switch.h"
#include "segment/counters.h"
#include "segment/switches.h"

/* What a running nginx publishes. */
static void
publish(gray_counters_t *counters, const char *text, int *instance)
{
    gray_instance_t *published = calloc(1, sizeof(*published));

    published->master = (uint32_t) getpid();
    published->started = 1;
    published->nworkers = 1;
    published->generation = 1;
    (void) strcpy(published->text, text);
    *instance = gray_counters_publish(counters, published);
    free(published);
}


/* A worker that tells every generation that it sees, until it is killed; a
 * deaf one tells only the first. */
static pid_t
worker(const story_t *story, bool deaf)
{
    pid_t pid;
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        int instance, slot;
        char path[200];
        gray_counters_t *counters;
        gray_switches_t *switches;

        (void) snprintf(path, sizeof(path), "%s/counters.2", story->dir);
        if (gray_counters_open(path, true, &counters) != 0) {
            _exit(1);
        }
        (void) snprintf(path, sizeof(path), "%s/switches", story->dir);
        if (gray_switches_open(path, false, &switches) != 0) {
            _exit(2);
        }
        publish(counters,
            "nginx 1.22.1\nmodule 0.1.0\nschema 1\n"
            "release shop gray stable\nrelease ghost stable gray\n"
            "attribute device_id $http_x_device_id\n"
            "live legacy 127.0.0.1:11211 timeout=50\n",
            &instance);
        slot = gray_counters_worker(counters, instance, 0);
        gray_counters_heartbeat(counters, slot, 1,
            gray_switches_generation(switches), GRAY_WORKER_OK, 0);
        (void) !write(ready[1], "x", 1);

        for (unsigned i = 0; i < 30000; i++) {
            if (!deaf) {
                gray_counters_heartbeat(counters, slot, 1,
                    gray_switches_generation(switches), GRAY_WORKER_OK, 0);
            }
            (void) usleep(1000);
        }
        _exit(0);
    }

    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void) close(ready[0]);
    (void) close(ready[1]);

    return pid;
}


static void
finish(pid_t pid)
{
    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, NULL, 0);
}


static void
off_returns_when_every_worker_has_seen_it(void **state)
{
    pid_t one, two;
    gray_switched_t switched;
    story_t *story = *state;

    story_shop(story);
    story_close(story);
    one = worker(story, false);
    two = worker(story, false);
    story_open(story);

    story_ok(story, gray_control_switch(story->control, "shop", true, 5000,
                        NULL, NULL, &switched, &story->error));
    assert_true(switched.off && switched.changed && switched.audited);
    assert_int_equal(switched.workers, 2);
    assert_int_equal(switched.confirmed, 2);

    story_ok(story, gray_control_switch(story->control, "shop", false, 5000,
                        NULL, NULL, &switched, &story->error));
    assert_false(switched.off);
    finish(one);
    finish(two);
}


static void
a_silent_worker_is_named(void **state)
{
    pid_t one, two;
    gray_switched_t switched;
    story_t *story = *state;

    story_shop(story);
    story_close(story);
    one = worker(story, false);
    two = worker(story, true);
    story_open(story);

    story_refused(story, GRAY_ETIMEOUT,
        gray_control_switch(story->control, NULL, true, 100, NULL, NULL,
            &switched, &story->error));
    assert_true(switched.off);
    assert_int_equal(switched.workers, 2);
    assert_int_equal(switched.confirmed, 1);
    assert_int_equal(switched.silent[0], two);
    finish(one);
    finish(two);
}


static void
a_mistyped_release_cannot_be_switched(void **state)
{
    gray_switched_t switched;
    story_t *story = *state;

    story_shop(story);
    story_refused(story, GRAY_ENOTFOUND,
        gray_control_switch(story->control, "shpo", true, 0, NULL, NULL,
            &switched, &story->error));
    assert_non_null(strstr(story->error.hint, "shop"));
}


static void
off_works_when_the_store_cannot_be_read(void **state)
{
    char path[200];
    gray_switched_t switched;
    gray_release_lines_t lines;
    story_t *story = *state;

    story_shop(story);
    story_close(story);
    (void) snprintf(path, sizeof(path), "%s/data.mdb", story->dir);
    assert_int_equal(truncate(path, 100), 0);

    assert_int_equal(
        gray_control_open(story->dir, true, &story->control, &story->error),
        -1);
    story_ok(story, gray_control_open_partly(
                        story->dir, true, &story->control, &story->error));
    assert_non_null(gray_control_store_error(story->control));
    story_ok(story, gray_control_switch(story->control, "shop", true, 0, NULL,
                        NULL, &switched, &story->error));
    assert_true(switched.changed);
    assert_false(switched.audited);
    assert_true(switched.store[0] != '\0');
    assert_int_equal(
        gray_control_release_ls(story->control, &lines, &story->error), -1);
}


static void
what_a_running_nginx_names_is_not_removed(void **state)
{
    pid_t pid;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, gray_control_list_create(story->control, "legacy",
                        GRAY_LIST_LIVE, &story->error));
    story_close(story);
    pid = worker(story, false);
    story_open(story);

    story_refused(story, GRAY_EINUSE,
        gray_control_release_rm(story->control, "shop", false, &story->error));
    story_refused(story, GRAY_EINUSE,
        gray_control_list_drop(story->control, "legacy", false, &story->error));
    story_ok(story,
        gray_control_list_drop(story->control, "legacy", true, &story->error));
    story_ok(story,
        gray_control_release_rm(story->control, "shop", true, &story->error));
    finish(pid);
}


static bool
remarked(const gray_status_t *status, const char *words)
{
    unsigned i;

    for (i = 0; i < status->remarks.n; i++) {
        if (strstr(status->remarks.list[i].message, words) != NULL) {
            return true;
        }
    }

    return false;
}


static void
status_says_where_nginx_and_the_store_differ(void **state)
{
    pid_t pid;
    gray_status_t status;
    gray_switched_t switched;
    story_t *story = *state;

    story_shop(story);
    story_ok(story, gray_control_release_create(
                        story->control, "unknown", NULL, 0, &story->errors));
    story_ok(story, gray_control_rule_add(story->control, "shop", "u", "gray",
                        "user = 'x'", NULL, &story->error));
    story_close(story);
    pid = worker(story, false);
    story_open(story);
    story_ok(story, gray_control_switch(story->control, "shop", true, 5000,
                        NULL, NULL, &switched, &story->error));

    story_ok(
        story, gray_control_status(story->control, &status, &story->error));
    assert_true(status.has_store);
    assert_int_equal(strlen(status.digest), 64);
    assert_int_equal(status.releases.n, 2);
    assert_true(status.releases.lines[0].off);
    assert_int_equal(status.running.n, 1);
    assert_int_equal(status.running.instances[0].nworkers, 1);
    assert_string_equal(status.running.instances[0].nginx, "1.22.1");
    assert_true(remarked(&status, "release ghost"));
    assert_true(remarked(&status, "default is 'stable'"));
    assert_true(remarked(&status, "live list") || remarked(&status, "legacy"));
    assert_true(remarked(&status, "release 'unknown'"));
    assert_true(remarked(&status, "attribute 'user'"));
    gray_status_free(&status);
    finish(pid);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(off_returns_when_every_worker_has_seen_it),
        story_test(a_silent_worker_is_named),
        story_test(a_mistyped_release_cannot_be_switched),
        story_test(off_works_when_the_store_cannot_be_read),
        story_test(what_a_running_nginx_names_is_not_removed),
        story_test(status_says_where_nginx_and_the_store_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
