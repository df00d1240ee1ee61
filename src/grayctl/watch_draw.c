/* The screen, as lines. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "output.h"
#include "watch_draw.h"
#include "watch_format.h"

/* Lines of the changes that a full screen still shows. */
#define CHANGES_MIN 4

#define SPARK_MAX 200

/* --- the head ------------------------------------------------------------------ */

static void
draw_title(const watch_reading_t *reading, watch_page_t *page)
{
    char revision[32], workers[64];
    const char *time;
    char stamp[32];

    time = grayctl_time(stamp, reading->time / 1000);
    time += strlen(time) > 8 ? strlen(time) - 8 : 0;

    watch_page_line(page);
    watch_page_put(page, 'b', "%s", reading->from);
    watch_page_put(
        page, 0, "  revision %s", grayctl_number(revision, reading->revision));

    if (reading->workers.known) {
        watch_page_put(page, 0, "  %s",
            grayctl_count(
                workers, reading->workers.serving, "worker", "workers"));
    }

    if (page->column + 10 <= page->room.width) {
        watch_page_right(page, 0, page->room.width, "%s", time);
    }
}

static void
say(watch_page_t *page, int style, const char *text)
{
    watch_page_line(page);
    watch_page_put(page, style, "! %s", text);
}

static void
draw_workers(const watch_reading_t *reading, const watch_trail_t *trail,
    watch_page_t *page)
{
    char text[256], number[64];
    const watch_workers_t *workers = &reading->workers;

    if (!workers->known) {
        say(page, 'y', "no counters: what nginx does is not known");

    } else if (workers->serving + workers->exiting == 0 && trail->worked) {
        snprintf(text, sizeof(text), "no worker for %.0f s", trail->idle);
        say(page, 'r', text);

    } else if (workers->serving + workers->exiting == 0) {
        say(page, 'y', "no nginx worker uses this store now");
    }

    if (workers->no_store > 0) {
        snprintf(text, sizeof(text), "%s cannot read the store",
            grayctl_count(number, workers->no_store, "worker", "workers"));
        say(page, 'r', text);
    }

    if (workers->silent > 0) {
        snprintf(text, sizeof(text), "%s: no sign of life for 5 s",
            grayctl_count(number, workers->silent, "worker", "workers"));
        say(page, 'r', text);
    }

    if (workers->exiting > 0) {
        snprintf(text, sizeof(text), "%s after a reload",
            grayctl_count(
                number, workers->exiting, "worker drains", "workers drain"));
        say(page, 'd', text);
    }
}

static void
draw_head(const watch_reading_t *reading, const watch_trail_t *trail,
    watch_page_t *page)
{
    draw_title(reading, page);

    if (reading->trouble[0] != '\0') {
        say(page, 'r', reading->trouble);
    }

    draw_workers(reading, trail, page);
}

/* --- releases ------------------------------------------------------------------- */

/* "shop  on, 3 rules, revision 41" */
static void
draw_release(const watch_release_t *release, bool chosen, watch_page_t *page)
{
    char rules[64], revision[32];

    watch_page_line(page);
    watch_page_put(page, 'b', "%s%s", chosen ? "> " : "  ", release->name);
    watch_page_put(page, 0, "  ");
    watch_page_put(
        page, release->off ? 'r' : 'g', "%s", release->off ? "OFF" : "on");

    if (release->stored) {
        watch_page_put(page, 'd', "  %s, revision %s",
            grayctl_count(rules, release->nrules, "rule", "rules"),
            grayctl_number(revision, release->revision));
    } else {
        watch_page_put(page, 'y', "  not in the store");
    }

    if (!release->running) {
        watch_page_put(page, 'y', "  no running nginx names it");
    }
}

static void
draw_block(const watch_columns_t *columns, const watch_reading_t *reading,
    const watch_trail_t *trail, const watch_release_t *release, bool chosen,
    watch_page_t *page)
{
    unsigned v;

    draw_release(release, chosen, page);

    for (v = 0; v < release->nvariants; v++) {
        watch_columns_row(
            columns, reading, trail, release, &release->variants[v], page);
    }
}

