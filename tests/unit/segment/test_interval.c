#include "segment/scratch.h"
#include "segment/interval.h"

static gray_responses_t
responses(uint64_t n, uint64_t errors, uint64_t us)
{
    gray_responses_t made = { .n = n, .upstream_n = n };

    made.classes[GRAY_CLASS_2XX] = n - errors;
    made.classes[GRAY_CLASS_5XX] = errors;
    made.counts[GRAY_RESPONSE_ERRORS] = errors;
    made.request[gray_latency_bucket(us)] = n;
    made.upstream[gray_latency_bucket(us / 2)] = n;

    return made;
}


static void
what_was_counted_before_is_left_out(void **state)
{
    gray_responses_t before = responses(1000, 100, 1000);
    gray_responses_t now = before;
    gray_interval_t interval;

    (void) state;
    now.n += 10;
    now.upstream_n += 10;
    now.classes[GRAY_CLASS_2XX] += 5;
    now.classes[GRAY_CLASS_5XX] += 2;
    now.classes[GRAY_CLASS_499] += 3;
    now.counts[GRAY_RESPONSE_ERRORS] += 4;
    now.counts[GRAY_RESPONSE_CONNECT_ERRORS] += 1;
    now.counts[GRAY_RESPONSE_UPSTREAM_ERRORS] += 6;
    now.counts[GRAY_RESPONSE_HIDDEN] += 2;
    now.request[gray_latency_bucket(64000)] += 10;
    now.upstream[gray_latency_bucket(32000)] += 10;

    assert_true(gray_interval(&now, &before, &interval));
    assert_int_equal(interval.requests, 10);
    assert_int_equal(interval.errors, 4);
    assert_int_equal(interval.gone, 3);
    assert_int_equal(interval.connect_errors, 1);
    assert_int_equal(interval.upstream_errors, 6);
    assert_int_equal(interval.hidden, 2);
    assert_int_equal(interval.upstream_n, 10);

    /* not those of the thousand that took a millisecond */
    assert_in_range(interval.p50_us, 60000, 68000);
    assert_in_range(interval.p99_us, 60000, 68000);
    assert_in_range(interval.upstream_p95_us, 30000, 34000);
}


static void
an_interval_without_requests_is_all_zero(void **state)
{
    static const gray_interval_t none;
    gray_responses_t one = responses(7, 1, 5000);
    gray_interval_t interval;

    (void) state;
    memset(&interval, 0xff, sizeof(interval));
    assert_true(gray_interval(&one, &one, &interval));
    assert_memory_equal(&interval, &none, sizeof(none));
}


/* Another file, or a slot that was given to this pair. */
static void
counts_that_jump_backwards_are_a_new_start_and_no_rate(void **state)
{
    static const gray_interval_t none;
    gray_responses_t before = responses(1000, 100, 1000), now;
    gray_interval_t interval;

    (void) state;
    now = responses(3, 0, 1000);
    assert_false(gray_interval(&now, &before, &interval));
    assert_memory_equal(&interval, &none, sizeof(none));

    /* also when there are more requests, of other kinds */
    now = responses(2000, 50, 1000);
    assert_false(gray_interval(&now, &before, &interval));
    assert_memory_equal(&interval, &none, sizeof(none));

    now = responses(2000, 100, 2000);
    assert_false(gray_interval(&now, &before, &interval));
    assert_memory_equal(&interval, &none, sizeof(none));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_counted_before_is_left_out),
        cmocka_unit_test(an_interval_without_requests_is_all_zero),
        cmocka_unit_test(
            counts_that_jump_backwards_are_a_new_start_and_no_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
