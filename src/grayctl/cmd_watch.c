/* grayctl watch: what happens, while it happens. */

#define _GNU_SOURCE /* strcasestr */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "done.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "watch_lines.h"
#include "watch_terminal.h"

#define INTERVAL_MS 1000
#define INTERVAL_MIN_MS 100
#define INTERVAL_MAX_MS (3600 * 1000)

/* What one call of the command keeps. */
typedef struct {
    grayctl_t *cli;
    watch_source_t *source;
    watch_trail_t *trail;
    watch_reading_t reading; /* the newest                              */
    uint64_t interval;       /* milliseconds                            */
    uint64_t next;           /* when it is read again                   */
    uint64_t count;          /* blocks to print; 0: no end              */
} watch_t;

static uint64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

/* A source that has news makes readings due; when none come, the time does in
 * the end. */
#define LATE_MS 2000

/* How long it is to the next reading; 0: it is due. */
static uint64_t
left(const watch_t *watch)
{
    uint64_t now = now_ms(), next = watch->next, seconds;
    watch_source_t *source = watch->source;

    if (source->news != NULL) {
        seconds = source->news(source);
        if (seconds > 0 && seconds * 1000 + 500 > watch->interval) {
            return 0;
        }
        next += LATE_MS;
    }

    return now < next ? next - now : 0;
}

static int
source_fd(const watch_t *watch)
{
    return watch->source->fd != NULL ? watch->source->fd(watch->source) : -1;
}

/* Readings are an interval apart, and none is made up for one that was late. */
static int
look(watch_t *watch)
{
    uint64_t now = now_ms();

    watch_reading_free(&watch->reading);

    if (watch->source->read(watch->source, &watch->reading, &watch->cli->error)
        != 0)
    {
        return -1;
    }

    watch->next += watch->interval;
    watch->next = watch->next > now ? watch->next : now + watch->interval;

    return watch_trail_add(watch->trail, &watch->reading) == 0
               ? 0
               : gray_error_set(&watch->cli->error, GRAY_ESYSTEM, "no memory");
}

/* The release that was named must be one. */
static int
check_release(watch_t *watch, const char *release)
{
    gray_error_t *error = &watch->cli->error;

    if (*release == '\0' || watch->reading.trouble[0] != '\0'
        || watch_reading_find(&watch->reading, release) != NULL)
    {
        return 0;
    }

    gray_error_set(error, GRAY_ENOTFOUND, "there is no release '%s'", release);

    return gray_error_hint(error, "grayctl release ls lists them");
}

/* --- the screen ------------------------------------------------------------------ */

/* What LC_ALL, LC_CTYPE or LANG say, as setlocale(3) looks for it. */
static bool
speaks_utf8(void)
{
    static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
    const char *value;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = getenv(names[i]);

        if (value != NULL && *value != '\0') {
            return strcasestr(value, "utf-8") != NULL
                   || strcasestr(value, "utf8") != NULL;
        }
    }

    return false;
}

static void
show(const watch_t *watch, watch_terminal_t *terminal, watch_view_t *view)
{
    watch_page_t page;

    watch_terminal_size(&view->room.width, &view->room.height);
    watch_view_follow(view, &watch->reading);
    watch_draw(view, &watch->reading, watch->trail, &page);

    if (!page.failed) {
        watch_terminal_show(terminal, &page);
    }

    watch_page_free(&page);
}

/* What was typed; false when it is to end. */
static bool
obey(const watch_t *watch, watch_terminal_t *terminal, watch_view_t *view)
{
    watch_key_t key;

    while (watch_terminal_key(terminal, &key)) {
        if (key == WATCH_KEY_STOP) {
            watch_terminal_stop(terminal);

        } else if (!watch_view_key(view, &watch->reading, key)) {
            return false;
        }
    }

    return true;
}

