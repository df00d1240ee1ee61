/*
 * The breaker of a live list in one worker.
 *
 * After a few failures in a row nothing is asked any more: requests get
 * "unknown" at once and a dead memcached costs next to nothing. A timer then
 * probes, with pauses that double and are jittered so that workers and
 * machines do not probe in step. A probe is a connection on which memcached
 * answers; that closes the breaker, but the failure count stays one short of
 * opening it, and the pause as long as it was, until a lookup is answered.
 */

#include "ngx_http_gray_memcached.h"

#define NGX_HTTP_GRAY_BREAKER_FAILURES 3
#define NGX_HTTP_GRAY_BREAKER_PAUSE_MIN 100
#define NGX_HTTP_GRAY_BREAKER_PAUSE_MAX 5000

static void ngx_http_gray_breaker_probe(ngx_event_t *ev);


void
ngx_http_gray_breaker_init(ngx_http_gray_live_t *live)
{
    ngx_http_gray_breaker_t *breaker = &live->breaker;

    ngx_memzero(breaker, sizeof(*breaker));
    breaker->backoff = NGX_HTTP_GRAY_BREAKER_PAUSE_MIN;
    breaker->timer.data = live;
    breaker->timer.handler = ngx_http_gray_breaker_probe;
    breaker->timer.log = live->log;
    breaker->timer.cancelable = 1;
}


/* Between 3/4 and 5/4 of the pause. */
static ngx_msec_t
ngx_http_gray_breaker_jitter(ngx_msec_t pause)
{
    return pause - pause / 4 + (ngx_msec_t) ngx_random() % (pause / 2 + 1);
}


static void
ngx_http_gray_breaker_schedule(ngx_http_gray_breaker_t *breaker)
{
    ngx_add_timer(
        &breaker->timer, ngx_http_gray_breaker_jitter(breaker->backoff));
    breaker->backoff = ngx_min(
        breaker->backoff * 2, (ngx_msec_t) NGX_HTTP_GRAY_BREAKER_PAUSE_MAX);
}


static void
ngx_http_gray_breaker_set(ngx_http_gray_live_t *live, ngx_uint_t open)
{
    live->breaker.open = open;
    gray_counters_breaker(live->counters, live->worker, live->slot, open);
    ngx_http_gray_live_count(
        live, open ? GRAY_LIVE_BREAKER_OPENED : GRAY_LIVE_BREAKER_CLOSED);
}


/* One that opens and closes all the time, since every other reply is wrong,
 * is told of now and then; one that stays open, once and for certain. */
static void
ngx_http_gray_breaker_tell(
    ngx_http_gray_live_t *live, const char *why, const char *detail)
{
    ngx_http_gray_breaker_t *breaker = &live->breaker;

    if (breaker->told
        || !ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_BREAKER))
    {
        return;
    }

    breaker->told = 1;

    ngx_log_error(NGX_LOG_WARN, live->log, 0,
        "gray: live list \"%V\": memcached %V failed %ui times in a row "
        "(%s%s%s); it is not asked until a probe is answered, and nobody is "
        "listed meanwhile",
        &live->name, &live->address, breaker->failures, why,
        *detail ? ": " : "", detail);
}


static void
ngx_http_gray_breaker_trip(
    ngx_http_gray_live_t *live, const char *why, const char *detail)
{
    ngx_http_gray_breaker_t *breaker = &live->breaker;

    breaker->told = 0;
    ngx_http_gray_breaker_tell(live, why, detail);

    ngx_http_gray_breaker_set(live, 1);
    breaker->opened = ngx_current_msec;
    breaker->refused = 0;

    for (ngx_uint_t i = 0; i < NGX_HTTP_GRAY_MEMCACHED_CONNECTIONS; i++) {
        ngx_http_gray_memcached_close(&live->memcached[i]);
    }

    ngx_http_gray_live_fail_all(live);
}


void
ngx_http_gray_breaker_failure(
    ngx_http_gray_live_t *live, const char *why, const char *detail)
{
    ngx_http_gray_breaker_t *breaker = &live->breaker;

    breaker->failures++;

    if (breaker->open) {
        ngx_http_gray_breaker_tell(live, why, detail);
        ngx_http_gray_breaker_schedule(breaker);

    } else if (breaker->failures >= NGX_HTTP_GRAY_BREAKER_FAILURES) {
        ngx_http_gray_breaker_trip(live, why, detail);
        ngx_http_gray_breaker_schedule(breaker);
    }
}


void
ngx_http_gray_breaker_reached(ngx_http_gray_live_t *live)
{
    ngx_http_gray_breaker_t *breaker = &live->breaker;

    if (!breaker->open) {
        return;
    }

    if (breaker->told) {
        ngx_log_error(NGX_LOG_NOTICE, live->log, 0,
            "gray: live list \"%V\": memcached %V answers again after %Mms; "
            "%ui lookups were not asked",
            &live->name, &live->address, ngx_current_msec - breaker->opened,
            breaker->refused);
    }

    ngx_http_gray_breaker_set(live, 0);
    breaker->failures = NGX_HTTP_GRAY_BREAKER_FAILURES - 1;
}


void
ngx_http_gray_breaker_success(ngx_http_gray_live_t *live)
{
    live->breaker.failures = 0;
    live->breaker.backoff = NGX_HTTP_GRAY_BREAKER_PAUSE_MIN;
}


static void
ngx_http_gray_breaker_probe(ngx_event_t *ev)
{
    ngx_http_gray_live_t *live = ev->data;

    if (ngx_exiting || !live->breaker.open) {
        return;
    }

    ngx_http_gray_memcached_connect(&live->memcached[0]);
}
