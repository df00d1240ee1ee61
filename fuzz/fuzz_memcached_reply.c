/*
 * Bytes from memcached: the first byte of the input chooses the protocol and
 * how many bytes at the input's end say into which pieces the rest is cut. The
 * parser must stay within its bounds, read what stands there, and read the
 * same replies however the bytes arrive.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif

#include <stdlib.h>
#include <string.h>
#include "nginx/memcached_key.h"
#include "nginx/memcached_reply.h"

/* Streams up to this length are cut in two at every place. */
#define CUT_EVERYWHERE_MAX 64

/* How a stream is cut: the lengths in turn, 0 counts as 1. */
typedef struct {
    const uint8_t *lengths;
    size_t n;
} pieces_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(int holds)
{
    if (!holds) {
        abort();
    }
}


static uint64_t
add(uint64_t sum, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t i;

    for (i = 0; i < len; i++) {
        sum = (sum ^ p[i]) * 1099511628211u;
    }

    return sum;
}


static bool
ends_with(gray_str_t text, const void *end, size_t len)
{
    return text.len >= len && memcmp(text.data + text.len - len, end, len) == 0;
}


/* Whether a kept value stands in the reply's bytes, and the reply ends. */
static void
check_value(const gray_memcached_reply_t *reply, gray_str_t bytes)
{
    static const gray_str_t tails[] = {
        [GRAY_MEMCACHED_CLASSIC] = { 7, "\r\nEND\r\n" },
        [GRAY_MEMCACHED_META] = { 2, "\r\n" },
    };
    gray_str_t tail = tails[reply->protocol];

    check(reply->length <= GRAY_MEMCACHED_VALUE_MAX);
    check(reply->kept <= sizeof(reply->value));
    check(reply->kept == reply->length || reply->kept == sizeof(reply->value));

    check(ends_with(bytes, tail.data, tail.len));
    bytes.len -= tail.len;
    check(bytes.len >= reply->length);
    check(memcmp(
              bytes.data + bytes.len - reply->length, reply->value, reply->kept)
          == 0);
    bytes.len -= reply->length;
    check(ends_with(bytes, "\r\n", 2));

    check(gray_memcached_reply_equals(
              reply, (gray_str_t){ reply->kept, reply->value })
          == (reply->kept == reply->length));
}


/* What a complete reply must keep to; `bytes` are those it was read from. */
static void
check_reply(const gray_memcached_reply_t *reply, gray_str_t bytes)
{
    check(ends_with(bytes, "\r\n", 2));

    if (reply->named) {
        check(gray_memcached_key_valid(0, reply->key));
        check(reply->key.data >= reply->line);
        check(reply->key.data + reply->key.len
              <= reply->line + sizeof(reply->line));
        check(memmem(bytes.data, bytes.len, reply->key.data, reply->key.len)
              != NULL);
    }

    switch (reply->kind) {
    case GRAY_MEMCACHED_HIT:
        check_value(reply, bytes);
        check(reply->protocol == GRAY_MEMCACHED_META || reply->named);
        break;

    case GRAY_MEMCACHED_MISS:
        check(reply->protocol == GRAY_MEMCACHED_META
                  ? memcmp(bytes.data, "EN", 2) == 0
                  : bytes.len == 5 && memcmp(bytes.data, "END\r\n", 5) == 0);
        break;

    case GRAY_MEMCACHED_UNKNOWN_COMMAND:
        check(bytes.len == 7 && memcmp(bytes.data, "ERROR\r\n", 7) == 0);
        break;

    case GRAY_MEMCACHED_FAILURE:
        check(reply->text.len + 2 == bytes.len);
        check(memcmp(reply->text.data, bytes.data, reply->text.len) == 0);
        break;
    }
}


static uint64_t
add_reply(uint64_t sum, const gray_memcached_reply_t *reply)
{
    sum = add(sum, &reply->kind, sizeof(reply->kind));
    sum = add(sum, &reply->length, sizeof(reply->length));
    sum = add(sum, &reply->opaque, sizeof(reply->opaque));
    sum = add(sum, &reply->named, sizeof(reply->named));
    sum = add(sum, &reply->numbered, sizeof(reply->numbered));
    sum = add(sum, reply->key.data, reply->key.len);

    return add(sum, reply->value, reply->kept);
}


/* A checksum of all replies in the stream, and how it ended. */
static uint64_t
read_stream(
    gray_memcached_protocol_t protocol, gray_str_t bytes, pieces_t pieces)
{
    gray_memcached_reply_t reply;
    uint64_t sum = 14695981039346656037u;
    size_t at = 0, start = 0, used, piece = 0, n, i = 0;

    gray_memcached_reply_init(&reply, protocol);

    while (at < bytes.len) {
        if (piece == 0) {
            piece = pieces.n > 0 ? pieces.lengths[i++ % pieces.n] : bytes.len;
            piece += piece == 0;
        }
        n = piece < bytes.len - at ? piece : bytes.len - at;

        switch (gray_memcached_reply_feed(&reply, bytes.data + at, n, &used)) {
        case GRAY_MEMCACHED_MALFORMED:
            check(reply.problem != NULL);
            return sum ^ 1;

        case GRAY_MEMCACHED_DONE:
            check(used > 0 && used <= n);
            check_reply(
                &reply, (gray_str_t){ at + used - start, bytes.data + start });
            sum = add_reply(sum, &reply);
            start = at + used;
            break;

        case GRAY_MEMCACHED_MORE:
            check(used == n);
            break;
        }

        at += used;
        piece -= used;
    }

    return sum;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_memcached_protocol_t protocol;
    gray_str_t bytes;
    pieces_t pieces;
    uint64_t whole;
    uint8_t cut;

    if (size < 1) {
        return 0;
    }

    protocol = data[0] & 1 ? GRAY_MEMCACHED_META : GRAY_MEMCACHED_CLASSIC;
    pieces.n = data[0] >> 1 & 7;
    pieces.n = pieces.n < size - 1 ? pieces.n : 0;
    bytes = (gray_str_t){ size - 1 - pieces.n, (const char *) data + 1 };
    pieces.lengths = data + size - pieces.n;

    whole = read_stream(protocol, bytes, (pieces_t){ NULL, 0 });

    check(read_stream(protocol, bytes, pieces) == whole);
    check(read_stream(protocol, bytes, (pieces_t){ (uint8_t[]){ 1 }, 1 })
          == whole);

    for (cut = 1; cut < bytes.len && bytes.len <= CUT_EVERYWHERE_MAX; cut++) {
        pieces = (pieces_t){ (uint8_t[]){ cut, UINT8_MAX }, 2 };
        check(read_stream(protocol, bytes, pieces) == whole);
    }

    return 0;
}