static int
run_screen(watch_t *watch, watch_terminal_t *terminal, watch_view_t *view)
{
    watch_woke_t woke;

    for (;;) {
        show(watch, terminal, view);
        woke = watch_terminal_wait(terminal, source_fd(watch), left(watch));

        if (woke == WATCH_WOKE_END || !obey(watch, terminal, view)) {
            return 0;
        }

        if (left(watch) == 0 && look(watch) != 0) {
            return -1;
        }
    }
}

/* The terminal is given back before anything is said. */
static int
on_screen(watch_t *watch, const char *release)
{
    int failed;
    watch_terminal_t terminal;
    watch_view_t view
        = { .room.color = watch->cli->color, .room.utf8 = speaks_utf8() };

    snprintf(view.open, sizeof(view.open), "%s", release);
    snprintf(view.chosen, sizeof(view.chosen), "%s", release);

    if (watch_terminal_take(&terminal) != 0) {
        return gray_error_set(&watch->cli->error, GRAY_ESYSTEM,
            "the terminal cannot be used: %s", strerror(errno));
    }

    failed = run_screen(watch, &terminal, &view);
    watch_terminal_give(&terminal);

    return failed;
}

/* --- lines ------------------------------------------------------------------------ */

static void
wait_for_next(const watch_t *watch)
{
    uint64_t ms;
    struct pollfd news;

    while ((ms = left(watch)) > 0) {
        news = (struct pollfd){ .fd = source_fd(watch), .events = POLLIN };
        (void) poll(&news, 1, (int) ms);
    }
}

/* The first block comes after an interval: before it nothing is known. */
static int
as_lines(watch_t *watch, const char *release)
{
    json_t *object;
    uint64_t n;

    for (n = 0; watch->count == 0 || n < watch->count; n++) {
        wait_for_next(watch);

        if (look(watch) != 0) {
            return -1;
        }

        if (watch->cli->json) {
            object = watch_lines_json(&watch->reading, release);
            json_dumpf(object, stdout, JSON_COMPACT);
            putchar('\n');
            json_decref(object);
        } else {
            watch_lines_print(
                watch->cli, &watch->reading, watch->trail, release);
        }

        if (fflush(stdout) != 0 || !grayctl_output_alive()) {
            break;
        }
    }

    return 0;
}

/* --- the command ------------------------------------------------------------------- */

static int
read_options(watch_t *watch)
{
    grayctl_t *cli = watch->cli;

    watch->interval = grayctl_option_number(cli, "interval", INTERVAL_MS);
    watch->count = grayctl_option_given(cli, "once")
                       ? 1
                       : grayctl_option_number(cli, "count", 0);

    if (watch->interval < INTERVAL_MIN_MS || watch->interval > INTERVAL_MAX_MS)
    {
        gray_error_set(&cli->error, GRAY_EINVALID,
            "--interval: '%s' is not between 100ms and 1h",
            grayctl_option_text(cli, "interval", 0));
        return -1;
    }

    return 0;
}

static int
run(watch_t *watch)
{
    const char *release = watch->cli->args[0] ? watch->cli->args[0] : "";

    if (look(watch) != 0 || check_release(watch, release) != 0) {
        return grayctl_failed(watch->cli);
    }

    if ((watch->cli->json || watch->count != 0 || !watch_terminal_usable()
                ? as_lines(watch, release)
                : on_screen(watch, release))
        != 0)
    {
        return grayctl_failed(watch->cli);
    }

    return GRAYCTL_OK;
}

int
grayctl_watch(grayctl_t *cli)
{
    int code;
    watch_t watch = { .cli = cli };

    if (read_options(&watch) != 0) {
        return grayctl_misused(cli, &cli->error);
    }

    watch.trail = watch_trail_create();
    watch.source = cli->server != NULL ? watch_remote_open(cli)
                                       : watch_local_open(&cli->control);

    if (watch.trail == NULL || watch.source == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM, "no memory");
        code = grayctl_failed(cli);
    } else {
        code = run(&watch);
    }

    if (watch.source != NULL) {
        watch.source->close(watch.source);
    }
    watch_reading_free(&watch.reading);
    watch_trail_free(watch.trail);

    return code;
}
