#include "segment/scratch.h"
#include "segment/counters.h"

#define NOBODY 65534
#define PROCESSES 4
#define ADDS 200000

static gray_counters_t *
make(scratch_t *scratch)
{
    gray_counters_t *counters = NULL;

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_counters_open(scratch->path, true, &counters), 0);
    return counters;
}


static void
without_a_file_nothing_is_counted_and_nothing_breaks(void **state)
{
    gray_release_counts_t release;
    gray_live_counts_t live;

    (void) state;
    assert_int_equal(gray_counters_release(NULL, "shop"), -1);
    assert_int_equal(gray_counters_variant(NULL, 0, "gray"), -1);
    assert_int_equal(gray_counters_live(NULL, "legacy"), -1);
    assert_int_equal(gray_counters_worker(NULL, 0, 0), -1);
    gray_counters_decision(NULL, 0, 0, 0, 0);
    gray_counters_add(NULL, 0, 0, GRAY_COUNT_SKIPPED, 1);
    gray_counters_live_add(NULL, 0, 0, GRAY_LIVE_HITS, 1);
    gray_counters_breaker(NULL, 0, 0, true);
    gray_counters_heartbeat(NULL, 0, 1, 1, GRAY_WORKER_OK, 0);
    gray_counters_worker_leave(NULL, 0);
    assert_false(gray_counters_release_get(NULL, 0, &release));
    assert_false(gray_counters_live_get(NULL, 0, &live));
    gray_counters_close(NULL);
}


static void
decisions_are_counted_by_release_variant_and_reason(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_release_counts_t out;
    int shop = gray_counters_release(counters, "shop");
    int stable = gray_counters_variant(counters, shop, "stable");
    int gray = gray_counters_variant(counters, shop, "gray");

    assert_int_equal(shop, 0);
    assert_int_equal(stable, 0);
    assert_int_equal(gray, 1);

    gray_counters_decision(counters, 0, shop, gray, 1);
    gray_counters_decision(counters, 1, shop, gray, 1);
    gray_counters_decision(counters, 17, shop, stable, 0);
    gray_counters_add(counters, 3, shop, GRAY_COUNT_SKIPPED, 5);

    assert_true(gray_counters_release_get(counters, 0, &out));
    assert_string_equal(out.name, "shop");
    assert_int_equal(out.nvariants, 2);
    assert_string_equal(out.variants[0], "stable");
    assert_string_equal(out.variants[1], "gray");
    assert_int_equal(out.decisions[gray][1], 2);
    assert_int_equal(out.decisions[stable][0], 1);
    assert_int_equal(out.decisions[stable][1], 0);
    assert_int_equal(out.counts[GRAY_COUNT_SKIPPED], 5);
    assert_false(gray_counters_release_get(counters, 1, &out));
    gray_counters_close(counters);
}


static void
what_has_no_slot_counts_nothing(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_release_counts_t out, zero;
    int shop = gray_counters_release(counters, "shop");

    gray_counters_decision(counters, 0, -1, 0, 0);
    gray_counters_decision(counters, 0, GRAY_COUNTERS_RELEASES, 0, 0);
    gray_counters_decision(counters, 0, shop, -1, 0);
    gray_counters_decision(counters, 0, shop, GRAY_COUNTERS_VARIANTS, 0);
    gray_counters_decision(counters, 0, shop, 0, GRAY_COUNTERS_REASONS);
    gray_counters_add(counters, 0, -1, GRAY_COUNT_SKIPPED, 1);
    gray_counters_add(counters, 0, shop, GRAY_COUNT_RELEASE_MAX, 1);
    gray_counters_live_add(counters, 0, -1, GRAY_LIVE_HITS, 1);
    gray_counters_live_add(counters, 0, 0, GRAY_LIVE_MAX, 1);
    gray_counters_breaker(counters, -1, 0, true);
    gray_counters_breaker(counters, 0, 64, true);
    gray_counters_heartbeat(counters, -1, 1, 1, GRAY_WORKER_OK, 0);

    assert_true(gray_counters_release_get(counters, 0, &out));
    memset(&zero, 0, sizeof(zero));
    strcpy(zero.name, "shop");
    assert_memory_equal(&out, &zero, sizeof(zero));
    gray_counters_close(counters);
}


