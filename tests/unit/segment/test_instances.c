/*
 * What runs: configurations and workers, and what happens to them when their
 * processes die.
 */

#include "segment/scratch.h"
#include "segment/counters.h"
#include "segment/file.h"

/* The first slot in the file, its sequence word first; see
 * docs/segment-format.md. */
#define INSTANCES_OFFSET 438272

static gray_counters_t *
make(scratch_t *scratch)
{
    gray_counters_t *counters = NULL;

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_counters_open(scratch->path, true, &counters), 0);
    return counters;
}


static gray_instance_t *
describe(pid_t master, uint64_t generation, const char *text)
{
    gray_instance_t *instance = calloc(1, sizeof(*instance));

    instance->master = (uint32_t) master;
    instance->generation = generation;
    instance->started = 1000 + generation;
    instance->nworkers = 4;
    snprintf(instance->text, sizeof(instance->text), "%s", text);
    return instance;
}


static int
publish(gray_counters_t *counters, pid_t master, uint64_t generation)
{
    gray_instance_t *instance
        = describe(master, generation, "nginx 1.22.1\nrelease shop stable\n");
    int slot = gray_counters_publish(counters, instance);
    int saved = errno;

    free(instance);
    errno = saved;
    return slot;
}


static bool
runs(gray_counters_t *counters, int slot)
{
    gray_instance_t *instance = calloc(1, sizeof(*instance));
    bool is = gray_counters_instance_get(counters, (unsigned) slot, instance);

    free(instance);
    return is;
}


typedef struct {
    scratch_t *scratch;
    int instance;
    int ready[2]; /* a pipe: the child tells its slot             */
} worker_t;


static void
work(void *data)
{
    worker_t *worker = data;
    gray_counters_t *counters;

    CHILD_CHECK(
        gray_counters_open(worker->scratch->path, true, &counters) == 0);

    int slot = gray_counters_worker(counters, worker->instance, 3);

    gray_counters_heartbeat(counters, slot, 17, 5, GRAY_WORKER_OK, 0);
    gray_counters_breaker(
        counters, slot, gray_counters_live(counters, "legacy"), true);
    CHILD_CHECK(write(worker->ready[1], &slot, sizeof(slot)) == sizeof(slot));

    /* until it is killed */
    pause();
}


/* Starts a worker and waits until it has its slot. */
static pid_t
worker_start(scratch_t *scratch, int instance, int *slot)
{
    worker_t worker = { .scratch = scratch, .instance = instance };

    assert_int_equal(pipe(worker.ready), 0);

    pid_t pid = child_start(work, &worker);

    close(worker.ready[1]);
    assert_int_equal(read(worker.ready[0], slot, sizeof(*slot)), sizeof(*slot));
    close(worker.ready[0]);
    return pid;
}


static void
worker_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid), 128 + SIGKILL);
}


static void
a_published_configuration_is_read_back(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_instance_t *in = describe(getpid(), 3, "nginx 1.22.1\nschema 1\n");
    gray_instance_t *out = calloc(1, sizeof(*out));

    assert_int_equal(gray_counters_publish(counters, in), 0);
    assert_true(gray_counters_instance_get(counters, 0, out));
    assert_memory_equal(in, out, sizeof(*in));
    assert_false(gray_counters_instance_get(counters, 1, out));
    assert_false(
        gray_counters_instance_get(counters, GRAY_COUNTERS_INSTANCES, out));
    free(in);
    free(out);
    gray_counters_close(counters);
}


static void
the_same_configuration_is_published_once(void **state)
{
    gray_counters_t *counters = make(*state);

    assert_int_equal(publish(counters, getpid(), 1), 0);
    assert_int_equal(publish(counters, getpid(), 1), 0);
    assert_int_equal(publish(counters, getpid(), 2), 1);
    assert_int_equal(publish(counters, getppid(), 1), 2);
    gray_counters_close(counters);
}


static void
text_that_is_too_long_is_refused(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_instance_t *instance = describe(getpid(), 1, "");

    memset(instance->text, 'x', sizeof(instance->text));
    assert_int_equal(gray_counters_publish(counters, instance), -1);
    assert_int_equal(errno, E2BIG);
    instance->text[sizeof(instance->text) - 1] = '\0';
    assert_int_equal(gray_counters_publish(counters, instance), 0);
    free(instance);
    gray_counters_close(counters);
}


static void
after_a_reload_the_old_configuration_runs_while_it_has_workers(void **state)
{
    gray_counters_t *counters = make(*state);
    int slot;
    int old = publish(counters, getpid(), 1);
    pid_t draining = worker_start(*state, old, &slot);
    int new = publish(counters, getpid(), 2);

    assert_true(runs(counters, old));
    assert_true(runs(counters, new));
    worker_kill(draining);
    assert_false(runs(counters, old));
    assert_true(runs(counters, new));
    gray_counters_close(counters);
}


