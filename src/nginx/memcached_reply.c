#include <string.h>
#include "memcached_key.h"
#include "memcached_reply.h"
#include "memcached_words.h"

enum {
    STATE_LINE = 0, /* in the first line                                  */
    STATE_VALUE,    /* in the value's bytes                               */
    STATE_TAIL      /* in what must follow the value                      */
};

/* What follows a value. */
static const gray_str_t tails[] = {
    [GRAY_MEMCACHED_CLASSIC] = { 7, "\r\nEND\r\n" },
    [GRAY_MEMCACHED_META] = { 2, "\r\n" },
};

static gray_memcached_status_t gray_memcached_reply_line(
    gray_memcached_reply_t *reply);


static gray_memcached_status_t
gray_memcached_malformed(gray_memcached_reply_t *reply, const char *problem)
{
    reply->problem = problem;

    return GRAY_MEMCACHED_MALFORMED;
}


void
gray_memcached_reply_init(
    gray_memcached_reply_t *reply, gray_memcached_protocol_t protocol)
{
    memset(reply, 0, offsetof(gray_memcached_reply_t, line));
    reply->protocol = protocol;
}


static void
gray_memcached_reply_next(gray_memcached_reply_t *reply)
{
    gray_memcached_reply_init(reply, reply->protocol);
}


/* Collects bytes of the first line. */
static gray_memcached_status_t
gray_memcached_feed_line(
    gray_memcached_reply_t *reply, const char *bytes, size_t len, size_t *taken)
{
    size_t room = sizeof(reply->line) - reply->used;
    size_t n = len < room ? len : room;
    const char *end = memchr(bytes, '\n', n);

    if (end != NULL) {
        n = end - bytes + 1;
    }

    memcpy(reply->line + reply->used, bytes, n);
    reply->used += n;
    *taken = n;

    if (end != NULL) {
        return gray_memcached_reply_line(reply);
    }

    return reply->used == sizeof(reply->line)
               ? gray_memcached_malformed(reply, "a line without end")
               : GRAY_MEMCACHED_MORE;
}


static gray_memcached_status_t
gray_memcached_feed_value(
    gray_memcached_reply_t *reply, const char *bytes, size_t len, size_t *taken)
{
    size_t left = reply->length - reply->seen;
    size_t n = len < left ? len : left;

    if (reply->kept < sizeof(reply->value)) {
        size_t room = sizeof(reply->value) - reply->kept;
        size_t keep = n < room ? n : room;

        memcpy(reply->value + reply->kept, bytes, keep);
        reply->kept += keep;
    }

    reply->seen += n;
    *taken = n;

    if (reply->seen == reply->length) {
        reply->state = STATE_TAIL;
        reply->seen = 0;
    }

    return GRAY_MEMCACHED_MORE;
}


static gray_memcached_status_t
gray_memcached_feed_tail(
    gray_memcached_reply_t *reply, const char *bytes, size_t len, size_t *taken)
{
    gray_str_t tail = tails[reply->protocol];
    size_t left = tail.len - reply->seen;
    size_t n = len < left ? len : left;

    if (memcmp(bytes, tail.data + reply->seen, n) != 0) {
        return gray_memcached_malformed(
            reply, "a value that does not end where its length says");
    }

    reply->seen += n;
    *taken = n;

    return reply->seen == tail.len ? GRAY_MEMCACHED_DONE : GRAY_MEMCACHED_MORE;
}


