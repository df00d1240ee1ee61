/* The parser of memcached's replies, each cut at every byte. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "nginx/memcached_reply.h"

#define CLASSIC GRAY_MEMCACHED_CLASSIC
#define META GRAY_MEMCACHED_META

typedef struct {
    gray_memcached_protocol_t protocol;
    const char *bytes;
    gray_memcached_kind_t kind;
    const char *key;   /* NULL: not named                                  */
    const char *value; /* NULL: no hit                                     */
    int64_t opaque;    /* -1: not numbered                                 */
} good_t;

static const good_t good[] = {
    { CLASSIC, "END\r\n", GRAY_MEMCACHED_MISS, NULL, NULL, -1 },
    { CLASSIC, "VALUE k 0 1\r\n1\r\nEND\r\n", GRAY_MEMCACHED_HIT, "k", "1",
        -1 },
    { CLASSIC, "VALUE k 4294967295 3 18446744073709551615\r\nabc\r\nEND\r\n",
        GRAY_MEMCACHED_HIT, "k", "abc", -1 },
    { CLASSIC, "VALUE k 0 0\r\n\r\nEND\r\n", GRAY_MEMCACHED_HIT, "k", "", -1 },
    { CLASSIC, "VALUE k 0 13\r\n1\r\nEND\r\nVALUE\r\nEND\r\n",
        GRAY_MEMCACHED_HIT, "k", "1\r\nEND\r\nVALUE", -1 },
    { CLASSIC, "VALUE \xe7\x81\xb0 0 1\r\n1\r\nEND\r\n", GRAY_MEMCACHED_HIT,
        "\xe7\x81\xb0", "1", -1 },
    { CLASSIC, "ERROR\r\n", GRAY_MEMCACHED_UNKNOWN_COMMAND, NULL, NULL, -1 },
    { CLASSIC, "CLIENT_ERROR bad command line format\r\n",
        GRAY_MEMCACHED_FAILURE, NULL, NULL, -1 },
    { CLASSIC, "SERVER_ERROR\r\n", GRAY_MEMCACHED_FAILURE, NULL, NULL, -1 },
    { META, "EN kk O7\r\n", GRAY_MEMCACHED_MISS, "k", NULL, 7 },
    { META, "EN O7 kk\r\n", GRAY_MEMCACHED_MISS, "k", NULL, 7 },
    { META, "EN\r\n", GRAY_MEMCACHED_MISS, NULL, NULL, -1 },
    { META, "VA 1 kk O4294967295\r\n1\r\n", GRAY_MEMCACHED_HIT, "k", "1",
        4294967295 },
    { META, "VA 0 kk O0\r\n\r\n", GRAY_MEMCACHED_HIT, "k", "", 0 },
    { META, "VA 2 W kk O7 X Z f0\r\n\r\n\r\n", GRAY_MEMCACHED_HIT, "k", "\r\n",
        7 },
    { META, "ERROR\r\n", GRAY_MEMCACHED_UNKNOWN_COMMAND, NULL, NULL, -1 },
    { META, "SERVER_ERROR out of memory\r\n", GRAY_MEMCACHED_FAILURE, NULL,
        NULL, -1 },
};

typedef struct {
    gray_memcached_protocol_t protocol;
    const char *bytes;
} bad_t;

static const bad_t bad[] = {
    { CLASSIC, "\r\n" },
    { CLASSIC, "\n" },
    { CLASSIC, "END\n" },
    { CLASSIC, "END \r\n" },
    { CLASSIC, "END END\r\n" },
    { CLASSIC, "END\r\r\n" },
    { CLASSIC, " END\r\n" },
    { CLASSIC, "end\r\n" },
    { CLASSIC, "ENDS\r\n" },
    { CLASSIC, "EN\r\n" },
    { CLASSIC, "VA 1 kk O1\r\n1\r\n" },
    { CLASSIC, "HTTP/1.1 400 Bad Request\r\n" },
    { CLASSIC, "VALUE\r\n" },
    { CLASSIC, "VALUE k\r\n" },
    { CLASSIC, "VALUE k 0\r\n" },
    { CLASSIC, "VALUE  0 1\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k  0 1\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1 \r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1 2 3\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 01\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 -1\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 +1\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1a\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1048577\r\n" },
    { CLASSIC, "VALUE k 0 1000000000000000000\r\n" },
    { CLASSIC, "VALUE k 0 18446744073709551617\r\n" },
    { CLASSIC, "VALUE k 0 99999999999999999999999999\r\n" },
    { CLASSIC, "VALUE k 4294967296 1\r\n1\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1\r\n12\r\nEND\r\n" },
    { CLASSIC, "VALUE k 0 1\r\n1END\r\n" },
    { CLASSIC, "VALUE k 0 1\r\n1\r\nVALUE j 0 1\r\n" },
    { CLASSIC, "VALUE k 0 1\r\n1\r\nEND\n" },
    { CLASSIC, "VALUE k 0 1\n1\nEND\n" },
    { CLASSIC, "ERROR Too many open connections\r\n" },
    { META, "END\r\n" },
    { META, "VALUE k 0 1\r\n1\r\nEND\r\n" },
    { META, "MN\r\n" },
    { META, "HD\r\n" },
    { META, "EN \r\n" },
    { META, "EN k\r\n" },
    { META, "EN kk kk\r\n" },
    { META, "EN O1 O1\r\n" },
    { META, "EN O\r\n" },
    { META, "EN O01\r\n" },
    { META, "EN O4294967296\r\n" },
    { META, "EN Oabc\r\n" },
    { META, "EN  kk\r\n" },
    { META, "VA\r\n" },
    { META, "VA kk O1\r\n" },
    { META, "VA 1048577 kk O1\r\n" },
    { META, "VA 1000000000000000000 kk O1\r\n" },
    { META, "VA 1 kk O1\r\n12\r\n" },
    { META, "VA 1 kk O1\r\n1EN\r\n" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))


