/* Server-sent events. */

#define _GNU_SOURCE
#include "events.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "control/json.h"
#include "grayd.h"
#include "routes.h"

/* Changes that one look tells; if there are more, `reset`. */
#define GRAYD_CHANGES_MAX 256

typedef struct {
    char *text;
    size_t len;
} grayd_event_t;

struct grayd_events_s {
    pthread_mutex_t lock;
    uint64_t run;    /* tells ids of this grayd from another's           */
    uint64_t next;   /* number of the event that comes next; from 1    */
    uint64_t oldest; /* of the oldest that is kept; `next`: none is    */
    size_t bytes;    /* of all that are kept                           */
    grayd_event_t ring[GRAYD_EVENTS];
    uint64_t txn;      /* of the last look                               */
    uint64_t sequence; /* of the last audit record that was told         */
    unsigned store;    /* whose changes they are                         */
    bool looked;
};


grayd_events_t *
grayd_events_create(void)
{
    grayd_events_t *events = calloc(1, sizeof(*events));

    if (events != NULL) {
        pthread_mutex_init(&events->lock, NULL);
        events->run = (uint64_t) time(NULL);
        events->next = 1;
        events->oldest = 1;
    }

    return events;
}


void
grayd_events_free(grayd_events_t *events)
{
    if (events == NULL) {
        return;
    }

    for (unsigned i = 0; i < GRAYD_EVENTS; i++) {
        free(events->ring[i].text);
    }
    pthread_mutex_destroy(&events->lock);
    free(events);
}


/* Locked. */
static void
grayd_events_forget(grayd_events_t *events)
{
    grayd_event_t *slot = &events->ring[events->oldest++ % GRAYD_EVENTS];

    events->bytes -= slot->len;
    free(slot->text);
    slot->text = NULL;
    slot->len = 0;
}


/* The newest is kept whatever its size. Locked. */
static void
grayd_events_keep(grayd_events_t *events, char *text, size_t len)
{
    grayd_event_t *slot;

    while (events->oldest < events->next
           && (events->next - events->oldest == GRAYD_EVENTS
               || events->bytes + len > GRAYD_EVENTS_BYTES))
    {
        grayd_events_forget(events);
    }

    slot = &events->ring[events->next++ % GRAYD_EVENTS];
    slot->text = text;
    slot->len = len;
    events->bytes += len;
}


void
grayd_events_tell(grayd_events_t *events, const char *event, json_t *data)
{
    char *json = json_dumps(data, JSON_COMPACT), *text = NULL;
    int len = -1;

    json_decref(data);
    pthread_mutex_lock(&events->lock);

    if (json != NULL) {
        len = asprintf(&text,
            "id: %" PRIu64 "-%" PRIu64 "\nevent: %s\ndata: %s\n\n", events->run,
            events->next, event, json);
    }

    if (len >= 0) {
        grayd_events_keep(events, text, (size_t) len);
    }

    pthread_mutex_unlock(&events->lock);
    free(json);
}


/* --- changes --------------------------------------------------------------- */

typedef struct {
    unsigned n;
    json_t *records[GRAYD_CHANGES_MAX]; /* the newest first             */
    uint64_t newest;
} grayd_changes_t;


static int
grayd_changes_tell(void *data, const gray_audit_record_t *record)
{
    grayd_changes_t *changes = data;

    if (changes->n == 0) {
        changes->newest = record->sequence;
    }
    changes->records[changes->n++] = gray_json_audit(record);

    return 0;
}


/* The newest record's sequence; 0: there is none, or it cannot be read. */
static int
grayd_changes_newest(void *data, const gray_audit_record_t *record)
{
    *(uint64_t *) data = record->sequence;

    return 1;
}


static uint64_t
grayd_events_newest(gray_control_t *control)
{
    uint64_t newest = 0;
    gray_audit_filter_t filter = { .limit = 1 };
    gray_error_t error;

    (void) gray_control_audit(
        control, &filter, grayd_changes_newest, &newest, &error);

    return newest;
}


/* Tells the records after the last one that was told; too many, or none that
 * can be read, are a reset. */
static void
grayd_events_changes(grayd_events_t *events, gray_control_t *control)
{
    grayd_changes_t changes = { .n = 0, .newest = events->sequence };
    gray_audit_filter_t filter
        = { .after = events->sequence, .limit = GRAYD_CHANGES_MAX };
    gray_error_t error;
    bool reset = gray_control_audit(
                     control, &filter, grayd_changes_tell, &changes, &error)
                     != 0
                 || changes.n == GRAYD_CHANGES_MAX;

    events->sequence = changes.newest;

    while (changes.n > 0) {
        json_t *record = changes.records[--changes.n];

        if (reset) {
            json_decref(record);
        } else {
            grayd_events_tell(events, "change", record);
        }
    }

    if (reset) {
        grayd_events_tell(events, "reset", json_object());
    }
}