/* The first release to be shown, so that the chosen one is on the screen. */
static unsigned
first_shown(
    const watch_view_t *view, const watch_reading_t *reading, unsigned lines)
{
    unsigned i, chosen = 0, first = 0, used = 0;

    for (i = 0; i < reading->nreleases; i++) {
        if (strcmp(reading->releases[i].name, view->chosen) == 0) {
            chosen = i;
        }
    }

    for (i = chosen + 1; i-- > 0;) {
        used += 1 + reading->releases[i].nvariants;

        if (used > lines) {
            break;
        }

        first = i;
    }

    return used > lines && first == 0 ? chosen : first;
}

static void
draw_releases(const watch_view_t *view, const watch_reading_t *reading,
    const watch_trail_t *trail, watch_page_t *page, unsigned kept)
{
    unsigned i, lines = watch_page_left(page);
    watch_columns_t columns;

    watch_columns_fit(&columns, reading, page->room.width);
    watch_columns_head(&columns, page);

    if (reading->nreleases == 0) {
        watch_page_line(page);
        watch_page_put(page, 'd', "%s",
            reading->trouble[0] == '\0'
                ? "  no release yet: grayctl release create shop"
                : "");
        return;
    }

    lines = lines > kept + 1 ? lines - kept - 1 : 1;
    page->room.height -= kept;

    for (i = first_shown(view, reading, lines); i < reading->nreleases; i++) {
        draw_block(&columns, reading, trail, &reading->releases[i],
            strcmp(reading->releases[i].name, view->chosen) == 0, page);
    }

    page->room.height += kept;
}

/* --- changes -------------------------------------------------------------------- */

static void
draw_change(const watch_change_t *change, watch_page_t *page)
{
    char stamp[32];
    const char *time = grayctl_time(stamp, change->time);

    time += strlen(time) > 8 ? strlen(time) - 8 : 0;
    watch_page_line(page);
    watch_page_put(page, 'd', "  %s ", time);
    watch_page_put(page, 0, " %s  %s %s  %s", change->user, change->verb,
        change->subject, change->summary);
}

/* As many as there is room for; of one release, or of all. */
static void
draw_changes(
    const watch_trail_t *trail, const char *release, watch_page_t *page)
{
    unsigned i, n = 0;

    for (i = 0; i < trail->nchanges && watch_page_left(page) > 0; i++) {
        if (*release != '\0' && strcmp(trail->changes[i].release, release) != 0)
        {
            continue;
        }

        if (n++ == 0) {
            watch_page_line(page);
            if (watch_page_left(page) > 1) {
                watch_page_line(page);
            }
            watch_page_put(page, 'd', "  changes");
        }

        if (watch_page_left(page) > 0) {
            draw_change(&trail->changes[i], page);
        }
    }
}

/* --- one release ------------------------------------------------------------------ */

typedef struct {
    const char *what;
    float (*value)(const watch_point_t *point);
    const char *(*print)(char *text, float value);
} curve_t;

static float
rate_of(const watch_point_t *point)
{
    return point->rate;
}

static float
errors_of(const watch_point_t *point)
{
    return point->errors;
}

static float
p95_of(const watch_point_t *point)
{
    return point->p95_us;
}

static const char *
print_rate(char *text, float value)
{
    return watch_rate(text, (double) value);
}

static const char *
print_errors(char *text, float value)
{
    return watch_share(text, (uint64_t) (value * 1e6F), 1000000);
}

static const char *
print_time(char *text, float value)
{
    return watch_time(text, (uint64_t) value);
}

static const curve_t curves[] = {
    { "requests/s", rate_of, print_rate },
    { "errors", errors_of, print_errors },
    { "p95", p95_of, print_time },
};

static void
draw_curve(const curve_t *curve, const char *variant,
    const watch_point_t *points, unsigned n, const watch_columns_t *columns,
    watch_page_t *page)
{
    unsigned i;
    float values[SPARK_MAX];
    char text[3 * SPARK_MAX + 1], largest[WATCH_FORMAT_MAX];

    for (i = 0; i < n; i++) {
        values[i] = curve->value(&points[i]);
    }

    watch_spark(text, values, n, page->room.utf8);
    watch_page_line(page);
    watch_page_put(page, 0, "    %.*s", (int) columns->name - 4, variant);
    watch_page_to(page, columns->name);
    watch_page_put(page, 'd', "  %-11s", curve->what);
    watch_page_put(page, 'g', "%s", text);
    watch_page_put(
        page, 'd', "  <= %s", curve->print(largest, watch_largest(values, n)));
}

