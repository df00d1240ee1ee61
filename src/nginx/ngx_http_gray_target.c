/*
 * Where a location sends a variant, and what counters and logs are told.
 */

#include "ngx_http_gray_decision.h"


static int8_t ngx_http_gray_map_variant(
    ngx_http_gray_route_t *route, gray_str_t variant);
static void ngx_http_gray_tell_default(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, ngx_http_gray_loaded_t *loaded);
static void ngx_http_gray_count(ngx_http_gray_worker_t *worker,
    ngx_http_gray_view_t *view, ngx_http_gray_result_t *result,
    gray_reason_t reason, ngx_uint_t known);
static void ngx_http_gray_tell_regex(
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result);
static void ngx_http_gray_tell_error(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result,
    gray_cause_t cause);
#if (NGX_DEBUG)
static void ngx_http_gray_tell_debug(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result);
#endif


void
ngx_http_gray_map_renew(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, ngx_http_gray_loaded_t *loaded)
{
    unsigned i, n;
    ngx_http_gray_map_t *map;

    map = &worker->maps[route->index];

    map->number = loaded->number;
    map->no_target_logged = 0;

    n = gray_release_variants(loaded->compiled);
    map->default_plus_one = n + 1;

    for (i = 0; i < n; i++) {
        map->targets[i] = ngx_http_gray_map_variant(
            route, gray_release_variant(loaded->compiled, i));

        if (map->targets[i] == 0) {
            map->default_plus_one = i + 1;
        }
    }

    ngx_http_gray_tell_default(worker, route, loaded);
}


/* nginx.conf's default is in force, whatever the document says. */

static void
ngx_http_gray_tell_default(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, ngx_http_gray_loaded_t *loaded)
{
    gray_str_t variant;
    ngx_http_gray_map_t *map;
    ngx_http_gray_target_t *target;

    map = &worker->maps[route->index];

    if (map->default_plus_one == gray_release_default(loaded->compiled) + 1) {
        map->default_logged = 0;
        return;
    }

    if (map->default_logged) {
        return;
    }

    map->default_logged = 1;
    target = route->targets.elts;
    variant = gray_release_variant(
        loaded->compiled, gray_release_default(loaded->compiled));

    ngx_log_error(NGX_LOG_WARN, worker->log, 0,
        "gray: the default of release \"%V\" is \"%V\" as in %V:%ui, though "
        "its document says \"%*s\"",
        &route->release->name, &target[0].variant, &route->place.file,
        route->place.line, variant.len, variant.data);
}


static int8_t
ngx_http_gray_map_variant(ngx_http_gray_route_t *route, gray_str_t variant)
{
    ngx_uint_t i;
    ngx_http_gray_target_t *target;

    target = route->targets.elts;

    for (i = 0; i < route->targets.nelts; i++) {
        if (target[i].variant.len == variant.len
            && ngx_strncmp(target[i].variant.data, variant.data, variant.len)
                   == 0)
        {
            return (int8_t) i;
        }
    }

    return -1;
}


/* The target's index in the route; -1: the route has none for the variant. */

static inline ngx_int_t
ngx_http_gray_target_index(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, const ngx_http_gray_result_t *result)
{
    ngx_http_gray_map_t *map;
    const gray_decision_t *decision;

    decision = &result->decision;

    if (result->loaded == NULL || decision->reason == GRAY_REASON_DISABLED
        || decision->variant >= gray_release_variants(result->loaded->compiled))
    {
        return 0;
    }

    map = ngx_http_gray_map(worker, route, result->loaded);

    return map->targets[decision->variant];
}


ngx_http_gray_target_t *
ngx_http_gray_target_find(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, const ngx_http_gray_result_t *result)
{
    ngx_int_t i;
    ngx_http_gray_target_t *target;

    i = ngx_http_gray_target_index(worker, route, result);
    target = route->targets.elts;

    return i >= 0 ? &target[i] : target;
}


gray_decision_t
ngx_http_gray_meaning(ngx_http_gray_worker_t *worker,
    ngx_http_gray_route_t *route, const ngx_http_gray_result_t *result)
{
    gray_decision_t decision;

    decision = result->decision;

    if (ngx_http_gray_target_index(worker, route, result) < 0) {
        decision.reason = GRAY_REASON_ERROR;
        decision.cause = GRAY_CAUSE_NO_TARGET;
    }

    return decision;
}


void
ngx_http_gray_tell(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_view_t *view, ngx_http_gray_result_t *result)
{
    ngx_int_t i;
    gray_cause_t cause;
    gray_reason_t reason;
    ngx_http_gray_target_t *target;

    i = ngx_http_gray_target_index(worker, result->route, result);
    target = result->route->targets.elts;
    reason = result->decision.reason;
    cause = result->decision.cause;

    if (i >= 0) {
        target = &target[i];
    } else {
        reason = GRAY_REASON_ERROR;
        cause = GRAY_CAUSE_NO_TARGET;
    }

    result->target = target;
    result->part.known = target->known;

    ngx_http_gray_count(worker, view, result, reason, target->known);

    if (reason == GRAY_REASON_ERROR || result->asked_early) {
        ngx_http_gray_tell_error(r, worker, result, cause);
    }

#if (NGX_DEBUG)
    if (r->connection->log->log_level & NGX_LOG_DEBUG_HTTP) {
        ngx_http_gray_tell_debug(r, worker, result);
    }
#endif
}


