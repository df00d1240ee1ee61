/* The shared files when the system refuses something: each call of it, one at
 * a time. */

#include "scratch.h"
#include "failing.h"
#include "segment/counters.h"
#include "segment/switches.h"

/* What is swept: 0, or -1 with errno. */
typedef int (*act_pt)(const char *path);


static void
sweep(const char *path, act_pt prepare, act_pt act)
{
    unsigned n;

    for (n = 1; n < FAILING_MAX; n++) {
        int rc;

        assert_int_equal(prepare(path), 0);
        failing_begin(n, false);
        errno = 0;
        rc = act(path);

        if (!failing_end()) {
            assert_int_equal(rc, 0);
            break;
        }

        if (rc != 0 && errno == 0) {
            fail_msg("%s failed: no errno", failing_name);
        }
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
}


static int
remove_file(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
}


static int
create_switches(const char *path)
{
    return gray_switches_create(path, getgid());
}


static int
create_counters(const char *path)
{
    return gray_counters_create(path, getgid());
}


static int
new_switches(const char *path)
{
    return remove_file(path) == 0 ? create_switches(path) : -1;
}


static int
new_counters(const char *path)
{
    return remove_file(path) == 0 ? create_counters(path) : -1;
}


static void
a_file_that_could_not_be_made_is_not_there(void **state)
{
    scratch_t *scratch = *state;
    unsigned n;

    for (n = 1; n < FAILING_MAX; n++) {
        int rc;

        failing_begin(n, false);
        rc = create_switches(scratch->path);

        if (!failing_end()) {
            assert_int_equal(rc, 0);
            break;
        }

        /* The name may be there when only making it durable failed. */
        assert_int_equal(rc, -1);

        if (strcmp(failing_name, "open") != 0
            && strcmp(failing_name, "fsync") != 0) {
            assert_int_not_equal(access(scratch->path, F_OK), 0);
        }

        assert_int_equal(remove_file(scratch->path), 0);
    }

    assert_in_range(n, 2, FAILING_MAX - 1);
    sweep(scratch->path, remove_file, create_counters);
}


static int
open_switches(const char *path)
{
    gray_switches_t *switches = NULL;
    int rc = gray_switches_open(path, false, &switches);

    assert_true((rc == 0) == (switches != NULL));
    gray_switches_close(switches);
    return rc;
}


static int
open_counters(const char *path)
{
    gray_counters_t *counters = NULL;
    int rc = gray_counters_open(path, true, &counters);

    assert_true((rc == 0) == (counters != NULL));
    gray_counters_close(counters);
    return rc;
}


static void
a_file_that_cannot_be_read_is_not_opened(void **state)
{
    scratch_t *scratch = *state;

    sweep(scratch->path, new_switches, open_switches);
    sweep(scratch->path, new_counters, open_counters);
}


static int
turn(const char *path)
{
    gray_switches_t *switches = NULL;
    int rc = gray_switches_open(path, true, &switches);

    if (rc == 0) {
        rc = gray_switches_set(switches, "shop", true, 0, NULL);
    }

    if (rc == 0) {
        rc = gray_switches_set(switches, NULL, true, 0, NULL);
    }

    if (rc == 0) {
        rc = gray_switches_remove(switches, "shop");
    }

    gray_switches_close(switches);
    return rc;
}


/* Whatever was not written, the file is one that can be read. */
static void
a_switch_that_cannot_be_written_is_refused(void **state)
{
    scratch_t *scratch = *state;

    sweep(scratch->path, new_switches, turn);
    assert_int_equal(open_switches(scratch->path), 0);
}


static int
carry(const char *path)
{
    gray_switches_t *from = NULL, *to = NULL;
    int rc = gray_switches_open(path, false, &from);

    if (rc == 0) {
        rc = gray_switches_open(path, true, &to);
    }

    if (rc == 0) {
        rc = gray_switches_carry(to, from);
    }

    gray_switches_close(from);
    gray_switches_close(to);
    return rc;
}


static void
switches_that_cannot_be_carried_over_are_not_said_to_be(void **state)
{
    scratch_t *scratch = *state;

    sweep(scratch->path, new_switches, carry);
}


static int
take_slots(const char *path)
{
    static gray_instance_t instance = { .nworkers = 1 };
    gray_counters_t *counters = NULL;
    gray_instance_t *seen;
    gray_worker_t worker;
    int rc = gray_counters_open(path, true, &counters), slot;

    if (rc != 0) {
        return -1;
    }

    instance.master = (uint32_t) getpid();
    snprintf(instance.text, sizeof(instance.text), "live legacy x\n");
    slot = gray_counters_publish(counters, &instance);

    if (slot < 0 || gray_counters_worker(counters, slot, 0) < 0
        || gray_counters_release(counters, "shop") < 0
        || gray_counters_variant(counters, 0, "gray") < 0
        || gray_counters_live(counters, "legacy") < 0)
    {
        rc = -1;
    }

    seen = calloc(1, sizeof(*seen));

    if (rc == 0 && seen != NULL
        && !gray_counters_instance_get(counters, (unsigned) slot, seen))
    {
        errno = ENOMEM;
        rc = -1;
    }

    (void) gray_counters_worker_get(counters, 0, &worker);
    free(seen);
    gray_counters_close(counters);
    return rc;
}


static void
a_worker_that_cannot_take_a_slot_is_told(void **state)
{
    scratch_t *scratch = *state;

    sweep(scratch->path, new_counters, take_slots);
}


static void
a_path_that_is_too_long_is_refused(void **state)
{
    char path[5000];

    (void) state;
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(gray_switches_create(path, (gid_t) -1), -1);
    assert_int_equal(errno, ENAMETOOLONG);
}


#define disk_test(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        disk_test(a_file_that_could_not_be_made_is_not_there),
        disk_test(a_file_that_cannot_be_read_is_not_opened),
        disk_test(a_switch_that_cannot_be_written_is_refused),
        disk_test(switches_that_cannot_be_carried_over_are_not_said_to_be),
        disk_test(a_worker_that_cannot_take_a_slot_is_told),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
