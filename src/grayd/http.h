/*
 * HTTP/1.1 by libmicrohttpd: listening sockets, connections and their limits.
 * What is ours is the request handling (exchange.c).
 *
 * A client that sends a byte now and then does not keep its connection: a
 * request must be complete `timeout` after it began, an upload with 64 KiB/s;
 * grayd_http_look, called once a second, shuts the others down.
 */

#ifndef GRAYD_HTTP_H
#define GRAYD_HTTP_H

#include "grayd.h"

typedef struct grayd_http_s grayd_http_t;

/* Where a listening socket stands. */
typedef struct {
    int fd;
    bool tcp;         /* a token is needed                                    */
    const char *path; /* the unix socket that is removed at the end   */
} grayd_listener_t;

#define GRAYD_LISTENERS_MAX 8

/* Takes the sockets over and begins to answer. -1: *error. */
int grayd_http_start(grayd_t *grayd, const grayd_listener_t *listeners,
    unsigned n, gray_error_t *error);

/* No new connections, and streams end; waits until what was asked is answered,
 * at most `ms`. */
void grayd_http_quiesce(grayd_http_t *http, unsigned ms);

/* Ends all connections. Nothing may be with the writer any more. */
void grayd_http_stop(grayd_http_t *http);

/* Ends what is too slow. */
void grayd_http_look(grayd_http_t *http);

/* Streams that had nothing to say are asked again (events.h). */
void grayd_http_wake(grayd_http_t *http);

unsigned grayd_http_connections(grayd_http_t *http);

#endif
