/* Server-sent events. */

#include <stdlib.h>
#include <string.h>

#include "watch_events.h"

void
watch_events_begin(watch_events_t *events)
{
    json_decref(events->data);
    events->data = NULL;
    events->kind[0] = '\0';
    events->len = 0;
    events->over = false;
}

void
watch_events_free(watch_events_t *events)
{
    watch_events_begin(events);
    free(events->line);
    memset(events, 0, sizeof(*events));
}

static void
keep(char *to, size_t size, const char *value, size_t len)
{
    if (len < size) {
        memcpy(to, value, len);
        to[len] = '\0';
    }
}

/* "data: {…}" */
static void
take_field(watch_events_t *events, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name = colon != NULL ? (size_t) (colon - line) : len;
    const char *value = colon != NULL ? colon + 1 : line + len;

    value += colon != NULL && value < line + len && *value == ' ';
    len -= (size_t) (value - line);

    if (name == 4 && memcmp(line, "data", 4) == 0) {
        json_decref(events->data);
        events->data = json_loadb(value, len, 0, NULL);

    } else if (name == 5 && memcmp(line, "event", 5) == 0) {
        keep(events->kind, sizeof(events->kind), value, len);

    } else if (name == 2 && memcmp(line, "id", 2) == 0) {
        keep(events->id, sizeof(events->id), value, len);
    }
}

static void
take_line(watch_events_t *events, watch_event_pt tell, void *to)
{
    if (events->over) {
        return;
    }

    if (events->len > 0 && events->line[events->len - 1] == '\r') {
        events->len--;
    }

    if (events->len > 0) {
        take_field(events, events->line, events->len);
        return;
    }

    if (events->data != NULL) {
        tell(to, events->kind, events->data);
    }

    json_decref(events->data);
    events->data = NULL;
    events->kind[0] = '\0';
}

static int
add(watch_events_t *events, const char *bytes, size_t n)
{
    char *grown;
    size_t room = events->room ? events->room : 4096;

    if (events->over || events->len + n > WATCH_EVENT_LINE_MAX) {
        events->over = true;
        return 0;
    }

    while (room < events->len + n) {
        room *= 2;
    }

    if (room != events->room) {
        grown = realloc(events->line, room);

        if (grown == NULL) {
            return -1;
        }

        events->line = grown;
        events->room = room;
    }

    memcpy(events->line + events->len, bytes, n);
    events->len += n;

    return 0;
}

int
watch_events_take(watch_events_t *events, const char *bytes, size_t n,
    watch_event_pt tell, void *to)
{
    const char *end;
    size_t len;

    while (n > 0) {
        end = memchr(bytes, '\n', n);
        len = end != NULL ? (size_t) (end - bytes) : n;

        if (add(events, bytes, len) != 0) {
            return -1;
        }

        if (end != NULL) {
            take_line(events, tell, to);
            events->len = 0;
            events->over = false;
            len++;
        }

        bytes += len;
        n -= len;
    }

    return 0;
}
