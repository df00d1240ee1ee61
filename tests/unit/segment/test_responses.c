#include "segment/scratch.h"
#include "segment/responses.h"

#define PROCESSES 4
#define RESPONSES 50000

typedef struct {
    gray_counters_t *counters;
    int shop;
    int stable;
    int gray;
} shop_t;


static shop_t
make(scratch_t *scratch)
{
    shop_t shop = { .counters = NULL };

    assert_int_equal(gray_counters_create(scratch->path, (gid_t) -1), 0);
    assert_int_equal(
        gray_counters_open(scratch->path, true, &shop.counters), 0);
    shop.shop = gray_counters_release(shop.counters, "shop");
    shop.stable = gray_counters_variant(shop.counters, shop.shop, "stable");
    shop.gray = gray_counters_variant(shop.counters, shop.shop, "gray");

    return shop;
}


static void
answer(const shop_t *shop, unsigned stripe, unsigned status, uint64_t revision)
{
    gray_response_t response = {
        .status = status,
        .counts = { [GRAY_RESPONSE_ERRORS] = status >= 500 },
        .request_us = 1500,
    };

    gray_counters_response(
        shop->counters, stripe, shop->shop, shop->gray, revision, &response);
}


static void
a_response_counts_for_its_variant_only(void **state)
{
    shop_t shop = make(*state);
    gray_responses_t out;
    gray_response_t response = {
        .status = 200,
        .counts = { [GRAY_RESPONSE_SENT] = 512,
            [GRAY_RESPONSE_HIDDEN] = 1,
            [GRAY_RESPONSE_ERRORS] = 1 },
        .request_us = 2000,
        .has_upstream = true,
        .upstream_us = 1000,
    };

    gray_counters_response(
        shop.counters, 3, shop.shop, shop.gray, 7, &response);
    gray_counters_response(
        shop.counters, 11, shop.shop, shop.gray, 7, &response);

    assert_true(gray_counters_responses_get(
        shop.counters, (unsigned) shop.shop, (unsigned) shop.gray, &out));
    assert_int_equal(out.n, 2);
    assert_int_equal(out.classes[GRAY_CLASS_2XX], 2);
    assert_int_equal(out.counts[GRAY_RESPONSE_SENT], 1024);
    assert_int_equal(out.counts[GRAY_RESPONSE_HIDDEN], 2);
    assert_int_equal(out.request_us, 4000);
    assert_int_equal(out.request[gray_latency_bucket(2000)], 2);
    assert_int_equal(out.upstream_n, 2);
    assert_int_equal(out.upstream[gray_latency_bucket(1000)], 2);

    assert_true(gray_counters_responses_get(
        shop.counters, (unsigned) shop.shop, (unsigned) shop.stable, &out));
    assert_int_equal(out.n, 0);
    gray_counters_close(shop.counters);
}


static void
status_codes_fall_into_classes_and_499_into_its_own(void **state)
{
    static const struct {
        unsigned status;
        const char *name;
    } codes[] = { { 0, "none" }, { 99, "none" }, { 101, "1xx" }, { 204, "2xx" },
        { 302, "3xx" }, { 404, "4xx" }, { 498, "4xx" }, { 499, "499" },
        { 500, "5xx" }, { 599, "5xx" }, { 600, "none" } };

    (void) state;

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_string_equal(
            gray_class_name(gray_class(codes[i].status)), codes[i].name);
    }
    assert_null(gray_class_name(GRAY_CLASS_MAX));
}


static void
a_bucket_holds_its_times_and_is_a_sixteenth_wide(void **state)
{
    (void) state;

    for (uint64_t us = 1; us < (uint64_t) 1 << 29; us += 1 + us / 50) {
        unsigned bucket = gray_latency_bucket(us);

        assert_in_range(bucket, 0, GRAY_LATENCY_BUCKETS - 1);
        assert_true(us < gray_latency_end(bucket));

        if (bucket > 0) {
            uint64_t begin = gray_latency_end(bucket - 1);

            assert_true(begin <= us);
            if (bucket < GRAY_LATENCY_BUCKETS - 1) {
                assert_true((gray_latency_end(bucket) - begin) * 16 <= begin);
            }
        }
    }
}


static void
quantiles_are_within_a_sixteenth(void **state)
{
    uint64_t counts[GRAY_LATENCY_BUCKETS] = { 0 };

    (void) state;
    assert_int_equal(gray_latency_quantile(counts, 0.5), 0);

    for (uint64_t us = 1; us <= 100000; us++) {
        counts[gray_latency_bucket(us)]++;
    }

    for (unsigned percent = 1; percent <= 100; percent++) {
        double wanted = percent * 1000.0;
        uint64_t got = gray_latency_quantile(counts, percent / 100.0);

        assert_true((double) got >= wanted * 15 / 16 - 1);
        assert_true((double) got <= wanted * 17 / 16 + 1);
    }

    assert_int_equal(gray_latency_below(counts, 1024), 1023);
    assert_int_equal(gray_latency_below(counts, UINT64_MAX), 100000);
}