/* Feeds all bytes and expects the reply to end exactly with the last one. */
static void
feed_in_pieces(gray_memcached_reply_t *reply, const char *bytes, size_t len,
    size_t piece, size_t first)
{
    size_t at = 0;

    while (at < len) {
        size_t n = at == 0 && first ? first : piece;
        size_t used;

        n = n < len - at ? n : len - at;
        assert_int_equal(gray_memcached_reply_feed(reply, bytes + at, n, &used),
            at + n == len ? GRAY_MEMCACHED_DONE : GRAY_MEMCACHED_MORE);
        assert_int_equal(used, n);
        at += n;
    }
}


static void
expect(const gray_memcached_reply_t *reply, const good_t *wanted)
{
    assert_int_equal(reply->kind, wanted->kind);
    assert_int_equal(reply->named, wanted->key != NULL);
    assert_int_equal(reply->numbered, wanted->opaque >= 0);

    if (wanted->key != NULL) {
        assert_int_equal(reply->key.len, strlen(wanted->key));
        assert_memory_equal(reply->key.data, wanted->key, reply->key.len);
    }

    if (wanted->opaque >= 0) {
        assert_int_equal(reply->opaque, wanted->opaque);
    }

    if (wanted->value != NULL) {
        assert_int_equal(reply->length, strlen(wanted->value));
        assert_int_equal(reply->kept, reply->length);
        assert_memory_equal(reply->value, wanted->value, reply->kept);
        assert_true(gray_memcached_reply_equals(
            reply, (gray_str_t){ strlen(wanted->value), wanted->value }));
    }
}


static void
test_every_reply_is_read_however_it_is_cut(void **state)
{
    gray_memcached_reply_t reply;

    (void) state;

    for (size_t i = 0; i < COUNT(good); i++) {
        size_t len = strlen(good[i].bytes);

        gray_memcached_reply_init(&reply, good[i].protocol);

        for (size_t cut = 0; cut < len; cut++) {
            feed_in_pieces(&reply, good[i].bytes, len, len, cut);
            expect(&reply, &good[i]);
        }

        feed_in_pieces(&reply, good[i].bytes, len, 1, 0);
        expect(&reply, &good[i]);
    }
}


static void
test_pipelined_replies_are_read_one_at_a_time(void **state)
{
    gray_memcached_reply_t reply;
    char stream[4096];

    (void) state;

    for (int protocol = CLASSIC; protocol <= META; protocol++) {
        size_t len = 0, at = 0, used;

        for (size_t i = 0; i < COUNT(good); i++) {
            if ((int) good[i].protocol == protocol) {
                memcpy(stream + len, good[i].bytes, strlen(good[i].bytes));
                len += strlen(good[i].bytes);
            }
        }

        gray_memcached_reply_init(&reply, protocol);

        for (size_t i = 0; i < COUNT(good); i++) {
            if ((int) good[i].protocol != protocol) {
                continue;
            }

            assert_int_equal(
                gray_memcached_reply_feed(&reply, stream + at, len - at, &used),
                GRAY_MEMCACHED_DONE);
            assert_int_equal(used, strlen(good[i].bytes));
            expect(&reply, &good[i]);
            at += used;
        }

        assert_int_equal(at, len);
    }
}


