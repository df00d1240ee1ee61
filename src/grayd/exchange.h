/*
 * One request and its reply, between libmicrohttpd and a handler. Internal to
 * http.c and exchange*.c.
 */

#ifndef GRAYD_EXCHANGE_H
#define GRAYD_EXCHANGE_H

#include <microhttpd.h>
#include "http.h"

/* A connection; in a list of the http part, under its lock. */
typedef struct grayd_connection_s {
    struct grayd_connection_s *next;
    struct grayd_connection_s **prev;
    int fd;
    bool tcp;
    bool answering;    /* no request is coming in                     */
    uint64_t since;    /* when the request at hand, or idling, began  */
    uint64_t received; /* bytes of its body                           */
    bool used;         /* it has had a request                        */
} grayd_connection_t;

typedef struct grayd_exchange_s {
    grayd_job_t job; /* the writer's, when the route writes          */
    grayd_request_t request;
    grayd_t *grayd;
    struct MHD_Connection *mhd;
    grayd_connection_t *connection;
    char *target; /* as it came                                     */
    char actor[128];
    bool begun;            /* the head was seen                               */
    bool queued;           /* the writer has it                               */
    _Atomic bool answered; /* the writer has filled the reply       */
    bool close;            /* after the reply                       */
    char *text;            /* a JSON body, `received` bytes of it   */
    size_t room;
    size_t received;
    struct grayd_exchange_s *sleeping_next; /* streams that wait    */
} grayd_exchange_t;

/* libmicrohttpd's callbacks; `data` is the grayd_http_t. */
void *grayd_exchange_create(
    void *data, const char *target, struct MHD_Connection *mhd);
enum MHD_Result grayd_exchange_run(void *data, struct MHD_Connection *mhd,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **exchange);
void grayd_exchange_done(void *data, struct MHD_Connection *mhd,
    void **exchange, enum MHD_RequestTerminationCode code);

/* --- the parts of an exchange --------------------------------------------- */

/* exchange_head.c: false: the reply says why it is refused. */
bool grayd_exchange_head(grayd_exchange_t *exchange, const char *method);
uint64_t grayd_exchange_body_max(const grayd_exchange_t *exchange);
void grayd_exchange_too_large(grayd_exchange_t *exchange);

/* exchange_body.c: a piece of the body, and its end. */
void grayd_exchange_body(
    grayd_exchange_t *exchange, const char *upload, size_t size);
void grayd_exchange_body_end(grayd_exchange_t *exchange);

/* exchange_send.c */
enum MHD_Result grayd_exchange_send(grayd_exchange_t *exchange);

/* --- http.c's part --------------------------------------------------------- */

grayd_t *grayd_http_grayd(grayd_http_t *http);
/* How often streams were woken; a stream that was asked and had nothing to say
 * sleeps unless it was woken meanwhile. */
uint64_t grayd_http_wakes(grayd_http_t *http);
void grayd_http_sleep(
    grayd_http_t *http, grayd_exchange_t *exchange, uint64_t wakes);
/* Says whether a request is coming in (times it), or is being answered. */
void grayd_http_receiving(
    grayd_http_t *http, grayd_connection_t *connection, uint64_t received);
void grayd_http_answering(grayd_http_t *http, grayd_connection_t *connection);
void grayd_http_idle(grayd_http_t *http, grayd_connection_t *connection);

#endif