static void
counts_stay_when_the_file_is_opened_again(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = make(scratch);
    gray_release_counts_t out;

    gray_counters_release(counters, "other");
    int shop = gray_counters_release(counters, "shop");
    int gray = gray_counters_variant(counters, shop, "gray");

    gray_counters_decision(counters, 0, shop, gray, 2);
    gray_counters_close(counters);

    assert_int_equal(gray_counters_open(scratch->path, true, &counters), 0);
    assert_int_equal(gray_counters_release(counters, "shop"), shop);
    assert_int_equal(gray_counters_variant(counters, shop, "gray"), gray);
    assert_true(gray_counters_release_get(counters, (unsigned) shop, &out));
    assert_int_equal(out.decisions[gray][2], 1);
    gray_counters_close(counters);
}


typedef struct {
    scratch_t *scratch;
    unsigned stripe;
    int expected; /* the slot that another process got           */
} worker_t;


static void
count_much(void *data)
{
    const worker_t *worker = data;
    gray_counters_t *counters;

    CHILD_CHECK(
        gray_counters_open(worker->scratch->path, true, &counters) == 0);

    int release = gray_counters_release(counters, "shop");
    int variant = gray_counters_variant(counters, release, "gray");
    int live = gray_counters_live(counters, "legacy");

    CHILD_CHECK(release >= 0 && variant >= 0 && live >= 0);

    for (int i = 0; i < ADDS; i++) {
        gray_counters_decision(counters, worker->stripe, release, variant, 1);
        gray_counters_live_add(
            counters, worker->stripe, live, GRAY_LIVE_HITS, 2);
    }
}


static void
concurrent_counts_add_up_exactly(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_release_counts_t release;
    gray_live_counts_t live;
    pid_t pids[PROCESSES];

    for (unsigned i = 0; i < PROCESSES; i++) {
        /* two processes for each stripe, as across a reload */
        worker_t worker = { *state, i / 2, 0 };

        pids[i] = child_start(count_much, &worker);
    }

    for (unsigned i = 0; i < PROCESSES; i++) {
        assert_int_equal(child_wait(pids[i]), 0);
    }

    assert_true(gray_counters_release_get(counters, 0, &release));
    assert_int_equal(release.nvariants, 1);
    assert_int_equal(release.decisions[0][1], PROCESSES * ADDS);
    assert_true(gray_counters_live_get(counters, 0, &live));
    assert_string_equal(live.name, "legacy");
    assert_int_equal(live.counts[GRAY_LIVE_HITS], PROCESSES * ADDS * 2);
    assert_false(gray_counters_release_get(counters, 1, &release));
    assert_false(gray_counters_live_get(counters, 1, &live));
    gray_counters_close(counters);
}


static void
find_the_same_slots(void *data)
{
    const worker_t *worker = data;
    gray_counters_t *counters;
    char name[32];

    CHILD_CHECK(
        gray_counters_open(worker->scratch->path, true, &counters) == 0);

    for (int i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        snprintf(name, sizeof(name), "name-%d", i);
        CHILD_CHECK(gray_counters_release(counters, name) == i);
        CHILD_CHECK(gray_counters_live(counters, name) == i);
    }

    gray_counters_close(counters);
}


static void
two_processes_find_the_same_slot_by_name(void **state)
{
    gray_counters_t *counters = make(*state);
    worker_t worker = { *state, 0, 0 };

    child_run(find_the_same_slots, &worker);
    find_the_same_slots(&worker);
    gray_counters_close(counters);
}