static void
each_revision_is_counted_apart(void **state)
{
    shop_t shop = make(*state);
    gray_revision_counts_t out[GRAY_REVISIONS];

    answer(&shop, 0, 200, 5);
    answer(&shop, 1, 502, 6);
    answer(&shop, 2, 499, 6);
    answer(&shop, 3, 500, 5); /* decided before the change, logged after */

    assert_int_equal(gray_counters_revisions_get(shop.counters,
                         (unsigned) shop.shop, (unsigned) shop.gray, out),
        2);
    assert_int_equal(out[0].revision, 6);
    assert_int_equal(out[0].n, 2);
    assert_int_equal(out[0].errors, 1);
    assert_int_equal(out[0].gone, 1);
    assert_int_equal(out[1].revision, 5);
    assert_int_equal(out[1].n, 2);
    assert_int_equal(out[1].errors, 1);
    assert_int_equal(out[1].request[gray_revision_bucket(1500)], 2);
    gray_counters_close(shop.counters);
}


static void
the_oldest_revision_makes_room_and_does_not_come_back(void **state)
{
    shop_t shop = make(*state);
    gray_revision_counts_t out[GRAY_REVISIONS];

    for (uint64_t revision = 1; revision <= GRAY_REVISIONS + 2; revision++) {
        answer(&shop, 0, 200, revision);
    }
    answer(&shop, 0, 200, 1);

    assert_int_equal(gray_counters_revisions_get(shop.counters,
                         (unsigned) shop.shop, (unsigned) shop.gray, out),
        GRAY_REVISIONS);
    for (unsigned i = 0; i < GRAY_REVISIONS; i++) {
        assert_int_equal(out[i].revision, GRAY_REVISIONS + 2 - i);
        assert_int_equal(out[i].n, 1);
    }
    gray_counters_close(shop.counters);
}


static void
coarse_buckets_cover_all_times(void **state)
{
    (void) state;

    for (uint64_t us = 1; us < (uint64_t) 1 << 29; us += 1 + us / 50) {
        unsigned bucket = gray_revision_bucket(us);

        assert_in_range(bucket, 0, GRAY_REVISION_BUCKETS - 1);
        assert_true(us < gray_revision_end(bucket));
        assert_true(bucket == 0 || us >= gray_revision_end(bucket - 1));
    }
}


/* This process runs as an nginx that names shop and release-0 to -N. */
static void
run_instance(gray_counters_t *counters, unsigned n)
{
    gray_instance_t *instance = calloc(1, sizeof(*instance));
    size_t len = 0;
    int slot;

    instance->master = (uint32_t) getpid();
    instance->nworkers = 1;
    instance->generation = 1;
    len += (size_t) sprintf(instance->text, "release shop stable gray\n");
    for (unsigned i = 0; i < n; i++) {
        len += (size_t) sprintf(
            instance->text + len, "release release-%u v\n", i);
    }

    slot = gray_counters_publish(counters, instance);
    assert_true(slot >= 0);
    assert_true(gray_counters_worker(counters, slot, 0) >= 0);
    free(instance);
}


/* Takes slots for n pairs; *release and *variant are the last one's. */
static void
fill(gray_counters_t *counters, unsigned n, int *release, int *variant)
{
    char name[32];

    for (unsigned i = 0; i < n; i++) {
        if (i % GRAY_COUNTERS_VARIANTS == 0) {
            (void) snprintf(
                name, sizeof(name), "release-%u", i / GRAY_COUNTERS_VARIANTS);
            *release = gray_counters_release(counters, name);
        }
        (void) snprintf(name, sizeof(name), "v%u", i);
        *variant = gray_counters_variant(counters, *release, name);
        assert_true(*variant >= 0);
    }
}


/* shop has two: one pair has no room. */
static void
when_no_slot_is_left_responses_are_counted_as_lost(void **state)
{
    shop_t shop = make(*state);
    gray_response_t response = { .status = 200 };
    gray_responses_t out;
    int release = -1, variant = -1;

    run_instance(shop.counters, GRAY_RESPONSES);
    fill(shop.counters, GRAY_RESPONSES - 2 + 1, &release, &variant);

    assert_false(gray_counters_responses_has(shop.counters, release, variant));
    assert_false(gray_counters_responses_get(
        shop.counters, (unsigned) release, (unsigned) variant, &out));
    gray_counters_response(shop.counters, 0, release, variant, 1, &response);
    assert_int_equal(gray_counters_responses_lost(shop.counters), 1);

    gray_counters_decision(shop.counters, 0, release, variant, 0);
    gray_counters_close(shop.counters);
}