gray_memcached_status_t
gray_memcached_reply_feed(
    gray_memcached_reply_t *reply, const char *bytes, size_t len, size_t *used)
{
    gray_memcached_status_t status = GRAY_MEMCACHED_MORE;

    static gray_memcached_status_t (*const feed[])(
        gray_memcached_reply_t *, const char *, size_t, size_t *)
        = {
              [STATE_LINE] = gray_memcached_feed_line,
              [STATE_VALUE] = gray_memcached_feed_value,
              [STATE_TAIL] = gray_memcached_feed_tail,
          };

    *used = 0;

    if (reply->state == STATE_LINE && reply->seen) {
        gray_memcached_reply_next(reply);
    }

    while (status == GRAY_MEMCACHED_MORE && *used < len) {
        size_t taken = 0;

        status = feed[reply->state](reply, bytes + *used, len - *used, &taken);
        *used += taken;
    }

    if (status == GRAY_MEMCACHED_DONE) {
        /* The next call starts anew; the reply stays readable until then. */
        reply->state = STATE_LINE;
        reply->seen = 1;
    }

    return status;
}


bool
gray_memcached_reply_equals(
    const gray_memcached_reply_t *reply, gray_str_t value)
{
    return reply->kind == GRAY_MEMCACHED_HIT && reply->length == value.len
           && reply->kept == value.len
           && memcmp(reply->value, value.data, value.len) == 0;
}


/* --- the first line -------------------------------------------------------- */

/* The length of a value; 0 is a length. */
static bool
gray_memcached_length(gray_memcached_reply_t *reply, gray_str_t word)
{
    uint64_t n;

    if (!gray_memcached_number(word, GRAY_MEMCACHED_VALUE_MAX, &n)) {
        return false;
    }

    reply->length = n;

    return true;
}


static gray_memcached_status_t
gray_memcached_hit(gray_memcached_reply_t *reply)
{
    reply->kind = GRAY_MEMCACHED_HIT;
    reply->state = reply->length > 0 ? STATE_VALUE : STATE_TAIL;
    reply->seen = 0;

    return GRAY_MEMCACHED_MORE;
}


/* END */
static gray_memcached_status_t
gray_memcached_end(gray_memcached_reply_t *reply, gray_str_t rest)
{
    if (rest.data != NULL) {
        return gray_memcached_malformed(reply, "END with more on its line");
    }

    reply->kind = GRAY_MEMCACHED_MISS;

    return GRAY_MEMCACHED_DONE;
}


/* VALUE KEY FLAGS LENGTH [CAS] */
static gray_memcached_status_t
gray_memcached_value(gray_memcached_reply_t *reply, gray_str_t rest)
{
    uint64_t number;
    gray_str_t flags, length, cas;

    if (!gray_memcached_word(&rest, &reply->key)
        || !gray_memcached_key_valid(0, reply->key))
    {
        return gray_memcached_malformed(reply, "VALUE without a key");
    }

    reply->named = true;

    if (!gray_memcached_word(&rest, &flags)
        || !gray_memcached_number(flags, UINT32_MAX, &number))
    {
        return gray_memcached_malformed(reply, "VALUE without flags");
    }

    if (!gray_memcached_word(&rest, &length)
        || !gray_memcached_length(reply, length))
    {
        return gray_memcached_malformed(reply, "VALUE with a bad length");
    }

    if (gray_memcached_word(&rest, &cas)
        && (!gray_memcached_number(cas, UINT64_MAX, &number)
            || rest.data != NULL))
    {
        return gray_memcached_malformed(reply, "VALUE with more on its line");
    }

    return gray_memcached_hit(reply);
}


/* The return flags of a meta reply. Those that nobody asked for (W, X and Z
 * mark a stale item) are read over. */
static bool
gray_memcached_flags(gray_memcached_reply_t *reply, gray_str_t rest)
{
    gray_str_t word;

    while (gray_memcached_word(&rest, &word)) {
        gray_str_t token = { word.len - 1, word.data + 1 };
        uint64_t number;

        if (word.len == 0) {
            return false;
        }

        switch (word.data[0]) {
        case 'k':
            if (reply->named || !gray_memcached_key_valid(0, token)) {
                return false;
            }

            reply->key = token;
            reply->named = true;
            break;

        case 'O':
            if (reply->numbered
                || !gray_memcached_number(token, UINT32_MAX, &number)) {
                return false;
            }

            reply->opaque = number;
            reply->numbered = true;
            break;

        default:
            break;
        }
    }

    return true;
}