static void
when_all_release_slots_are_taken_an_unused_one_is_reused(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_release_counts_t out;
    char name[32];

    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        snprintf(name, sizeof(name), "release-%d", i);
        assert_int_equal(gray_counters_release(counters, name), i);
        assert_int_equal(gray_counters_variant(counters, i, "gray"), 0);
        gray_counters_decision(counters, 5, i, 0, 1);
    }

    /* no instance runs, so none is in use: the first one goes */
    assert_int_equal(gray_counters_release(counters, "new"), 0);
    assert_true(gray_counters_release_get(counters, 0, &out));
    assert_string_equal(out.name, "new");
    assert_int_equal(out.nvariants, 0);
    assert_int_equal(out.decisions[0][1], 0);
    assert_true(gray_counters_release_get(counters, 1, &out));
    assert_int_equal(out.decisions[0][1], 1);
    gray_counters_close(counters);
}


static void
when_all_are_in_use_the_next_is_refused(void **state)
{
    gray_counters_t *counters = make(*state);
    gray_instance_t *instance = calloc(1, sizeof(*instance));
    size_t len = 0;
    char name[32];

    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        snprintf(name, sizeof(name), "release-%d", i);
        assert_int_equal(gray_counters_release(counters, name), i);
        len += (size_t) snprintf(instance->text + len,
            sizeof(instance->text) - len, "release %s stable gray\n", name);
    }

    for (int i = 0; i < GRAY_COUNTERS_LIVE; i++) {
        snprintf(name, sizeof(name), "live-%d", i);
        assert_int_equal(gray_counters_live(counters, name), i);

        /* all but one are named */
        if (i != 40) {
            len += (size_t) snprintf(instance->text + len,
                sizeof(instance->text) - len, "live %s 127.0.0.1:1\n", name);
        }
    }

    instance->master = (uint32_t) getpid();
    assert_int_equal(gray_counters_publish(counters, instance), 0);
    assert_int_equal(gray_counters_release(counters, "new"), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(gray_counters_live(counters, "new"), 40);
    assert_int_equal(gray_counters_release(counters, "release-9"), 9);
    free(instance);
    gray_counters_close(counters);
}


