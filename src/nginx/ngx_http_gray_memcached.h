/*
 * What the files of the live-list client share.
 *
 *   ngx_http_gray_live_conf.c          the directive
 *   ngx_http_gray_live.c               asking and joining
 *   ngx_http_gray_live_answer.c        answers, retries, deadlines
 *   ngx_http_gray_live_cache.c         cache=
 *   ngx_http_gray_memcached.c          a connection: read, write, close
 *   ngx_http_gray_memcached_connect.c  a connection: connect, probe
 *   ngx_http_gray_memcached_replies.c  what replies mean
 *   ngx_http_gray_memcached_send.c     what is sent on which connection
 *   ngx_http_gray_memcached_breaker.c  when to stop trying
 *
 * The life of a lookup
 *
 *   held ──► pending ──► sent ──► done ──► freed, its waiters told
 *              ▲           │
 *              └── retry ──┘ at most once
 *
 * A request that asks for a key which waits to be sent joins that lookup. Is
 * the key's lookup sent already, a `delete` may have come after it, so a new
 * lookup is made; it is held back until the sent one is answered or has
 * failed. So a key has at most one lookup in flight and one that waits, per
 * worker, however many requests want it, and still each answer was given by
 * memcached after the request had asked.
 *
 * Deadlines. A lookup's deadline is its first ask plus timeout=, and nothing
 * renews it: not a byte, not a retry, not being held. Since all lookups of a
 * list have the same timeout, `deadlines` is in order of deadline, and one
 * timer per list watches its head. The timer is left in the tree when the
 * queue empties (re-arming it for every lookup would cost more than a stray
 * wake-up), but is cancelable then, so that it never holds up an exit, and
 * is not while a request waits, so that an exiting worker stays for it.
 *
 * Replies come in the order of `sent`, and each is checked against the
 * queue's head: by key and opaque where the server speaks meta commands, by
 * key on a hit where it does not. A classic miss, END, names nothing; that it
 * is the head's holds because a connection on which anything went wrong (a
 * lookup that timed out above all) is closed and its queue with it.
 *
 * Waiters are told by a posted event and never from within the code that
 * found the answer, so that whatever a request does then (ask again, cancel
 * others, be destroyed) finds every queue in order.
 */

#ifndef NGX_HTTP_GRAY_MEMCACHED_H
#define NGX_HTTP_GRAY_MEMCACHED_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "memcached_key.h"
#include "memcached_reply.h"
#include "ngx_http_gray_live.h"
#include "ngx_http_gray_live_cache.h"

/* Connections of one list in one worker. Lookups are packed onto the first;
 * the others carry what is more than NGX_HTTP_GRAY_MEMCACHED_DEPTH. */
#define NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS 4
#define NGX_HTTP_GRAY_MEMCACHED_DEPTH 512

/* Commands that are composed before they are sent. */
#define NGX_HTTP_GRAY_MEMCACHED_OUT 32768

/* "mg KEY v k O4294967295" and CRLF. */
#define NGX_HTTP_GRAY_MEMCACHED_COMMAND_MAX (GRAY_MEMCACHED_KEY_MAX + 32)

/* The probe's key, after the list's prefix. */
#define NGX_HTTP_GRAY_MEMCACHED_PROBE "nginx-gray-probe"

/* prefix= leaves room for identities and the probe. */
#define NGX_HTTP_GRAY_LIVE_PREFIX_MAX 200

#define NGX_HTTP_GRAY_LIVE_INDEX 1024

typedef enum {
    NGX_HTTP_GRAY_LOOKUP_HELD = 0, /* its key is in flight already        */
    NGX_HTTP_GRAY_LOOKUP_PENDING,  /* in live->pending                    */
    NGX_HTTP_GRAY_LOOKUP_SENT,     /* in connection->sent                 */
    NGX_HTTP_GRAY_LOOKUP_DONE      /* in live->done                       */
} ngx_http_gray_lookup_state_t;

typedef struct ngx_http_gray_memcached_s ngx_http_gray_memcached_t;

struct ngx_http_gray_lookup_s {
    ngx_queue_t queue;            /* pending, sent or done, by its state  */
    ngx_queue_t order;            /* in live->deadlines, until it is done */
    ngx_queue_t waiters;          /* may become empty: nobody waits       */
    ngx_http_gray_lookup_t *next; /* in its slot of the index             */
    ngx_http_gray_memcached_t *connection; /* while it is sent            */
    ngx_http_gray_lookup_state_t state;
    gray_answer_t answer;
    ngx_msec_t deadline;
    uint32_t hash;
    uint32_t opaque;
    unsigned retried : 1;
    size_t len;
    char key[]; /* the identity, without the prefix     */
};