/* Feeds until the parser complains; 0: it did not. */
static int
is_refused(const bad_t *wrong, size_t piece)
{
    gray_memcached_reply_t reply;
    size_t len = strlen(wrong->bytes);

    gray_memcached_reply_init(&reply, wrong->protocol);

    for (size_t at = 0; at < len; at += piece) {
        size_t n = piece < len - at ? piece : len - at;
        size_t used;

        switch (gray_memcached_reply_feed(&reply, wrong->bytes + at, n, &used))
        {
        case GRAY_MEMCACHED_MALFORMED:
            assert_non_null(reply.problem);
            return 1;

        case GRAY_MEMCACHED_DONE:
            return 0;

        case GRAY_MEMCACHED_MORE:
            break;
        }
    }

    return 0;
}


static void
test_every_deviation_is_refused(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t len = strlen(bad[i].bytes);

        for (size_t piece = 1; piece <= len; piece++) {
            if (!is_refused(&bad[i], piece)) {
                fail_msg("taken: %s", bad[i].bytes);
            }
        }
    }
}


static void
test_a_line_without_end_is_refused_at_512_bytes(void **state)
{
    gray_memcached_reply_t reply;
    char line[GRAY_MEMCACHED_LINE_MAX];
    size_t used;

    (void) state;
    memset(line, 'A', sizeof(line));

    gray_memcached_reply_init(&reply, META);
    assert_int_equal(
        gray_memcached_reply_feed(&reply, line, sizeof(line) - 1, &used),
        GRAY_MEMCACHED_MORE);
    assert_int_equal(gray_memcached_reply_feed(&reply, line, 1, &used),
        GRAY_MEMCACHED_MALFORMED);
}


static void
test_a_nul_in_a_line_is_refused(void **state)
{
    gray_memcached_reply_t reply;
    size_t used;

    (void) state;

    gray_memcached_reply_init(&reply, META);
    assert_int_equal(
        gray_memcached_reply_feed(&reply, "EN k\0 O1\r\n", 10, &used),
        GRAY_MEMCACHED_MALFORMED);

    gray_memcached_reply_init(&reply, CLASSIC);
    assert_int_equal(gray_memcached_reply_feed(&reply, "END\0\r\n", 6, &used),
        GRAY_MEMCACHED_MALFORMED);
}


static void
test_a_long_value_is_read_over_and_equals_nothing(void **state)
{
    gray_memcached_reply_t reply;
    size_t size = GRAY_MEMCACHED_VALUE_MAX;
    char *value = malloc(size);
    char kept[GRAY_MEMCACHED_VALUE_KEEP];
    size_t used;

    (void) state;
    assert_non_null(value);
    memset(value, '1', size);
    memset(kept, '1', sizeof(kept));

    gray_memcached_reply_init(&reply, META);
    assert_int_equal(
        gray_memcached_reply_feed(&reply, "VA 1048576 kk O1\r\n", 18, &used),
        GRAY_MEMCACHED_MORE);
    assert_int_equal(gray_memcached_reply_feed(&reply, value, size, &used),
        GRAY_MEMCACHED_MORE);
    assert_int_equal(gray_memcached_reply_feed(&reply, "\r\nEN", 4, &used),
        GRAY_MEMCACHED_DONE);
    assert_int_equal(used, 2);
    assert_int_equal(reply.length, size);
    assert_false(gray_memcached_reply_equals(
        &reply, (gray_str_t){ sizeof(kept), kept }));

    free(value);
}


static void
test_only_the_same_value_equals(void **state)
{
    gray_memcached_reply_t reply;
    size_t used;

    (void) state;

    gray_memcached_reply_init(&reply, META);
    (void) gray_memcached_reply_feed(
        &reply, "VA 2 kk O1\r\n11\r\nEN kk O2\r\n", 26, &used);
    assert_true(gray_memcached_reply_equals(&reply, gray_str("11")));
    assert_false(gray_memcached_reply_equals(&reply, gray_str("1")));
    assert_false(gray_memcached_reply_equals(&reply, gray_str("12")));
    assert_false(gray_memcached_reply_equals(&reply, gray_str("111")));

    (void) gray_memcached_reply_feed(&reply, "EN kk O2\r\n", 10, &used);
    assert_false(gray_memcached_reply_equals(&reply, gray_str("")));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reply_is_read_however_it_is_cut),
        cmocka_unit_test(test_pipelined_replies_are_read_one_at_a_time),
        cmocka_unit_test(test_every_deviation_is_refused),
        cmocka_unit_test(test_a_line_without_end_is_refused_at_512_bytes),
        cmocka_unit_test(test_a_nul_in_a_line_is_refused),
        cmocka_unit_test(test_a_long_value_is_read_over_and_equals_nothing),
        cmocka_unit_test(test_only_the_same_value_equals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