static void
a_release_has_room_for_16_variants(void **state)
{
    gray_counters_t *counters = make(*state);
    int shop = gray_counters_release(counters, "shop");
    char name[32];

    for (int i = 0; i < GRAY_COUNTERS_VARIANTS; i++) {
        snprintf(name, sizeof(name), "variant-%d", i);
        assert_int_equal(gray_counters_variant(counters, shop, name), i);
    }

    assert_int_equal(gray_counters_variant(counters, shop, "more"), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(gray_counters_variant(counters, shop, "variant-3"), 3);
    assert_int_equal(gray_counters_variant(counters, -1, "gray"), -1);
    assert_int_equal(errno, EINVAL);
    gray_counters_close(counters);
}


static void
names_that_do_not_fit_are_refused(void **state)
{
    gray_counters_t *counters = make(*state);
    char name[65];

    memset(name, 'x', 64);
    name[64] = '\0';
    assert_int_equal(gray_counters_release(counters, name), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(gray_counters_release(counters, ""), -1);
    assert_int_equal(gray_counters_live(counters, name), -1);
    assert_int_equal(gray_counters_live(counters, ""), -1);
    name[63] = '\0';
    assert_int_equal(gray_counters_release(counters, name), 0);
    assert_int_equal(gray_counters_variant(counters, 0, name), 0);
    assert_int_equal(gray_counters_variant(counters, 0, ""), -1);
    gray_counters_close(counters);
}


static void
every_count_in_use_has_a_label(void **state)
{
    (void) state;

    for (unsigned i = 0; i <= GRAY_COUNT_DAMAGED; i++) {
        assert_non_null(gray_count_release_name((gray_count_release_t) i));
    }

    for (unsigned i = 0; i <= GRAY_LIVE_CONNECTS; i++) {
        assert_non_null(gray_count_live_name((gray_count_live_t) i));
    }

    assert_string_equal(gray_count_live_name(GRAY_LIVE_HITS), "hits");
    assert_null(gray_count_release_name(GRAY_COUNT_RELEASE_MAX));
    assert_null(gray_count_live_name(GRAY_LIVE_MAX));
}


static void
count_on_a_full_disk(void *data)
{
    scratch_t *scratch = data;
    gray_counters_t *counters;
    gray_release_counts_t out;
    char name[32];

    child_mount(scratch->dir, "size=16m");
    CHILD_CHECK(gray_counters_create(scratch->path, (gid_t) -1) == 0);
    child_fill_disk(scratch->dir);
    CHILD_CHECK(gray_counters_open(scratch->path, true, &counters) == 0);

    for (int i = 0; i < GRAY_COUNTERS_RELEASES; i++) {
        snprintf(name, sizeof(name), "release-%d", i);
        CHILD_CHECK(gray_counters_release(counters, name) == i);

        for (unsigned s = 0; s < GRAY_COUNTERS_STRIPES; s++) {
            gray_counters_decision(counters, s, i, 0, 0);
        }
    }

    CHILD_CHECK(
        gray_counters_release_get(counters, GRAY_COUNTERS_RELEASES - 1, &out));
    CHILD_CHECK(out.decisions[0][0] == GRAY_COUNTERS_STRIPES);
    gray_counters_close(counters);
}


static void
counting_works_on_a_full_disk(void **state)
{
    child_run(count_on_a_full_disk, *state);
}


static void
create_on_a_small_disk(void *data)
{
    scratch_t *scratch = data;

    child_mount(scratch->dir, "size=1m");
    CHILD_CHECK(gray_counters_create(scratch->path, (gid_t) -1) == -1);
    CHILD_CHECK(errno == ENOSPC);

    /* nothing is left behind, not even under another name */
    CHILD_CHECK(access(scratch->path, F_OK) == -1);
    CHILD_CHECK(chdir("/") == 0 && umount(scratch->dir) == 0);
}


static void
a_file_that_does_not_fit_is_not_made(void **state)
{
    child_run(create_on_a_small_disk, *state);
}


static void
count_as_a_worker(void *data)
{
    scratch_t *scratch = data;
    gray_counters_t *counters;

    child_become(NOBODY, NOBODY);
    CHILD_CHECK(gray_counters_open(scratch->path, true, &counters) == 0);
    CHILD_CHECK(gray_counters_release(counters, "shop") == 0);
    gray_counters_decision(counters, 0, 0, 0, 0);
}


static void
count_as_a_stranger(void *data)
{
    scratch_t *scratch = data;
    gray_counters_t *counters;

    child_become(NOBODY, NOBODY - 1);
    CHILD_CHECK(gray_counters_open(scratch->path, false, &counters) == -1);
    CHILD_CHECK(errno == EACCES);
}


static void
workers_count_and_strangers_do_not_even_read(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters;
    gray_release_counts_t out;

    if (geteuid() != 0) {
        skip();
    }

    assert_int_equal(gray_counters_create(scratch->path, NOBODY), 0);
    child_run(count_as_a_worker, scratch);
    child_run(count_as_a_stranger, scratch);
    assert_int_equal(gray_counters_open(scratch->path, false, &counters), 0);
    assert_true(gray_counters_release_get(counters, 0, &out));
    assert_int_equal(out.decisions[0][0], 1);
    gray_counters_close(counters);
}


static void
a_handle_that_only_reads_does_not_count(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *writer = make(scratch), *reader;
    gray_release_counts_t out;

    assert_int_equal(gray_counters_release(writer, "shop"), 0);
    assert_int_equal(gray_counters_open(scratch->path, false, &reader), 0);
    assert_int_equal(gray_counters_release(reader, "shop"), -1);
    assert_int_equal(errno, EACCES);
    gray_counters_decision(reader, 0, 0, 0, 0);
    gray_counters_live_add(reader, 0, 0, GRAY_LIVE_HITS, 1);
    gray_counters_breaker(reader, 0, 0, true);
    gray_counters_heartbeat(reader, 0, 1, 1, GRAY_WORKER_OK, 0);
    gray_counters_worker_leave(reader, 0);
    assert_true(gray_counters_release_get(reader, 0, &out));
    assert_int_equal(out.decisions[0][0], 0);
    gray_counters_close(reader);
    gray_counters_close(writer);
}


static void
what_is_no_counters_file_of_this_layout_is_refused(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = NULL;

    /* magic, version, order, size */
    for (off_t offset = 0; offset < 20; offset += 4) {
        assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
        damage(scratch->path, offset, "~", 1);
        assert_int_equal(
            gray_counters_open(scratch->path, true, &counters), -1);
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(unlink(scratch->path), 0);
    }

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), -1);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(truncate(scratch->path, 4096), 0);
    assert_int_equal(gray_counters_open(scratch->path, true, &counters), -1);
    assert_int_equal(errno, EBADMSG);
    assert_int_equal(truncate(scratch->path, 0), 0);
    assert_int_equal(gray_counters_open(scratch->path, true, &counters), -1);
    assert_int_equal(errno, EBADMSG);
    assert_null(counters);
}


