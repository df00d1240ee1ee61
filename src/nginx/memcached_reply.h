/*
 * An incremental parser of memcached's replies to single lookups.
 *
 * It reads what two commands are answered with (doc/protocol.txt in
 * memcached's source):
 *
 *   classic   get KEY              VALUE KEY FLAGS LENGTH [CAS]\r\n
 *                                  <data>\r\nEND\r\n          hit
 *                                  END\r\n                    miss
 *   meta      mg KEY v k O<n>      VA LENGTH kKEY O<n>\r\n
 *                                  <data>\r\n                 hit
 *                                  EN kKEY O<n>\r\n           miss
 *   both                           ERROR\r\n, CLIENT_ERROR <text>\r\n,
 *                                  SERVER_ERROR <text>\r\n    failure
 *
 * It is strict, since a server that deviates may be out of step, and a reply
 * taken for another key's would make the wrong person gray: lines end in
 * CRLF, numbers are canonical decimals, a value is followed by CRLF at once
 * and (classic) by END. Bytes arrive in pieces of any size; memory is bounded
 * and nothing is allocated. A value's bytes beyond GRAY_MEMCACHED_VALUE_KEEP
 * are read over, up to GRAY_MEMCACHED_VALUE_MAX; a longer value is an error.
 *
 * It does not know what was asked: the caller compares key and opaque with
 * its queue, and treats bytes that nothing was asked for as an error.
 */

#ifndef GRAY_MEMCACHED_REPLY_H
#define GRAY_MEMCACHED_REPLY_H

#include <stdbool.h>
#include "core/str.h"

/* The longest line: "VALUE", a key of 250 bytes, three numbers; or an error
 * text, which memcached keeps shorter than this. With its CRLF. */
#define GRAY_MEMCACHED_LINE_MAX 512

/* The part of a value that is kept, and so the longest value= there is. */
#define GRAY_MEMCACHED_VALUE_KEEP 128

/* The longest value that is read over: memcached's own default limit. */
#define GRAY_MEMCACHED_VALUE_MAX (1024 * 1024)

typedef enum {
    GRAY_MEMCACHED_CLASSIC = 0,
    GRAY_MEMCACHED_META
} gray_memcached_protocol_t;

typedef enum {
    GRAY_MEMCACHED_MISS = 0,
    GRAY_MEMCACHED_HIT,
    GRAY_MEMCACHED_UNKNOWN_COMMAND, /* ERROR: an older server            */
    GRAY_MEMCACHED_FAILURE          /* CLIENT_ERROR or SERVER_ERROR      */
} gray_memcached_kind_t;

typedef enum {
    GRAY_MEMCACHED_DONE = 0, /* one reply is complete                  */
    GRAY_MEMCACHED_MORE,     /* all bytes were used, more are needed   */
    GRAY_MEMCACHED_MALFORMED /* `problem` says how; close              */
} gray_memcached_status_t;

/* The parser and the reply it has read. Borrowed strings point into `line`
 * and `value` and are valid until the next gray_memcached_reply_feed. */
typedef struct {
    /* the reply, after GRAY_MEMCACHED_DONE */
    gray_memcached_kind_t kind;
    bool named;          /* it names its key                       */
    bool numbered;       /* it carries an opaque                   */
    gray_str_t key;      /* when named                             */
    uint32_t opaque;     /* when numbered                          */
    size_t length;       /* of the value, when kind is a hit       */
    size_t kept;         /* its bytes in `value`                   */
    gray_str_t text;     /* the whole line of a failure            */
    const char *problem; /* after GRAY_MEMCACHED_MALFORMED: static */

    /* private */
    gray_memcached_protocol_t protocol;
    unsigned state;
    size_t used;
    size_t seen;
    char line[GRAY_MEMCACHED_LINE_MAX];
    char value[GRAY_MEMCACHED_VALUE_KEEP];
} gray_memcached_reply_t;

/* Makes the parser ready for the first reply of a connection. */
void gray_memcached_reply_init(
    gray_memcached_reply_t *reply, gray_memcached_protocol_t protocol);

/*
 * Reads on. *used tells how many of the bytes were taken: all of them with
 * MORE, those up to the reply's end with DONE (call again with the rest for
 * the next reply). After MALFORMED the parser must be initialized again.
 */
gray_memcached_status_t gray_memcached_reply_feed(
    gray_memcached_reply_t *reply, const char *bytes, size_t len, size_t *used);

/* Whether the reply is a hit whose value is exactly `value`, which must not
 * be longer than GRAY_MEMCACHED_VALUE_KEEP. */
bool gray_memcached_reply_equals(
    const gray_memcached_reply_t *reply, gray_str_t value);

#endif
