/*
 * What replies mean: each is checked against the lookup it must answer.
 */

#include "ngx_http_gray_memcached.h"


static ngx_uint_t
ngx_http_gray_memcached_names(
    ngx_http_gray_memcached_t *memcached, const void *key, size_t len)
{
    gray_memcached_reply_t *reply = &memcached->reply;
    ngx_str_t *prefix = &memcached->live->prefix;

    return reply->named && reply->key.len == prefix->len + len
           && ngx_memcmp(reply->key.data, prefix->data, prefix->len) == 0
           && ngx_memcmp(reply->key.data + prefix->len, key, len) == 0;
}


/* The answer to the probe. Returns NULL, or what is wrong with it. */
static const char *
ngx_http_gray_memcached_probed(ngx_http_gray_memcached_t *memcached)
{
    gray_memcached_reply_t *reply = &memcached->reply;

    if (reply->named
        && !ngx_http_gray_memcached_names(memcached,
            NGX_HTTP_GRAY_MEMCACHED_PROBE,
            sizeof(NGX_HTTP_GRAY_MEMCACHED_PROBE) - 1))
    {
        return "a key that was not asked for";
    }

    /* Some servers know `mg` but do not name what they miss, others not even
     * the command. */
    if (reply->kind != GRAY_MEMCACHED_MISS || !reply->named || !reply->numbered)
    {
        memcached->protocol = GRAY_MEMCACHED_CLASSIC;
    }

    ngx_http_gray_memcached_ready(memcached);

    return NULL;
}


/* Whether the reply can be the one to this lookup. */
static ngx_uint_t
ngx_http_gray_memcached_matches(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    gray_memcached_reply_t *reply = &memcached->reply;

    if (memcached->protocol == GRAY_MEMCACHED_META
        && (!reply->numbered || reply->opaque != lookup->opaque))
    {
        return 0;
    }

    if (memcached->protocol == GRAY_MEMCACHED_CLASSIC
        && reply->kind == GRAY_MEMCACHED_MISS)
    {
        return 1;
    }

    return ngx_http_gray_memcached_names(memcached, lookup->key, lookup->len);
}


static void
ngx_http_gray_memcached_answer(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    ngx_http_gray_live_t *live = memcached->live;
    gray_str_t value = { live->value.len, (char *) live->value.data };
    gray_count_live_t count;

    if (memcached->reply.kind == GRAY_MEMCACHED_MISS) {
        count = GRAY_LIVE_MISSES;

    } else if (gray_memcached_reply_equals(&memcached->reply, value)) {
        count = GRAY_LIVE_HITS;

    } else {
        count = GRAY_LIVE_OTHER_VALUES;
    }

    ngx_http_gray_live_count(live, count);
    ngx_http_gray_breaker_success(live);
    ngx_http_gray_live_resolve(
        live, lookup, count == GRAY_LIVE_HITS ? GRAY_YES : GRAY_NO);
}


/* CLIENT_ERROR or SERVER_ERROR, well-formed: this lookup has no answer, the
 * connection stays. */
static void
ngx_http_gray_memcached_refused(
    ngx_http_gray_memcached_t *memcached, ngx_http_gray_lookup_t *lookup)
{
    ngx_http_gray_live_t *live = memcached->live;

    ngx_http_gray_live_count(live, GRAY_LIVE_PROTOCOL_ERRORS);

    if (ngx_http_gray_live_complain(live, NGX_HTTP_GRAY_COMPLAINT_FAULT)) {
        ngx_log_error(NGX_LOG_WARN, live->log, 0,
            "gray: live list \"%V\": memcached %V refused a lookup: %*s",
            &live->name, &live->address, memcached->reply.text.len,
            memcached->reply.text.data);
    }

    ngx_http_gray_live_resolve(live, lookup, GRAY_UNKNOWN_LIVE);
    ngx_http_gray_breaker_failure(live, "it refuses lookups", "");
}


/* One complete reply. Returns NULL, or what is wrong with it. */
static const char *
ngx_http_gray_memcached_reply(ngx_http_gray_memcached_t *memcached)
{
    ngx_http_gray_lookup_t *lookup;

    if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_PROBING) {
        return ngx_http_gray_memcached_probed(memcached);
    }

    lookup = ngx_queue_data(
        ngx_queue_head(&memcached->sent), ngx_http_gray_lookup_t, queue);

    switch (memcached->reply.kind) {
    case GRAY_MEMCACHED_UNKNOWN_COMMAND:
        return "ERROR";

    case GRAY_MEMCACHED_FAILURE:
        ngx_http_gray_memcached_refused(memcached, lookup);
        return NULL;

    default:
        break;
    }

    if (!ngx_http_gray_memcached_matches(memcached, lookup)) {
        return "a key that was not asked for";
    }

    ngx_http_gray_memcached_answer(memcached, lookup);

    return NULL;
}


/* Takes what was read apart. Returns NULL, or what is wrong with it. */
const char *
ngx_http_gray_memcached_parse(
    ngx_http_gray_memcached_t *memcached, const char *p, size_t len)
{
    size_t used;
    const char *problem = NULL;

    while (len > 0 && problem == NULL
           && memcached->state != NGX_HTTP_GRAY_MEMCACHED_CLOSED)
    {
        if (memcached->state == NGX_HTTP_GRAY_MEMCACHED_READY
            && memcached->in_flight == 0)
        {
            return "data that nothing was asked for";
        }

        switch (gray_memcached_reply_feed(&memcached->reply, p, len, &used)) {
        case GRAY_MEMCACHED_MALFORMED:
            return memcached->reply.problem;

        case GRAY_MEMCACHED_DONE:
            problem = ngx_http_gray_memcached_reply(memcached);
            break;

        case GRAY_MEMCACHED_MORE:
            break;
        }

        p += used;
        len -= used;
    }

    return problem;
}
