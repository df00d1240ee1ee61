/*
 * A request that waits for live lists.
 *
 * The waiters are the request's: allocated in its pool, and taken out by its
 * cleanup, since a client that went away or an HTTP/2 reset frees the request
 * first.
 */

#include "ngx_http_gray_handler.h"


typedef struct {
    ngx_http_gray_waiter_t waiter;
    gray_pending_t test;
} ngx_http_gray_question_t;

struct ngx_http_gray_wait_s {
    ngx_http_request_t *request;
    ngx_http_gray_result_t *result;
    ngx_http_cleanup_t *cleanup;
    ngx_uint_t left; /* questions without an answer */
    ngx_uint_t n;
    ngx_http_gray_question_t questions[GRAY_LIVE_TESTS_MAX];
};


static void ngx_http_gray_ask(
    ngx_http_gray_wait_t *wait, ngx_http_gray_question_t *question);
static void ngx_http_gray_suspend(ngx_http_request_t *r);
static void ngx_http_gray_answered(ngx_http_gray_waiter_t *waiter);
static void ngx_http_gray_resume(ngx_http_gray_wait_t *wait);
static void ngx_http_gray_give_up(void *data);


ngx_int_t
ngx_http_gray_wait(ngx_http_request_t *r, ngx_http_gray_result_t *result)
{
    ngx_uint_t i;
    ngx_http_gray_wait_t *wait;

    wait = ngx_pcalloc(r->pool, sizeof(ngx_http_gray_wait_t));

    if (wait != NULL) {
        wait->cleanup = ngx_http_cleanup_add(r, 0);
    }

    if (wait == NULL || wait->cleanup == NULL) {
        result->early = 1;
        ngx_http_gray_decide_again(r, result, NULL);
        return NGX_OK;
    }

    wait->request = r;
    wait->result = result;
    wait->n = result->decision.ntests;

    for (i = 0; i < wait->n; i++) {
        wait->questions[i].test = result->decision.tests[i];
        ngx_http_gray_ask(wait, &wait->questions[i]);
    }

    if (wait->left == 0) {
        ngx_http_gray_decide_again(r, result, wait);
        return NGX_OK;
    }

    wait->cleanup->handler = ngx_http_gray_give_up;
    wait->cleanup->data = wait;

    result->state = NGX_HTTP_GRAY_WAITING;
    ngx_http_gray_suspend(r);

    return NGX_AGAIN;
}


static void
ngx_http_gray_ask(
    ngx_http_gray_wait_t *wait, ngx_http_gray_question_t *question)
{
    gray_str_t key;
    ngx_http_gray_live_t *live;
    ngx_http_gray_result_t *result;

    result = wait->result;
    live = result->loaded->lists[question->test.list].live;
    key = gray_address_unmapped(result->values[question->test.attribute].text);

    question->waiter.handler = ngx_http_gray_answered;
    question->waiter.data = wait;

    switch (ngx_http_gray_live_ask(live, key, &question->waiter)) {
    case NGX_OK:
        break;

    case NGX_AGAIN:
        wait->left++;
        break;

    default:
        question->waiter.answer = GRAY_UNKNOWN_LIVE;
    }
}


/* As limit_req delays a request: a client that goes away ends it. */

static void
ngx_http_gray_suspend(ngx_http_request_t *r)
{
    r->write_event_handler = ngx_http_request_empty_handler;

    if (r != r->main) {
        return;
    }

    r->read_event_handler = ngx_http_test_reading;

    if (r->connection->read->ready) {
        ngx_post_event(r->connection->read, &ngx_posted_events);

    } else {
        (void) ngx_handle_read_event(r->connection->read, 0);
    }
}


static void
ngx_http_gray_answered(ngx_http_gray_waiter_t *waiter)
{
    ngx_http_gray_wait_t *wait = waiter->data;

    wait->left--;

    if (wait->left == 0) {
        ngx_http_gray_resume(wait);
    }
}


static void
ngx_http_gray_resume(ngx_http_gray_wait_t *wait)
{
    ngx_connection_t *c;
    ngx_http_request_t *r;

    r = wait->request;
    c = r->connection;

    wait->cleanup->handler = NULL;

    ngx_http_set_log_request(c->log, r);

    ngx_http_gray_decide_again(r, wait->result, wait);

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_gray_give_up(void *data)
{
    ngx_http_gray_wait_t *wait = data;

    ngx_uint_t i;

    for (i = 0; i < wait->n; i++) {
        ngx_http_gray_live_cancel(&wait->questions[i].waiter);
    }
}


gray_answer_t
ngx_http_gray_wait_answer(
    const ngx_http_gray_wait_t *wait, ngx_uint_t list, ngx_uint_t attribute)
{
    ngx_uint_t i;

    for (i = 0; i < wait->n; i++) {
        if (wait->questions[i].test.list == list
            && wait->questions[i].test.attribute == attribute)
        {
            return wait->questions[i].waiter.answer;
        }
    }

    return GRAY_UNKNOWN_LIVE;
}