bool
grayd_events_look(
    grayd_events_t *events, gray_control_t *control, unsigned store)
{
    uint64_t newest, txn = gray_control_last_txn(control);
    bool another = events->looked && store != events->store, told = another;

    if (events->looked && txn == events->txn && !another) {
        return false;
    }

    newest = grayd_events_newest(control);

    if (another || newest < events->sequence) {
        grayd_events_tell(events, "reset", json_object());
        events->sequence = newest;

    } else if (!events->looked) {
        /* the first look only learns where the audit is */
        events->sequence = newest;

    } else if (newest > events->sequence) {
        grayd_events_changes(events, control);
        told = true;
    }

    events->txn = txn;
    events->store = store;
    events->looked = true;

    return told;
}


/* --- listeners ------------------------------------------------------------- */

typedef struct {
    grayd_events_t *events;
    uint64_t next;  /* number of the event to be sent                  */
    size_t sent;    /* bytes of it                                     */
    bool reset;     /* tell it first                                   */
    size_t greeted; /* bytes of the greeting                           */
} grayd_listener_state_t;

static const char grayd_greeting[] = "retry: 2000\n: hello\n\n";
static const char grayd_reset[] = "event: reset\ndata: {}\n\n";


/* Copies what is left of a text. */
static size_t
grayd_copy(const char *text, size_t len, size_t *sent, char *to, size_t size)
{
    size = size < len - *sent ? size : len - *sent;
    memcpy(to, text + *sent, size);
    *sent += size;

    return size;
}


/* The events that are there, as far as they fit. Locked. */
static size_t
grayd_copy_events(grayd_listener_state_t *state, char *to, size_t size)
{
    grayd_events_t *events = state->events;
    size_t done = 0;

    while (done < size && state->next < events->next) {
        const grayd_event_t *event = &events->ring[state->next % GRAYD_EVENTS];

        done += grayd_copy(
            event->text, event->len, &state->sent, to + done, size - done);
        if (state->sent == event->len) {
            state->next++;
            state->sent = 0;
        }
    }

    return done;
}


static ssize_t
grayd_events_stream(void *data, char *to, size_t size)
{
    grayd_listener_state_t *state = data;
    grayd_events_t *events = state->events;
    size_t done;

    done = grayd_copy(
        grayd_greeting, sizeof(grayd_greeting) - 1, &state->greeted, to, size);

    pthread_mutex_lock(&events->lock);

    if (state->next < events->oldest) {
        if (state->sent > 0) {
            pthread_mutex_unlock(&events->lock);
            return GRAYD_STREAM_END; /* in the midst of one that is gone */
        }
        state->next = events->next;
        state->reset = true;
    }

    if (state->reset && size - done >= sizeof(grayd_reset)) {
        memcpy(to + done, grayd_reset, sizeof(grayd_reset) - 1);
        done += sizeof(grayd_reset) - 1;
        state->reset = false;
    }

    done += grayd_copy_events(state, to + done, size - done);

    pthread_mutex_unlock(&events->lock);

    return (ssize_t) done;
}


/* Where a listener goes on: after the event whose id it names. */
static void
grayd_events_resume(grayd_listener_state_t *state, const char *id)
{
    uint64_t run, number;
    grayd_events_t *events = state->events;

    state->next = events->next;
    if (id == NULL || id[0] == '\0') {
        return;
    }

    if (sscanf(id, "%" SCNu64 "-%" SCNu64, &run, &number) == 2
        && run == events->run && number < events->next)
    {
        state->next = number + 1;
    } else {
        state->reset = true;
    }
}


void
grayd_get_events(grayd_request_t *request)
{
    grayd_listener_state_t *state = calloc(1, sizeof(*state));
    grayd_events_t *events = request->grayd->events;

    if (state == NULL) {
        grayd_reply_problem(request, 500, GRAY_ESYSTEM, "no memory");
        return;
    }

    state->events = events;
    pthread_mutex_lock(&events->lock);
    grayd_events_resume(state, grayd_header(request, "Last-Event-ID"));
    pthread_mutex_unlock(&events->lock);

    grayd_reply_stream(
        request, "text/event-stream", grayd_events_stream, state, free);
}