static void
a_release_that_nobody_names_gives_its_slots_away(void **state)
{
    shop_t shop = make(*state);
    gray_responses_t out;
    int release = -1, variant = -1;

    run_instance(shop.counters, 0);
    answer(&shop, 0, 200, 1);
    fill(shop.counters, GRAY_RESPONSES - 2, &release, &variant);
    release = gray_counters_release(shop.counters, "newest");
    variant = gray_counters_variant(shop.counters, release, "gray");

    assert_true(gray_counters_responses_has(shop.counters, release, variant));
    assert_true(gray_counters_responses_get(
        shop.counters, (unsigned) release, (unsigned) variant, &out));
    assert_int_equal(out.n, 0);
    assert_true(gray_counters_responses_get(
        shop.counters, (unsigned) shop.shop, (unsigned) shop.gray, &out));
    assert_int_equal(out.n, 1);

    /* and it gets one again when a worker names it again */
    release = gray_counters_release(shop.counters, "release-0");
    assert_false(gray_counters_responses_has(shop.counters, release, 0));
    variant = gray_counters_variant(shop.counters, release, "v0");
    assert_true(gray_counters_responses_has(shop.counters, release, variant));
    gray_counters_close(shop.counters);
}


static void
revisions_of_all_workers_are_merged(void **state)
{
    shop_t shop = make(*state);
    gray_revision_counts_t out[GRAY_REVISIONS];

    for (unsigned stripe = 0; stripe < GRAY_RESPONSES_STRIPES; stripe++) {
        answer(&shop, stripe, 200, 10 + stripe);
        answer(&shop, stripe, 200, 3);
        answer(&shop, stripe, 503, 20);
    }

    assert_int_equal(gray_counters_revisions_get(shop.counters,
                         (unsigned) shop.shop, (unsigned) shop.gray, out),
        GRAY_REVISIONS);
    assert_int_equal(out[0].revision, 20);
    assert_int_equal(out[0].n, GRAY_RESPONSES_STRIPES);
    assert_int_equal(out[0].errors, GRAY_RESPONSES_STRIPES);
    for (unsigned i = 1; i < GRAY_REVISIONS; i++) {
        assert_int_equal(out[i].revision, 10 + GRAY_RESPONSES_STRIPES - i);
        assert_int_equal(out[i].n, 1);
    }
    gray_counters_close(shop.counters);
}


static void
without_a_file_or_a_slot_nothing_breaks(void **state)
{
    shop_t shop = make(*state);
    gray_response_t response = { .status = 200 };
    gray_responses_t out;
    gray_revision_counts_t revisions[GRAY_REVISIONS];

    gray_counters_response(NULL, 0, 0, 0, 1, &response);
    gray_counters_response(shop.counters, 0, -1, 0, 1, &response);
    gray_counters_response(shop.counters, 0, 0, -1, 1, &response);
    assert_false(gray_counters_responses_get(NULL, 0, 0, &out));
    assert_false(gray_counters_responses_get(
        shop.counters, GRAY_COUNTERS_RELEASES, 0, &out));
    assert_int_equal(gray_counters_responses_lost(NULL), 0);
    assert_int_equal(gray_counters_revisions_get(NULL, 0, 0, revisions), 0);
    gray_counters_close(shop.counters);
}


static void
workers_count_at_the_same_time_and_nothing_is_lost(void **state)
{
    shop_t shop = make(*state);
    gray_responses_t out;
    gray_revision_counts_t revisions[GRAY_REVISIONS];
    pid_t pids[PROCESSES];

    for (unsigned p = 0; p < PROCESSES; p++) {
        pids[p] = fork();
        assert_true(pids[p] >= 0);

        if (pids[p] == 0) {
            for (unsigned i = 0; i < RESPONSES; i++) {
                answer(&shop, p % 2, 200, 9);
            }
            _exit(0);
        }
    }

    for (unsigned p = 0; p < PROCESSES; p++) {
        assert_int_equal(waitpid(pids[p], NULL, 0), pids[p]);
    }

    assert_true(gray_counters_responses_get(
        shop.counters, (unsigned) shop.shop, (unsigned) shop.gray, &out));
    assert_int_equal(out.n, PROCESSES * RESPONSES);
    assert_int_equal(gray_counters_revisions_get(shop.counters,
                         (unsigned) shop.shop, (unsigned) shop.gray, revisions),
        1);
    /* those that met the place while it was being taken count nowhere */
    assert_in_range(revisions[0].n, PROCESSES * RESPONSES - PROCESSES * 10,
        PROCESSES * RESPONSES);
    gray_counters_close(shop.counters);
}


#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_response_counts_for_its_variant_only),
        cmocka_unit_test(status_codes_fall_into_classes_and_499_into_its_own),
        cmocka_unit_test(a_bucket_holds_its_times_and_is_a_sixteenth_wide),
        cmocka_unit_test(quantiles_are_within_a_sixteenth),
        TEST(each_revision_is_counted_apart),
        TEST(the_oldest_revision_makes_room_and_does_not_come_back),
        cmocka_unit_test(coarse_buckets_cover_all_times),
        TEST(when_no_slot_is_left_responses_are_counted_as_lost),
        TEST(a_release_that_nobody_names_gives_its_slots_away),
        TEST(revisions_of_all_workers_are_merged),
        TEST(without_a_file_or_a_slot_nothing_breaks),
        TEST(workers_count_at_the_same_time_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