/* Workers can write every byte: whatever they write, a reader survives. */
static void
garbage_in_every_byte_harms_no_reader(void **state)
{
    scratch_t *scratch = *state;
    gray_counters_t *counters = make(scratch);
    gray_release_counts_t release;
    gray_live_counts_t live;
    gray_worker_t worker;
    gray_instance_t *instance = calloc(1, sizeof(*instance));
    unsigned char bytes[4096];
    struct stat st;

    assert_int_equal(stat(scratch->path, &st), 0);
    srandom(7);

    for (off_t at = 4096; at + 4096 <= st.st_size; at += 4096) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (unsigned char) random();
        }

        damage(scratch->path, at, bytes, sizeof(bytes));
    }

    for (unsigned i = 0; i < GRAY_COUNTERS_WORKERS; i++) {
        if (gray_counters_release_get(counters, i, &release)) {
            assert_true(release.nvariants <= GRAY_COUNTERS_VARIANTS);
            assert_true(strlen(release.name) < sizeof(release.name));
        }

        if (gray_counters_live_get(counters, i, &live)) {
            assert_true(strlen(live.name) < sizeof(live.name));
        }

        if (gray_counters_instance_get(counters, i, instance)) {
            assert_true(strlen(instance->text) < sizeof(instance->text));
        }

        gray_counters_worker_get(counters, i, &worker);
    }

    gray_counters_variant(counters, 3, "gray");
    gray_counters_release(counters, "shop");
    assert_int_equal(gray_counters_publish(counters, instance) >= 0, true);
    assert_int_equal(gray_counters_worker(counters, 0, 0) >= 0, true);
    free(instance);
    gray_counters_close(counters);
}


int
main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

    const struct CMUnitTest tests[] = {
        TEST(without_a_file_nothing_is_counted_and_nothing_breaks),
        TEST(decisions_are_counted_by_release_variant_and_reason),
        TEST(what_has_no_slot_counts_nothing),
        TEST(counts_stay_when_the_file_is_opened_again),
        TEST(concurrent_counts_add_up_exactly),
        TEST(two_processes_find_the_same_slot_by_name),
        TEST(when_all_release_slots_are_taken_an_unused_one_is_reused),
        TEST(when_all_are_in_use_the_next_is_refused),
        TEST(a_release_has_room_for_16_variants),
        TEST(names_that_do_not_fit_are_refused),
        TEST(every_count_in_use_has_a_label),
        TEST(counting_works_on_a_full_disk),
        TEST(a_file_that_does_not_fit_is_not_made),
        TEST(workers_count_and_strangers_do_not_even_read),
        TEST(a_handle_that_only_reads_does_not_count),
        TEST(what_is_no_counters_file_of_this_layout_is_refused),
        TEST(garbage_in_every_byte_harms_no_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
