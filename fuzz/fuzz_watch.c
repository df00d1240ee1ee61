/* Any stream of events, wherever it is cut, whose data are taken for the status
 * of a server, and any keys: what is drawn of it has no more lines or columns
 * than there are, and nothing that commands a terminal. */

#include <stdlib.h>
#include <string.h>
#include "grayctl/output.h"
#include "grayctl/watch_draw.h"
#include "grayctl/watch_events.h"
#include "grayctl/watch_keys.h"
#include "grayctl/watch_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    watch_view_t view;
    watch_trail_t *trail;
    json_t *before;
    unsigned n; /* of the events */
} fuzz_t;


static void
fuzz_check(const watch_page_t *page, const watch_room_t *room)
{
    char *text = page->text != NULL ? strdup(page->text) : NULL, *line, *state;
    unsigned n = 0;

    for (line = text; text != NULL && line != NULL; line = state) {
        state = strchr(line, '\n');
        if (state != NULL) {
            *state++ = '\0';
        }
        n++;
        if (grayctl_width(line) > room->width) {
            abort();
        }
        for (const char *c = line; *c != '\0'; c++) {
            if ((unsigned char) *c < ' ' || *c == 0x7f
                || (!room->utf8 && (*c & 0x80) != 0)) {
                abort();
            }
        }
    }
    free(text);

    if (n > room->height) {
        abort();
    }
}


static void
fuzz_event(void *to, const char *kind, const json_t *data)
{
    fuzz_t *fuzz = to;
    watch_page_t page;
    watch_reading_t since = { .seconds = 0 };
    watch_reading_t reading = { .seconds = fuzz->n++, .time = 1800000000000 };

    watch_text(reading.from, sizeof(reading.from), kind);

    if (watch_status_fill(&reading, data, fuzz->before, &since) == 0
        && watch_trail_add(fuzz->trail, &reading) == 0)
    {
        watch_view_follow(&fuzz->view, &reading);
        (void) watch_view_key(
            &fuzz->view, &reading, (watch_key_t) (WATCH_KEY_UP + fuzz->n % 7));
        watch_draw(&fuzz->view, &reading, fuzz->trail, &page);
        fuzz_check(&page, &fuzz->view.room);
        watch_page_free(&page);
    }

    watch_reading_free(&reading);
    json_decref(fuzz->before);
    fuzz->before = json_incref((json_t *) (uintptr_t) data);
}


static void
fuzz_keys(const char *bytes, size_t n)
{
    size_t used;

    while (n > 0) {
        (void) watch_key_read(bytes, n, &used);
        if (used == 0 || used > n) {
            abort();
        }
        bytes += used;
        n -= used;
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_t fuzz = { .n = 0 };
    watch_events_t events = { .data = NULL };
    const char *stream = (const char *) data + 3;
    size_t cut;

    if (size < 3) {
        return 0;
    }

    size -= 3;
    fuzz.view.room.width = data[0];
    fuzz.view.room.height = data[1];
    fuzz.view.room.utf8 = data[2] & 1;
    cut = size > 0 ? data[2] % size : 0;
    fuzz.trail = watch_trail_create();

    if (fuzz.trail != NULL
        && watch_events_take(&events, stream, cut, fuzz_event, &fuzz) == 0)
    {
        (void) watch_events_take(
            &events, stream + cut, size - cut, fuzz_event, &fuzz);
    }

    fuzz_keys(stream, size);
    watch_events_free(&events);
    watch_trail_free(fuzz.trail);
    json_decref(fuzz.before);

    return 0;
}