/* EN flags */
static gray_memcached_status_t
gray_memcached_en(gray_memcached_reply_t *reply, gray_str_t rest)
{
    if (!gray_memcached_flags(reply, rest)) {
        return gray_memcached_malformed(reply, "EN with bad flags");
    }

    reply->kind = GRAY_MEMCACHED_MISS;

    return GRAY_MEMCACHED_DONE;
}


/* VA LENGTH flags */
static gray_memcached_status_t
gray_memcached_va(gray_memcached_reply_t *reply, gray_str_t rest)
{
    gray_str_t length;

    if (!gray_memcached_word(&rest, &length)
        || !gray_memcached_length(reply, length))
    {
        return gray_memcached_malformed(reply, "VA with a bad length");
    }

    if (!gray_memcached_flags(reply, rest)) {
        return gray_memcached_malformed(reply, "VA with bad flags");
    }

    return gray_memcached_hit(reply);
}


/* ERROR */
static gray_memcached_status_t
gray_memcached_unknown(gray_memcached_reply_t *reply, gray_str_t rest)
{
    if (rest.data != NULL) {
        /* "ERROR Too many open connections" is no answer to a lookup. */
        return gray_memcached_malformed(reply, "ERROR with more on its line");
    }

    reply->kind = GRAY_MEMCACHED_UNKNOWN_COMMAND;

    return GRAY_MEMCACHED_DONE;
}


/* CLIENT_ERROR text, SERVER_ERROR text */
static gray_memcached_status_t
gray_memcached_failure(gray_memcached_reply_t *reply, gray_str_t rest)
{
    (void) rest;

    reply->kind = GRAY_MEMCACHED_FAILURE;
    reply->text = (gray_str_t){ reply->used - 2, reply->line };

    return GRAY_MEMCACHED_DONE;
}


typedef struct {
    gray_str_t name;
    unsigned protocols; /* bits of gray_memcached_protocol_t          */
    gray_memcached_status_t (*read)(
        gray_memcached_reply_t *reply, gray_str_t rest);
} gray_memcached_status_line_t;

#define CLASSIC (1 << GRAY_MEMCACHED_CLASSIC)
#define META (1 << GRAY_MEMCACHED_META)

static const gray_memcached_status_line_t status_lines[] = {
    { gray_str("END"), CLASSIC, gray_memcached_end },
    { gray_str("VALUE"), CLASSIC, gray_memcached_value },
    { gray_str("EN"), META, gray_memcached_en },
    { gray_str("VA"), META, gray_memcached_va },
    { gray_str("ERROR"), CLASSIC | META, gray_memcached_unknown },
    { gray_str("CLIENT_ERROR"), CLASSIC | META, gray_memcached_failure },
    { gray_str("SERVER_ERROR"), CLASSIC | META, gray_memcached_failure },
};


/* Reads the complete first line, which ends in LF. */
static gray_memcached_status_t
gray_memcached_reply_line(gray_memcached_reply_t *reply)
{
    gray_str_t line = { reply->used, reply->line };
    gray_str_t name;

    if (line.len < 2 || line.data[line.len - 2] != '\r') {
        return gray_memcached_malformed(reply, "a line that ends without CR");
    }

    line.len -= 2;

    if (memchr(line.data, '\r', line.len) != NULL) {
        return gray_memcached_malformed(reply, "a CR within a line");
    }

    (void) gray_memcached_word(&line, &name);

    for (size_t i = 0; i < sizeof(status_lines) / sizeof(status_lines[0]); i++)
    {
        const gray_memcached_status_line_t *known = &status_lines[i];

        if ((known->protocols & (1u << reply->protocol))
            && gray_memcached_is(name, known->name))
        {
            return known->read(reply, line);
        }
    }

    return gray_memcached_malformed(reply, "no memcached reply");
}
