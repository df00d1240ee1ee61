/*
 * Counts what became of the decided requests.
 */

#include "ngx_http_gray_decision.h"
#include "ngx_http_gray_responses.h"
#include "segment/responses.h"


static uint64_t ngx_http_gray_clock(void);
static void ngx_http_gray_respond(ngx_http_request_t *r,
    ngx_http_gray_worker_t *worker, ngx_http_gray_result_t *result);
static ngx_uint_t ngx_http_gray_count_tries(ngx_http_request_t *r,
    const ngx_http_gray_part_t *part, gray_response_t *response);
static ngx_uint_t ngx_http_gray_try_failed(
    const ngx_http_upstream_state_t *state, gray_response_t *response);
static ngx_uint_t ngx_http_gray_cut_off(ngx_http_request_t *r);


static inline ngx_uint_t
ngx_http_gray_tries(ngx_http_request_t *r)
{
    return r->upstream_states != NULL ? r->upstream_states->nelts : 0;
}


void
ngx_http_gray_part_begin(ngx_http_request_t *r, ngx_http_gray_part_t *part)
{
    ngx_time_t *tp;

    if (r != r->main) {
        return;
    }

    tp = ngx_timeofday();
    part->before = (ngx_msec_t) ngx_max(
        (tp->sec - r->start_sec) * 1000
            + (ngx_msec_int_t) (tp->msec - r->start_msec),
        0);
    part->began = ngx_http_gray_clock();
    part->left = 0;
    part->first = ngx_http_gray_tries(r);
    part->error_page = r->error_page;
}


void
ngx_http_gray_parts_leave(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_part_t *part;
    ngx_http_gray_result_t *result;

    if (r != r->main) {
        return;
    }

    /* the variant's own wish */

    if (!r->error_page && r->upstream != NULL
        && r->upstream->headers_in.x_accel_redirect != NULL
        && !(r->upstream->conf->ignore_headers
             & NGX_HTTP_UPSTREAM_IGN_XA_REDIRECT))
    {
        return;
    }

    ctx = ngx_http_gray_ctx_find(r);

    for (result = ctx ? ctx->results : NULL; result; result = result->next) {
        part = &result->part;

        if (part->left == 0
            && (ngx_http_gray_tries(r) > part->first
                || (r->error_page && !part->error_page)))
        {
            part->left = ngx_http_gray_clock();
            part->last = ngx_http_gray_tries(r);
            part->status = r->err_status;
        }
    }
}


ngx_int_t
ngx_http_gray_responses_handler(ngx_http_request_t *r)
{
    ngx_http_gray_ctx_t *ctx;
    ngx_http_gray_worker_t *worker;
    ngx_http_gray_result_t *result;
    ngx_http_gray_main_conf_t *gmcf;

    gmcf = ngx_http_get_module_main_conf(r, ngx_http_gray_module);
    worker = gmcf->worker;

    if (r != r->main || worker == NULL || worker->counters == NULL) {
        return NGX_OK;
    }

    ctx = ngx_http_gray_ctx_find(r);

    for (result = ctx ? ctx->results : NULL; result; result = result->next) {
        if (result->target != NULL) {
            ngx_http_gray_respond(r, worker, result);
        }
    }

    return NGX_OK;
}


static void
ngx_http_gray_respond(ngx_http_request_t *r, ngx_http_gray_worker_t *worker,
    ngx_http_gray_result_t *result)
{
    uint64_t end;
    ngx_uint_t seen, answered;
    ngx_http_gray_part_t *part;
    ngx_http_gray_view_t *view;
    gray_response_t response = { 0 };

    part = &result->part;
    view = &worker->views[result->route->release->index];

    /* what the client got, as $status has it, and what the variant answered */

    seen = r->err_status ? r->err_status : r->headers_out.status;
    answered = ngx_http_gray_count_tries(r, part, &response);

    if (part->left != 0) {
        response.status = answered ? answered : part->status;

    } else {
        response.status = answered >= NGX_HTTP_BAD_REQUEST ? answered : seen;
        response.counts[GRAY_RESPONSE_SENT] = r->connection->sent;
    }

    response.counts[GRAY_RESPONSE_RECEIVED] = r->request_length;

    if (response.counts[GRAY_RESPONSE_UPSTREAM_ERRORS] != 0
        || response.status / 100 == 5)
    {
        response.counts[GRAY_RESPONSE_ERRORS] = 1;
        response.counts[GRAY_RESPONSE_HIDDEN]
            = seen < NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    end = part->left ? part->left : ngx_http_gray_clock();
    response.request_us
        = (uint64_t) part->before * 1000 + (end - part->began) / 1000;

    gray_counters_response(worker->counters, worker->stripe, view->slot,
        view->slots[part->known], result->loaded ? result->loaded->revision : 0,
        &response);
}


/* Returns the status of the last try, 0 when there is none. */

static ngx_uint_t
ngx_http_gray_count_tries(ngx_http_request_t *r,
    const ngx_http_gray_part_t *part, gray_response_t *response)
{
    ngx_uint_t i, last, answered;
    ngx_http_upstream_state_t *state;

    answered = 0;
    last = part->left ? part->last : ngx_http_gray_tries(r);

    for (i = part->first; i < last; i++) {
        state = (ngx_http_upstream_state_t *) r->upstream_states->elts + i;

        /* nginx puts an empty one between two upstreams */

        if (state->peer == NULL) {
            continue;
        }

        answered = state->status;
        response->has_upstream = true;

        if (state->response_time != (ngx_msec_t) -1) {
            response->upstream_us += (uint64_t) state->response_time * 1000;
        }

        response->counts[GRAY_RESPONSE_UPSTREAM_ERRORS]
            += ngx_http_gray_try_failed(state, response);
    }

    if (response->has_upstream && part->left == 0
        && answered < NGX_HTTP_INTERNAL_SERVER_ERROR
        && ngx_http_gray_cut_off(r))
    {
        response->counts[GRAY_RESPONSE_UPSTREAM_ERRORS]++;
    }

    return answered;
}


/*
 * nginx gives a try that failed the status 502 or 504. One without a byte in
 * either direction had no connection: refused, timed out, no TLS, or no server
 * was left to try.
 */

static ngx_uint_t
ngx_http_gray_try_failed(
    const ngx_http_upstream_state_t *state, gray_response_t *response)
{
    if (state->status < NGX_HTTP_INTERNAL_SERVER_ERROR) {
        return 0;
    }

    if (state->header_time == (ngx_msec_t) -1 && state->bytes_sent == 0
        && state->bytes_received == 0)
    {
        response->counts[GRAY_RESPONSE_CONNECT_ERRORS]++;
    }

    return 1;
}


/* Whether the last upstream began its answer and did not end it, which the
 * status does not tell. */

static ngx_uint_t
ngx_http_gray_cut_off(ngx_http_request_t *r)
{
    ngx_event_pipe_t *pipe;

    if (r->upstream == NULL || !r->upstream->buffering
        || r->upstream->pipe == NULL) {
        return 0;
    }

    pipe = r->upstream->pipe;

    return pipe->upstream_error
           || (pipe->upstream_eof && !pipe->upstream_done
               && pipe->length != -1);
}


/* Some 25 ns, without a system call. */

static uint64_t
ngx_http_gray_clock(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + (uint64_t) ts.tv_nsec;
}
