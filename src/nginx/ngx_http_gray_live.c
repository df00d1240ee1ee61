#include "ngx_http_gray_memcached.h"
#include "core/murmur3.h"

#define NGX_HTTP_GRAY_COMPLAINT_PAUSE 10000


void
ngx_http_gray_live_count(ngx_http_gray_live_t *live, gray_count_live_t what)
{
    gray_counters_live_add(live->counters, live->stripe, live->slot, what, 1);
}


ngx_flag_t
ngx_http_gray_live_complain(
    ngx_http_gray_live_t *live, ngx_http_gray_complaint_t complaint)
{
    ngx_msec_t *last = &live->complained[complaint];

    if (*last != 0 && ngx_current_msec - *last < NGX_HTTP_GRAY_COMPLAINT_PAUSE)
    {
        return 0;
    }

    *last = ngx_current_msec;

    return 1;
}


static void
ngx_http_gray_live_event(
    ngx_http_gray_live_t *live, ngx_event_t *ev, ngx_event_handler_pt handler)
{
    ngx_memzero(ev, sizeof(ngx_event_t));
    ev->data = live;
    ev->handler = handler;
    ev->log = live->log;
}


void
ngx_http_gray_live_bind(ngx_http_gray_live_t *live, gray_counters_t *counters,
    ngx_uint_t stripe, int worker)
{
    live->counters = counters;
    live->stripe = stripe;
    live->worker = worker;
    live->slot = gray_counters_live(counters, (char *) live->name.data);
}


void
ngx_http_gray_live_init_worker(ngx_http_gray_live_t *live,
    gray_counters_t *counters, ngx_uint_t stripe, int worker, ngx_log_t *log)
{
    ngx_http_gray_live_bind(live, counters, stripe, worker);

    live->log = log;
    live->seed = (uint32_t) ngx_random();

    ngx_queue_init(&live->deadlines);
    ngx_queue_init(&live->pending);
    ngx_queue_init(&live->done);

    ngx_http_gray_live_event(
        live, &live->deadline, ngx_http_gray_live_deadline);
    ngx_http_gray_live_event(live, &live->flush, ngx_http_gray_memcached_flush);
    ngx_http_gray_live_event(live, &live->deliver, ngx_http_gray_live_deliver);
    live->deadline.cancelable = 1;

    ngx_http_gray_breaker_init(live);

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_http_gray_memcached_init(&live->memcached[i], live);
    }

    if (live->cache) {
        live->kept = ngx_http_gray_live_cache_create(log);
    }

    live->index
        = ngx_calloc(NGX_HTTP_GRAY_LIVE_INDEX * sizeof(*live->index), log);
}


void
ngx_http_gray_live_exit_worker(ngx_http_gray_live_t *live)
{
    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_free(live->memcached[i].out);
    }

    ngx_free(live->kept);
    ngx_free(live->index);
}


/* --- the index: lookups that are not done, by key ------------------------- */

static ngx_http_gray_lookup_t **
ngx_http_gray_live_slot(ngx_http_gray_live_t *live, uint32_t hash)
{
    return &live->index[hash % NGX_HTTP_GRAY_LIVE_INDEX];
}


ngx_http_gray_lookup_t *
ngx_http_gray_live_lookup(ngx_http_gray_live_t *live, uint32_t hash,
    gray_str_t key, ngx_uint_t states)
{
    ngx_http_gray_lookup_t *lookup = *ngx_http_gray_live_slot(live, hash);

    for (/* void */; lookup != NULL; lookup = lookup->next) {
        if (lookup->hash == hash && lookup->len == key.len
            && (states & (1u << lookup->state))
            && ngx_memcmp(lookup->key, key.data, key.len) == 0)
        {
            return lookup;
        }
    }

    return NULL;
}


void
ngx_http_gray_live_forget(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup)
{
    ngx_http_gray_lookup_t **p = ngx_http_gray_live_slot(live, lookup->hash);

    while (*p != lookup) {
        p = &(*p)->next;
    }

    *p = lookup->next;
}


/* --- asking ----------------------------------------------------------------- */

void
ngx_http_gray_live_send_soon(
    ngx_http_gray_live_t *live, ngx_http_gray_lookup_t *lookup)
{
    lookup->state = NGX_HTTP_GRAY_LOOKUP_PENDING;
    ngx_queue_insert_tail(&live->pending, &lookup->queue);
    ngx_post_event(&live->flush, &ngx_posted_events);
}