static void
a_configuration_goes_when_master_and_workers_are_dead(void **state)
{
    gray_counters_t *counters = make(*state);
    int slot;
    pid_t master = worker_start(*state, 0, &slot);
    int instance = publish(counters, master, 1);
    pid_t worker = worker_start(*state, instance, &slot);

    worker_kill(master);
    assert_true(runs(counters, instance));
    worker_kill(worker);
    assert_false(runs(counters, instance));
    gray_counters_close(counters);
}


static void
a_hundred_reloads_need_no_more_than_the_slots_there_are(void **state)
{
    gray_counters_t *counters = make(*state);

    for (uint64_t i = 1; i <= 100; i++) {
        int slot = publish(counters, getpid(), i);

        assert_true(slot >= 0);
        assert_true(runs(counters, slot));
    }

    gray_counters_close(counters);
}


static void
what_runs_is_never_overwritten(void **state)
{
    gray_counters_t *counters = make(*state);
    pid_t masters[GRAY_COUNTERS_INSTANCES];
    int slot;

    for (int i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        masters[i] = worker_start(*state, -1, &slot);
        assert_int_equal(publish(counters, masters[i], 1), i);
    }

    assert_int_equal(publish(counters, getpid(), 1), -1);
    assert_int_equal(errno, ENOSPC);
    worker_kill(masters[5]);
    assert_int_equal(publish(counters, getpid(), 1), 5);

    for (int i = 0; i < GRAY_COUNTERS_INSTANCES; i++) {
        if (i != 5) {
            worker_kill(masters[i]);
        }
    }

    gray_counters_close(counters);
}


static void
publish_for_ever(void *data)
{
    scratch_t *scratch = data;
    gray_counters_t *counters;
    gray_instance_t *instance = describe(getppid(), 0, "");

    CHILD_CHECK(gray_counters_open(scratch->path, true, &counters) == 0);

    for (;;) {
        int byte = 'a' + (int) (++instance->generation % 26);

        memset(instance->text, byte, sizeof(instance->text) - 1);
        CHILD_CHECK(gray_counters_publish(counters, instance) >= 0);
    }
}


/* A text is of one letter: a mix of two would be half of each. */
static bool
whole(const gray_instance_t *instance)
{
    size_t len = strlen(instance->text);

    return len == sizeof(instance->text) - 1
           && memcmp(instance->text, instance->text + 1, len - 1) == 0
           && instance->text[0] == 'a' + (int) (instance->generation % 26);
}


static void
a_reader_never_sees_half_a_configuration_though_writers_are_killed(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_instance_t *out = calloc(1, sizeof(*out));
    unsigned seen = 0;

    for (int i = 0; i < 100; i++) {
        pid_t pid = child_start(publish_for_ever, *state);

        for (unsigned round = 0; round < 40; round++) {
            for (unsigned s = 0; s < GRAY_COUNTERS_INSTANCES; s++) {
                if (gray_counters_instance_get(counters, s, out)) {
                    assert_true(whole(out));
                    seen++;
                }
            }
        }

        worker_kill(pid);
        assert_true(publish(counters, getpid(), 1000000000 + i) >= 0);

        /* the newest of this process hides those of the children */
        unlink(((scratch_t *) *state)->path);
        gray_counters_close(counters);
        counters = make(*state);
    }

    assert_true(seen > 0);
    free(out);
    gray_counters_close(counters);
}


static void
a_slot_left_in_the_middle_of_a_change_is_free(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = make(scratch);
    uint32_t odd = 7;

    assert_int_equal(publish(counters, getpid(), 1), 0);
    assert_true(runs(counters, 0));
    damage(scratch->path, INSTANCES_OFFSET, &odd, sizeof(odd));
    assert_false(runs(counters, 0));
    assert_int_equal(publish(counters, getpid(), 2), 0);
    assert_true(runs(counters, 0));
    gray_counters_close(counters);
}


static void
a_worker_tells_what_it_has_seen(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_worker_t out;
    int slot;
    pid_t pid = worker_start(*state, 6, &slot);

    assert_true(gray_counters_worker_get(counters, (unsigned) slot, &out));
    assert_int_equal(out.pid, pid);
    assert_int_equal(out.instance, 6);
    assert_int_equal(out.number, 3);
    assert_int_equal(out.revision, 17);
    assert_int_equal(out.switches, 5);
    assert_int_equal(out.state, GRAY_WORKER_OK);
    assert_in_range(gray_segment_ticks() - out.heartbeat, 0, 60000);
    assert_true(out.pid_started > 0);
    worker_kill(pid);
    gray_counters_close(counters);
}


static void
a_killed_worker_is_gone_and_its_slot_serves_the_next(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_worker_t out;
    gray_live_counts_t live;
    int first, second, third;
    pid_t pid = worker_start(*state, 0, &first);
    pid_t other = worker_start(*state, 0, &second);

    assert_int_not_equal(first, second);
    assert_true(gray_counters_live_get(counters, 0, &live));
    assert_int_equal(live.open_breakers, 2);

    /* killed, and not yet waited for by its master: a zombie */
    kill(pid, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT), 0);
    assert_false(gray_counters_worker_get(counters, (unsigned) first, &out));
    assert_int_equal(child_wait(pid), 128 + SIGKILL);

    assert_false(gray_counters_worker_get(counters, (unsigned) first, &out));
    assert_true(gray_counters_worker_get(counters, (unsigned) second, &out));
    assert_true(gray_counters_live_get(counters, 0, &live));
    assert_int_equal(live.open_breakers, 1);

    pid = worker_start(*state, 0, &third);
    assert_int_equal(third, first);
    worker_kill(pid);
    worker_kill(other);
    gray_counters_close(counters);
}


