/*
 * Bytes from memcached: the first byte of the input chooses the protocol
 * and how the rest is cut. The parser must stay within its bounds, and read
 * the same replies however the bytes arrive.
 */

#include <stdlib.h>
#include <string.h>
#include "nginx/memcached_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(int holds)
{
    if (!holds) {
        abort();
    }
}


/* What a complete reply must keep to. */
static void
check_reply(const gray_memcached_reply_t *reply)
{
    if (reply->named) {
        check(reply->key.len > 0);
        check(reply->key.data >= reply->line);
        check(reply->key.data + reply->key.len
              <= reply->line + sizeof(reply->line));
    }

    if (reply->kind == GRAY_MEMCACHED_HIT) {
        check(reply->length <= GRAY_MEMCACHED_VALUE_MAX);
        check(reply->kept <= sizeof(reply->value));
        check(reply->kept == reply->length
              || reply->kept == sizeof(reply->value));
    }

    if (reply->kind == GRAY_MEMCACHED_FAILURE) {
        check(reply->text.len < sizeof(reply->line));
    }
}


/* A checksum of all replies in the stream, and how it ended. */
static uint64_t
read_stream(gray_memcached_protocol_t protocol, const char *bytes, size_t len,
    size_t piece)
{
    gray_memcached_reply_t reply;
    uint64_t sum = 14695981039346656037u;
    size_t at = 0, used;

    gray_memcached_reply_init(&reply, protocol);

    while (at < len) {
        size_t n = piece < len - at ? piece : len - at;

        switch (gray_memcached_reply_feed(&reply, bytes + at, n, &used)) {
        case GRAY_MEMCACHED_MALFORMED:
            return sum ^ 1;

        case GRAY_MEMCACHED_DONE:
            check(used > 0 && used <= n);
            check_reply(&reply);
            sum = (sum ^ reply.kind) * 1099511628211u;
            sum = (sum ^ reply.length) * 1099511628211u;
            sum = (sum ^ reply.opaque) * 1099511628211u;
            break;

        case GRAY_MEMCACHED_MORE:
            check(used == n);
            break;
        }

        at += used;
    }

    return sum;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gray_memcached_protocol_t protocol;
    const char *bytes = (const char *) data + 1;
    uint64_t whole;

    if (size < 1) {
        return 0;
    }

    protocol = data[0] & 1 ? GRAY_MEMCACHED_META : GRAY_MEMCACHED_CLASSIC;
    whole = read_stream(protocol, bytes, size - 1, size);

    check(read_stream(protocol, bytes, size - 1, 1) == whole);
    check(read_stream(protocol, bytes, size - 1, 1 + (data[0] >> 1)) == whole);

    return 0;
}