static ngx_http_gray_lookup_t *
ngx_http_gray_live_new(
    ngx_http_gray_live_t *live, uint32_t hash, gray_str_t key)
{
    ngx_http_gray_lookup_t *lookup, **slot;

    lookup = ngx_alloc(sizeof(*lookup) + key.len, live->log);
    if (lookup == NULL) {
        return NULL;
    }

    ngx_memzero(lookup, sizeof(*lookup));
    ngx_queue_init(&lookup->waiters);
    lookup->hash = hash;
    lookup->len = key.len;
    ngx_memcpy(lookup->key, key.data, key.len);

    /* The cached time may be a long turn of the event loop old; that turn is
     * not memcached's fault. */
    ngx_time_update();
    lookup->deadline = ngx_current_msec + live->timeout;
    ngx_queue_insert_tail(&live->deadlines, &lookup->order);
    live->deadline.cancelable = 0;

    if (!live->deadline.timer_set) {
        ngx_add_timer(&live->deadline, live->timeout);
    }

    if (ngx_http_gray_live_lookup(
            live, hash, key, NGX_HTTP_GRAY_PENDING | NGX_HTTP_GRAY_SENT)
        == NULL)
    {
        ngx_http_gray_live_send_soon(live, lookup);
    }

    slot = ngx_http_gray_live_slot(live, hash);
    lookup->next = *slot;
    *slot = lookup;

    return lookup;
}


/* Joins a lookup that is not sent yet, or makes one. */
static ngx_int_t
ngx_http_gray_live_wait(ngx_http_gray_live_t *live, uint32_t hash,
    gray_str_t key, ngx_http_gray_waiter_t *waiter)
{
    ngx_http_gray_lookup_t *lookup;

    lookup = ngx_http_gray_live_lookup(
        live, hash, key, NGX_HTTP_GRAY_HELD | NGX_HTTP_GRAY_PENDING);

    if (lookup != NULL) {
        ngx_http_gray_live_count(live, GRAY_LIVE_JOINED);

    } else {
        lookup = ngx_http_gray_live_new(live, hash, key);
    }

    if (lookup == NULL) {
        waiter->answer = GRAY_UNKNOWN_LIVE;
        return NGX_OK;
    }

    waiter->lookup = lookup;
    ngx_queue_insert_tail(&lookup->waiters, &waiter->queue);

    return NGX_AGAIN;
}


static void
ngx_http_gray_live_bad_key(ngx_http_gray_live_t *live)
{
    ngx_http_gray_live_count(live, GRAY_LIVE_BAD_KEYS);

    if (ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_KEY)) {
        ngx_log_error(NGX_LOG_WARN, live->log, 0,
            "gray: live list \"%V\": an identity that cannot be a memcached "
            "key (a space, a control byte, or over %d bytes with prefix=) "
            "is not listed; the counter bad_keys counts them",
            &live->name, GRAY_MEMCACHED_KEY_MAX);
    }
}


ngx_int_t
ngx_http_gray_live_ask(
    ngx_http_gray_live_t *live, gray_str_t key, ngx_http_gray_waiter_t *waiter)
{
    uint32_t hash;

    waiter->lookup = NULL;
    waiter->answer = GRAY_UNKNOWN_LIVE;
    ngx_http_gray_live_count(live, GRAY_LIVE_LOOKUPS);

    if (!gray_memcached_key_valid(live->prefix.len, key)) {
        ngx_http_gray_live_bad_key(live);
        waiter->answer = GRAY_NO;
        return NGX_OK;
    }

    hash = gray_murmur3_32(key.data, key.len, live->seed);

    if (ngx_http_gray_live_cache_get(live->kept, hash, key, &waiter->answer)) {
        ngx_http_gray_live_count(live, GRAY_LIVE_CACHED);
        return NGX_OK;
    }

    if (live->breaker.open) {
        live->breaker.refused++;
        ngx_http_gray_live_count(live, GRAY_LIVE_REFUSED);
        return NGX_OK;
    }

    if (live->index == NULL) {
        return NGX_OK;
    }

    return ngx_http_gray_live_wait(live, hash, key, waiter);
}


void
ngx_http_gray_live_cancel(ngx_http_gray_waiter_t *waiter)
{
    if (waiter->lookup == NULL) {
        return;
    }

    /* The lookup goes on: its reply is due in its connection's order. */
    ngx_queue_remove(&waiter->queue);
    waiter->lookup = NULL;
}