typedef enum {
    NGX_HTTP_GRAY_MEMCACHED_CLOSED = 0,
    NGX_HTTP_GRAY_MEMCACHED_CONNECTING,
    NGX_HTTP_GRAY_MEMCACHED_PROBING, /* which protocol? one round trip    */
    NGX_HTTP_GRAY_MEMCACHED_READY
} ngx_http_gray_memcached_state_t;

struct ngx_http_gray_memcached_s {
    ngx_http_gray_live_t *live;
    ngx_connection_t *connection;
    ngx_http_gray_memcached_state_t state;
    gray_memcached_protocol_t protocol;
    gray_memcached_reply_t reply;
    ngx_queue_t sent;     /* lookups in the order of their replies        */
    ngx_uint_t in_flight; /* their number                                 */
    uint32_t opaque;      /* the newest                                   */
    ngx_event_t setup;    /* timer: connecting or probing takes too long  */
    u_char *out;          /* commands, from out_pos to out_last           */
    size_t out_pos;
    size_t out_last;
    unsigned expired : 1; /* a lookup on it timed out: to be closed       */
};

/* Why a connection failed; the order of ngx_http_gray_memcached_faults. */
typedef enum {
    NGX_HTTP_GRAY_FAULT_TIMEOUT = 0,
    NGX_HTTP_GRAY_FAULT_CONNECT,
    NGX_HTTP_GRAY_FAULT_PROTOCOL,
    NGX_HTTP_GRAY_FAULT_RESET
} ngx_http_gray_fault_t;

/* What is logged when it happens, but not each time. */
typedef enum {
    NGX_HTTP_GRAY_COMPLAINT_FAULT = 0,
    NGX_HTTP_GRAY_COMPLAINT_KEY,
    NGX_HTTP_GRAY_COMPLAINT_RECONNECT,
    NGX_HTTP_GRAY_COMPLAINT_BREAKER,
    NGX_HTTP_GRAY_COMPLAINTS
} ngx_http_gray_complaint_t;

typedef struct {
    ngx_uint_t failures; /* in a row                                      */
    ngx_uint_t open;
    ngx_uint_t told; /* that it is open                               */
    ngx_msec_t opened;
    ngx_msec_t backoff; /* the next pause, before jitter                  */
    ngx_uint_t refused; /* since it opened                                */
    ngx_event_t timer;  /* the next probe                                 */
} ngx_http_gray_breaker_t;

struct ngx_http_gray_live_s {
    /* from nginx.conf */
    ngx_str_t name;
    ngx_str_t address; /* as written                                      */
    ngx_addr_t *addrs; /* tried in turn, e.g. both of "localhost"         */
    ngx_uint_t naddrs;
    ngx_str_t prefix;
    ngx_str_t value;
    ngx_msec_t timeout;
    ngx_msec_t cache;

    /* of this worker */
    ngx_log_t *log;
    gray_counters_t *counters;
    ngx_uint_t stripe;
    int worker;
    int slot;
    ngx_queue_t deadlines;
    ngx_queue_t pending;
    ngx_queue_t done;
    ngx_http_gray_lookup_t **index; /* of lookups not done, by hash; NULL:
                                       not initialized                    */
    uint32_t seed;                  /* of the hash                        */
    ngx_event_t deadline;           /* timer of the head of deadlines     */
    ngx_event_t flush;              /* posted: send what is pending       */
    ngx_event_t deliver;            /* posted: tell the waiters of done   */
    ngx_http_gray_live_cache_t *kept;
    ngx_http_gray_breaker_t breaker;
    ngx_http_gray_memcached_t memcached[NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS];
    ngx_uint_t addr; /* the one in use                             */
    ngx_msec_t complained[NGX_HTTP_GRAY_COMPLAINTS]; /* when; 0: never    */
    unsigned skip_probe : 1; /* the server hung up on a meta probe         */
    unsigned lost : 1;       /* an idle connection was closed by the server */
};

/* --- ngx_http_gray_live.c -------------------------------------------------- */

void ngx_http_gray_live_count(
    ngx_http_gray_live_t *live, gray_count_live_t what);

/* Whether it is time to log this again: at most every ten seconds. */
ngx_flag_t ngx_http_gray_live_complain(
    ngx_http_gray_live_t *live, ngx_http_gray_complaint_t complaint);

/* Bits for ngx_http_gray_live_lookup. */
#define NGX_HTTP_GRAY_HELD (1u << NGX_HTTP_GRAY_LOOKUP_HELD)
#define NGX_HTTP_GRAY_PENDING (1u << NGX_HTTP_GRAY_LOOKUP_PENDING)
#define NGX_HTTP_GRAY_SENT (1u << NGX_HTTP_GRAY_LOOKUP_SENT)

/* The lookup of a key that is in one of these states; NULL: none. */
ngx_http_gray_lookup_t *ngx_http_gray_live_lookup(ngx_http_gray_live_t *live,
    uint32_t hash, gray_str_t key, ngx_uint_t states);