static void
draw_curves(const watch_release_t *release, const watch_trail_t *trail,
    const watch_columns_t *columns, watch_page_t *page)
{
    watch_point_t points[SPARK_MAX];
    unsigned v, c, n = page->room.width, before = columns->name + 13 + 12;

    if (n < before + 10) {
        return;
    }

    n = n - before < SPARK_MAX ? n - before : SPARK_MAX;

    for (v = 0; v < release->nvariants; v++) {
        watch_trail_points(
            trail, release->name, release->variants[v].name, points, n);
        watch_page_line(page);

        for (c = 0; c < sizeof(curves) / sizeof(curves[0]); c++) {
            draw_curve(&curves[c], c == 0 ? release->variants[v].name : "",
                points, n, columns, page);
        }
    }
}

static void
draw_one(const watch_view_t *view, const watch_reading_t *reading,
    const watch_trail_t *trail, watch_page_t *page)
{
    watch_columns_t columns;
    const watch_release_t *release = watch_reading_find(reading, view->open);

    if (release == NULL) {
        watch_page_line(page);
        watch_page_line(page);
        watch_page_put(
            page, 'y', "  release %s is not there any more", view->open);
        return;
    }

    watch_columns_fit(&columns, reading, page->room.width);
    watch_columns_head(&columns, page);
    draw_block(&columns, reading, trail, release, false, page);
    watch_page_line(page);
    watch_reasons_draw(&columns, reading, release, page);
    page->room.height -= CHANGES_MIN < watch_page_left(page) ? CHANGES_MIN : 0;
    draw_curves(release, trail, &columns, page);
}

/* --- the whole ---------------------------------------------------------------------- */

static const char *const help[] = {
    "",
    "  REQ/S        requests per second, since the last look",
    "  ERR          of them failed: 5xx, also where error_page or",
    "               proxy_next_upstream hid it from the client",
    "  499          of them the client went away first",
    "  CONN/S       connections to an upstream that failed, per second",
    "  P50 P95 P99  half, 95 %, 99 % of them took no longer than this",
    "  UP50 ...     the same, of the upstream alone",
    "  TREND        requests per second, the newest last",
    "",
    "  up, down, k, j, Tab   choose a release",
    "  Enter                 open it",
    "  Esc, left             back to all",
    "  ?                     this help",
    "  q, Ctrl-C             end",
};

static void
draw_help(watch_page_t *page)
{
    unsigned i;

    for (i = 0; i < sizeof(help) / sizeof(help[0]); i++) {
        watch_page_line(page);
        watch_page_put(page, 0, "%s", help[i]);
    }
}

/* On the last line of the screen. */
static void
draw_foot(const watch_view_t *view, watch_page_t *page)
{
    while (watch_page_left(page) > 1) {
        watch_page_line(page);
    }

    watch_page_line(page);
    watch_page_put(page, 'd', "%s",
        view->help ? "any key: back"
        : view->open[0] != '\0'
            ? "q end  Esc all releases  Tab the next  ? help"
            : "q end  up/down choose  Enter open  ? help");
}

/* Lines for the changes: a quarter of the screen. */
static unsigned
kept_for_changes(const watch_trail_t *trail, const watch_page_t *page)
{
    unsigned left = watch_page_left(page);
    unsigned wanted = trail->nchanges > 0 ? trail->nchanges + 2 : 0;
    unsigned most = left >= 16 ? left / 4 : 0;

    return wanted < most ? wanted : most;
}

void
watch_draw(const watch_view_t *view, const watch_reading_t *reading,
    const watch_trail_t *trail, watch_page_t *page)
{
    bool foot = view->room.height >= 5;
    unsigned height = view->room.height - foot;

    watch_page_begin(page, &view->room);
    page->room.height = height;
    draw_head(reading, trail, page);

    if (view->help) {
        draw_help(page);

    } else if (view->open[0] != '\0') {
        draw_one(view, reading, trail, page);
        page->room.height = height;
        draw_changes(trail, view->open, page);

    } else {
        draw_releases(
            view, reading, trail, page, kept_for_changes(trail, page));
        draw_changes(trail, "", page);
    }

    page->room.height = view->room.height;

    if (foot) {
        draw_foot(view, page);
    }
}
