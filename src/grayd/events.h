/*
 * Server-sent events (the HTML standard, section 9.2): what happens, to
 * everybody who listens.
 *
 *   id: 4711-42
 *   event: change          an audit record, as /v1/audit has it
 *   event: stats           each second's figures, as /v1/stats has them
 *   event: reset           something was missed: read everything again
 *   data: {…}
 *
 * The last GRAYD_EVENTS events are kept once for all, or fewer where they are
 * larger than GRAYD_EVENTS_BYTES together: a listener has only its place among
 * them. Whoever comes back with Last-Event-ID goes on where it
 * was; whoever is too slow, or was gone for too long, gets `reset`.
 */

#ifndef GRAYD_EVENTS_H
#define GRAYD_EVENTS_H

#include <jansson.h>
#include "request.h"

#define GRAYD_EVENTS 1024
#define GRAYD_EVENTS_BYTES ((size_t) 4 << 20)

typedef struct grayd_events_s grayd_events_t;

grayd_events_t *grayd_events_create(void);
void grayd_events_free(grayd_events_t *events);

/* Tells everybody; takes `data` over. Wake the listeners afterwards
 * (grayd_http_wake). */
void grayd_events_tell(grayd_events_t *events, const char *event, json_t *data);

/* Looks for changes that anybody made since the last look, and tells them.
 * `store` is grayd_gate_stores(). Returns whether there were any. */
bool grayd_events_look(
    grayd_events_t *events, gray_control_t *control, unsigned store);

#endif