/* Takes a lookup out of the index. */
void ngx_http_gray_live_forget(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup);

/* Makes a lookup that is in no queue pending. */
void ngx_http_gray_live_send_soon(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup);

/* --- ngx_http_gray_live_answer.c ------------------------------------------- */

/* Event handlers: the timer of the earliest deadline; the waiters of what is
 * done are to be told. */
void ngx_http_gray_live_deadline(ngx_event_t *ev);
void ngx_http_gray_live_deliver(ngx_event_t *ev);

/* Ends a lookup in any state but done. Its waiters are told later. */
void ngx_http_gray_live_resolve(ngx_http_gray_live_t *live,
    ngx_http_gray_lookup_t *lookup, gray_answer_t answer);

/* Ends every lookup as unknown. */
void ngx_http_gray_live_fail_all(ngx_http_gray_live_t *live);

/* A lookup that was sent, or that waits for a connection that failed: once
 * more if it may, else unknown. */
void ngx_http_gray_live_retry(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup);

/* --- ngx_http_gray_memcached.c --------------------------------------------- */

void ngx_http_gray_memcached_init(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_live_t *live);

/* Before a timer ends what waits for a reply: reads what has arrived but was
 * not told of yet, since the worker was busy and not memcached. May close.
 * Does nothing when no reply is due. */
void ngx_http_gray_memcached_drain(ngx_http_gray_memcached_t *memcached);

/* Reads what has arrived; may close. */
void ngx_http_gray_memcached_read(ngx_http_gray_memcached_t *memcached);

/* Closes after a fault: counts it, retries or fails its lookups, and tells
 * the breaker. `detail` is for the log. */
void ngx_http_gray_memcached_fail(ngx_http_gray_memcached_t *memcached,
    ngx_http_gray_fault_t fault, const char *detail);

/* The server hung up, or the connection broke. */
void ngx_http_gray_memcached_closed(ngx_http_gray_memcached_t *memcached);

/* Closes; its lookups become unknown. Harmless when it is closed. */
void ngx_http_gray_memcached_close(ngx_http_gray_memcached_t *memcached);

/* nginx may close a connection that is idle when the worker exits: only one
 * that nobody waits for is. */
void ngx_http_gray_memcached_mark_idle(ngx_http_gray_memcached_t *memcached);

/* Event handlers of its socket. */
void ngx_http_gray_memcached_read_handler(ngx_event_t *rev);
void ngx_http_gray_memcached_write_handler(ngx_event_t *wev);

/* --- ngx_http_gray_memcached_connect.c ------------------------------------- */

/* Starts connecting; its state is CLOSED before, and after a failure. */
void ngx_http_gray_memcached_connect(ngx_http_gray_memcached_t *memcached);

/* The socket is connected: probes. */
void ngx_http_gray_memcached_connected(ngx_http_gray_memcached_t *memcached);

/* The probe is answered: lookups may be sent. */
void ngx_http_gray_memcached_ready(ngx_http_gray_memcached_t *memcached);

void ngx_http_gray_memcached_fail_connect(
    ngx_http_gray_memcached_t *memcached, ngx_err_t err);

/* Timer: connecting, or the probe, takes too long. */
void ngx_http_gray_memcached_setup(ngx_event_t *ev);

/* --- ngx_http_gray_memcached_replies.c ------------------------------------- */

/* Takes apart what was read and answers lookups; may close the connection.
 * Returns NULL, or what is wrong with the bytes. */
const char *ngx_http_gray_memcached_parse(
    ngx_http_gray_memcached_t *memcached, const char *p, size_t len);

/* --- ngx_http_gray_memcached_send.c ---------------------------------------- */

/* Event handler: sends what is pending, opens connections for it. */
void ngx_http_gray_memcached_flush(ngx_event_t *ev);

/* Composes the probe of a new connection. */
void ngx_http_gray_memcached_probe(ngx_http_gray_memcached_t *memcached);

/* Writes out what is composed. NGX_ERROR: the connection was lost; the
 * caller fails it. NGX_AGAIN: the rest goes when the socket is writable. */
ngx_int_t ngx_http_gray_memcached_write(ngx_http_gray_memcached_t *memcached);

/* --- ngx_http_gray_memcached_breaker.c ------------------------------------- */

void ngx_http_gray_breaker_init(ngx_http_gray_live_t *live);

/* A connection failed. May open the breaker, which ends every lookup. */
void ngx_http_gray_breaker_failure(
    ngx_http_gray_live_t *live, const char *why, const char *detail);

/* A new connection's probe was answered: closes an open breaker. */
void ngx_http_gray_breaker_reached(ngx_http_gray_live_t *live);

/* A lookup was answered: all is well. */
void ngx_http_gray_breaker_success(ngx_http_gray_live_t *live);

#endif
