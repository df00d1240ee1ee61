/*
 * Server-sent events (the HTML standard, section 9.2), as they come from
 * grayd's /v1/events: taken apart from bytes that may end anywhere.
 */

#ifndef GRAYCTL_WATCH_EVENTS_H
#define GRAYCTL_WATCH_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The longest line; a longer one is left out. */
#define WATCH_EVENT_LINE_MAX ((size_t) 4 << 20)

typedef struct {
    char id[64];   /* of the last event                                 */
    char kind[16]; /* of the one at hand                                */
    json_t *data;  /* of the one at hand; NULL: none yet                */
    char *line;    /* the one that is not whole yet                     */
    size_t len;
    size_t room;
    bool over; /* it is too long                                        */
} watch_events_t;

typedef void (*watch_event_pt)(void *to, const char *kind, const json_t *data);

/* Forgets what is not whole: another connection begins. The id stays. */
void watch_events_begin(watch_events_t *events);
void watch_events_free(watch_events_t *events);

/* Takes bytes; tells each event that is whole, with its data as JSON. -1: no
 * memory. */
int watch_events_take(watch_events_t *events, const char *bytes, size_t n,
    watch_event_pt tell, void *to);

#endif
