#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grayctl/watch_events.h"

static const char stream[] = "retry: 2000\n"
                             ": hello\n"
                             "\n"
                             "id: 7-1\n"
                             "event: stats\n"
                             "data: {\"n\": 1}\n"
                             "\n"
                             "id: 7-2\r\n"
                             "event:change\r\n"
                             "data: {\"n\": 20}\r\n"
                             "\r\n"
                             "event: nothing\n"
                             "\n"
                             "data: {not json\n"
                             "\n"
                             "data: {\"n\": 300}\n"
                             "\n"
                             "event: stats\n"
                             "data: {\"n\": 4000}\n";

typedef struct {
    json_int_t sum;
    char kinds[256];
} told_t;


static void
tell(void *to, const char *kind, const json_t *data)
{
    told_t *told = to;

    told->sum += json_integer_value(json_object_get(data, "n"));
    strcat(strcat(told->kinds, kind), ";");
}


static void
assert_told(const told_t *told, const watch_events_t *events)
{
    /* the last one is not whole */
    assert_int_equal(told->sum, 321);
    assert_string_equal(told->kinds, "stats;change;;");
    assert_string_equal(events->id, "7-2");
}


static void
events_are_told_wherever_their_bytes_end(void **state)
{
    size_t n = sizeof(stream) - 1;

    (void) state;

    for (size_t first = 0; first <= n; first++) {
        watch_events_t events = { .data = NULL };
        told_t told = { .sum = 0 };

        assert_int_equal(
            watch_events_take(&events, stream, first, tell, &told), 0);
        assert_int_equal(
            watch_events_take(&events, stream + first, n - first, tell, &told),
            0);
        assert_told(&told, &events);
        watch_events_free(&events);
    }
}


static void
events_are_told_byte_by_byte(void **state)
{
    watch_events_t events = { .data = NULL };
    told_t told = { .sum = 0 };

    (void) state;

    for (const char *byte = stream; *byte != '\0'; byte++) {
        assert_int_equal(watch_events_take(&events, byte, 1, tell, &told), 0);
    }
    assert_told(&told, &events);
    watch_events_free(&events);
}


static void
another_connection_begins_anew_after_the_same_event(void **state)
{
    static const char half[] = "id: 9-9\ndata: {\"n\": 5";
    static const char whole[] = "data: {\"n\": 6}\n\n";
    watch_events_t events = { .data = NULL };
    told_t told = { .sum = 0 };

    (void) state;
    assert_int_equal(
        watch_events_take(&events, half, sizeof(half) - 1, tell, &told), 0);
    watch_events_begin(&events);
    assert_int_equal(
        watch_events_take(&events, whole, sizeof(whole) - 1, tell, &told), 0);
    assert_int_equal(told.sum, 6);
    assert_string_equal(events.id, "9-9");
    watch_events_free(&events);
}


static void
a_line_without_an_end_takes_bounded_memory(void **state)
{
    char *bytes = malloc(1 << 20);
    watch_events_t events = { .data = NULL };
    told_t told = { .sum = 0 };

    (void) state;
    memset(bytes, 'x', 1 << 20);

    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(
            watch_events_take(&events, bytes, 1 << 20, tell, &told), 0);
    }
    assert_true(events.room <= WATCH_EVENT_LINE_MAX);

    assert_int_equal(
        watch_events_take(&events, "\ndata: {\"n\": 3}\n\n", 18, tell, &told),
        0);
    assert_int_equal(told.sum, 3);
    watch_events_free(&events);
    free(bytes);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_told_wherever_their_bytes_end),
        cmocka_unit_test(events_are_told_byte_by_byte),
        cmocka_unit_test(another_connection_begins_anew_after_the_same_event),
        cmocka_unit_test(a_line_without_an_end_takes_bounded_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