#if (NGX_DEBUG)

static ngx_http_gray_rare void
ngx_http_gray_tell_debug(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result)
{
    char buffer[GRAY_REASON_TEXT_MAX];
    gray_str_t reason;
    gray_decision_t decision;

    decision = ngx_http_gray_meaning(worker, result->route, result);

    reason.len = gray_reason_print(
        result->loaded ? result->loaded->compiled : NULL, &decision, buffer);

    ngx_log_debug5(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
        "gray \"%V\": \"%V\" %*s revision %uL", &result->route->release->name,
        &result->target->variant, reason.len, buffer, result->revision);
}

#endif


static void
ngx_http_gray_count(ngx_http_gray_worker_t *worker, ngx_http_gray_view_t *view,
    ngx_http_gray_result_t *result, gray_reason_t reason, ngx_uint_t known)
{
    const gray_decision_t *decision;

    decision = &result->decision;

    gray_counters_decision(worker->counters, worker->stripe, view->slot,
        view->slots[known], reason);

    /* a rule that could not be known decides errors */

    if (decision->rule >= 0 && decision->reason != GRAY_REASON_ERROR) {
        gray_counters_hit(worker->counters, worker->stripe,
            &result->loaded->rules[decision->rule]);
    }

    if (decision->skipped != 0) {
        gray_counters_add(worker->counters, worker->stripe, view->slot,
            GRAY_COUNT_SKIPPED, 1);
    }

    if (decision->nregex != 0) {
        gray_counters_add(worker->counters, worker->stripe, view->slot,
            GRAY_COUNT_REGEX, decision->nregex);
        ngx_http_gray_tell_regex(worker, result);
    }
}


static ngx_http_gray_rare void
ngx_http_gray_tell_regex(
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result)
{
    if (result->loaded->regex_logged) {
        return;
    }

    result->loaded->regex_logged = 1;
    ngx_log_error(NGX_LOG_WARN, worker->log, 0,
        "gray: a regex of release \"%V\" went past its limit; its rule was "
        "unknown for the request; the counter regex counts them",
        &result->route->release->name);
}


static void
ngx_http_gray_tell_no_release(
    ngx_http_request_t *r, ngx_http_gray_view_t *view, ngx_str_t *release)
{
    if (view->missing_logged) {
        return;
    }

    view->missing_logged = 1;
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
        "gray: the store has no release \"%V\"; every request gets its "
        "default variant; run \"grayctl release create %V\"",
        release, release);
}


static void
ngx_http_gray_tell_no_target(ngx_http_request_t *r, ngx_http_gray_map_t *map,
    const ngx_http_gray_result_t *result)
{
    gray_str_t variant;
    ngx_http_gray_route_t *route;

    if (map->no_target_logged) {
        return;
    }

    map->no_target_logged = 1;
    route = result->route;
    variant = gray_release_variant(
        result->loaded->compiled, result->decision.variant);

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
        "gray: variant \"%*s\" of release \"%V\" has no target in %V:%ui; its "
        "requests get the default",
        variant.len, variant.data, &route->release->name, &route->place.file,
        route->place.line);
}


static void
ngx_http_gray_tell_early(ngx_http_request_t *r, ngx_http_gray_map_t *map,
    ngx_http_gray_route_t *route)
{
    if (map->early_logged) {
        return;
    }

    map->early_logged = 1;
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
        "gray: a variable of release \"%V\" was read before the access phase, "
        "when live lists cannot be asked, at %V:%ui; use the variables in "
        "proxy_pass and headers, not in \"if\", \"set\" or \"return\"",
        &route->release->name, &route->place.file, route->place.line);
}


static ngx_http_gray_rare void
ngx_http_gray_tell_error(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result, gray_cause_t cause)
{
    gray_count_release_t what;
    ngx_http_gray_map_t *map;
    ngx_http_gray_view_t *view;
    ngx_http_gray_route_t *route;

    route = result->route;
    map = &worker->maps[route->index];
    view = &worker->views[route->release->index];

    switch (cause) {
    case GRAY_CAUSE_STORE:
        what = GRAY_COUNT_STORE_ERROR;
        break;

    case GRAY_CAUSE_NO_RELEASE:
        what = GRAY_COUNT_NO_RELEASE;
        ngx_http_gray_tell_no_release(r, view, &route->release->name);
        break;

    case GRAY_CAUSE_NO_TARGET:
        what = GRAY_COUNT_NO_TARGET;
        ngx_http_gray_tell_no_target(r, map, result);
        break;

    default:
        if (!result->asked_early
            || (cause != GRAY_CAUSE_EARLY && result->decision.skipped == 0))
        {
            return;
        }

        what = GRAY_COUNT_EARLY;
        ngx_http_gray_tell_early(r, map, route);
    }

    gray_counters_add(worker->counters, worker->stripe, view->slot, what, 1);
}
