#include "story.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include "control/audit.h"

#define KILLS 200


static void
verbs(gray_control_t *control, unsigned seed)
{
    unsigned i, n;
    char name[16];
    const char *member;
    gray_error_t error;
    gray_list_added_t added;
    gray_rule_place_t first = { GRAY_RULE_FIRST, NULL };

    srand(seed);
    for (i = 0; i < 100000; i++) {
        (void) snprintf(name, sizeof(name), "n%d", rand() % 50);
        member = name;
        switch (rand() % 5) {
        case 0:
            (void) gray_control_rule_add(control, "shop", name, "gray",
                "device_id in @testers", i % 2 ? &first : NULL, &error);
            break;
        case 1:
            (void) gray_control_rule_rm(control, "shop", name, &error);
            break;
        case 2:
            (void) gray_control_list_rm(
                control, "testers", &member, 1, &n, &error);
            break;
        case 3:
            (void) gray_control_list_create(
                control, name, GRAY_LIST_STRING, &error);
            (void) gray_control_list_drop(control, name, false, &error);
            break;
        default:
            (void) gray_control_list_add(control, "testers", &member, 1,
                (uint64_t) (rand() % 2), NULL, &added, &error);
        }
    }
}


/* Works in a process of its own, which is killed after some milliseconds. */
static void
work_and_die(const story_t *story, unsigned seed)
{
    pid_t pid;
    struct timespec pause = { 0, (long) (seed * 7919 % 12000) * 1000 };

    pid = fork();
    if (pid == 0) {
        gray_error_t error;
        gray_control_t *control;

        if (gray_control_open(story->dir, true, &control, &error) == 0) {
            verbs(control, seed);
        }
        _exit(0);
    }

    (void) nanosleep(&pause, NULL);
    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, NULL, 0);
}


typedef struct {
    uint64_t revision;
    uint64_t before; /* revision of the record after this one            */
    bool gap;
} chain_t;

static int
chain_tell(void *data, const gray_audit_record_t *record)
{
    chain_t *chain = data;

    if (chain->before == 0) {
        chain->revision = record->revision;
    } else if (record->revision != chain->before - 1) {
        chain->gap = true;
    }
    chain->before = record->revision;

    return 0;
}


static void
two_hundred_kills_leave_a_store_without_a_problem(void **state)
{
    unsigned i;
    chain_t chain = { 0 };
    gray_audit_filter_t filter = { 0 };
    story_t *story = *state;

    story_shop(story);
    story_close(story);
    for (i = 1; i <= KILLS; i++) {
        work_and_die(story, i);
    }
    story_open(story);

    assert_int_equal(story_check(story), 0);

    /* Each revision has its record, and no record is without one. */
    story_ok(story, gray_control_audit(story->control, &filter, chain_tell,
                        &chain, &story->error));
    assert_false(chain.gap);
    assert_int_equal(chain.revision, gray_control_revision(story->control));
    assert_true(chain.revision > KILLS / 4);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        story_test(two_hundred_kills_leave_a_store_without_a_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