static void
another_process_with_a_dead_workers_pid_is_not_taken_for_it(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = make(scratch);
    gray_worker_t out;
    int slot = gray_counters_worker(counters, 0, 0);
    uint64_t long_ago = 1;

    assert_true(gray_counters_worker_get(counters, (unsigned) slot, &out));

    /* the slot's start time, as if the pid had been reused */
    damage(scratch->path, 307200 + 8, &long_ago, sizeof(long_ago));
    assert_false(gray_counters_worker_get(counters, (unsigned) slot, &out));
    gray_counters_close(counters);
}


/* The first worker's slot; see docs/segment-format.md. */
#define WORKER_PID 307200
#define WORKER_NAMESPACE (WORKER_PID + 28)
#define WORKER_HEARTBEAT (WORKER_PID + 32)

static void
a_worker_of_another_pid_namespace_runs_while_it_tells(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = make(scratch);
    gray_worker_t out;
    int slot = gray_counters_worker(counters, 0, 0), second;
    uint32_t nobody = INT32_MAX, elsewhere = 1;
    uint64_t heartbeat;

    assert_int_equal(slot, 0);
    damage(scratch->path, WORKER_PID, &nobody, sizeof(nobody));
    assert_false(gray_counters_worker_get(counters, 0, &out));
    damage(scratch->path, WORKER_NAMESPACE, &elsewhere, sizeof(elsewhere));
    assert_true(gray_counters_worker_get(counters, 0, &out));

    worker_kill(worker_start(scratch, 0, &second));
    assert_int_not_equal(second, slot);

    heartbeat = gray_segment_ticks() - 6000;
    damage(scratch->path, WORKER_HEARTBEAT, &heartbeat, sizeof(heartbeat));
    assert_false(gray_counters_worker_get(counters, 0, &out));

    heartbeat = gray_segment_ticks() + 60000;
    damage(scratch->path, WORKER_HEARTBEAT, &heartbeat, sizeof(heartbeat));
    assert_false(gray_counters_worker_get(counters, 0, &out));

    worker_kill(worker_start(scratch, 0, &second));
    assert_int_equal(second, slot);
    gray_counters_close(counters);
}


static void
a_worker_that_leaves_frees_its_slot(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_worker_t out;
    int slot = gray_counters_worker(counters, 0, 0);

    assert_int_equal(gray_counters_worker(counters, 0, 1), slot);
    assert_true(gray_counters_worker_get(counters, (unsigned) slot, &out));
    assert_int_equal(out.number, 1);
    gray_counters_worker_leave(counters, slot);
    assert_false(gray_counters_worker_get(counters, (unsigned) slot, &out));
    assert_false(
        gray_counters_worker_get(counters, GRAY_COUNTERS_WORKERS, &out));
    gray_counters_close(counters);
}


static void
take_locked_slot(void *data)
{
    scratch_t *scratch = data;
    int fd = open(scratch->path, O_RDWR | O_CLOEXEC);

    CHILD_CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
    raise(SIGSTOP);
    pause();
}


static void
a_stopped_process_delays_a_starting_worker_once_and_briefly(void **state)
{
    gray_counters_t *counters = make(*state);
    pid_t pid = child_start(take_locked_slot, *state);
    int status;

    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(gray_counters_release(counters, "shop"), -1);
        assert_int_equal(errno, ETIMEDOUT);
    }

    worker_kill(pid);
    assert_int_equal(gray_counters_release(counters, "shop"), 0);
    gray_counters_close(counters);
}


int
main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

    const struct CMUnitTest tests[] = {
        TEST(a_published_configuration_is_read_back),
        TEST(the_same_configuration_is_published_once),
        TEST(text_that_is_too_long_is_refused),
        TEST(after_a_reload_the_old_configuration_runs_while_it_has_workers),
        TEST(a_configuration_goes_when_master_and_workers_are_dead),
        TEST(a_hundred_reloads_need_no_more_than_the_slots_there_are),
        TEST(what_runs_is_never_overwritten),
        TEST(
            a_reader_never_sees_half_a_configuration_though_writers_are_killed),
        TEST(a_slot_left_in_the_middle_of_a_change_is_free),
        TEST(a_worker_tells_what_it_has_seen),
        TEST(a_killed_worker_is_gone_and_its_slot_serves_the_next),
        TEST(another_process_with_a_dead_workers_pid_is_not_taken_for_it),
        TEST(a_worker_of_another_pid_namespace_runs_while_it_tells),
        TEST(a_worker_that_leaves_frees_its_slot),
        TEST(a_stopped_process_delays_a_starting_worker_once_and_briefly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
