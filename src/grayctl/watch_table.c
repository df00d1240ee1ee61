/* The tables of the screen. */

#include <string.h>

#include "output.h"
#include "watch_draw.h"
#include "watch_format.h"

#define NAME_MIN 10
#define NAME_MAX_SHOWN 28
#define SPARK_MIN 10
#define SPARK_MAX 60

typedef struct {
    const watch_reading_t *reading;
    const watch_variant_t *variant;
    const gray_interval_t *interval;
    int style;
} cell_t;

static void
weight(cell_t *cell, char *text)
{
    if (cell->variant->weighed) {
        watch_weight(text, cell->variant->weight);
    } else {
        strcpy(text, "-");
    }
}

static void
per_second(const cell_t *cell, uint64_t n, char *text)
{
    if (cell->variant->counted && cell->reading->seconds > 0) {
        watch_rate(text, (double) n / cell->reading->seconds);
    } else {
        strcpy(text, "-");
    }
}

static void
requests(cell_t *cell, char *text)
{
    per_second(cell, cell->interval->requests, text);
}

static void
errors(cell_t *cell, char *text)
{
    watch_share(text, cell->interval->errors, cell->interval->requests);
    cell->style = cell->interval->errors > 0 ? 'r' : 0;
}

static void
gone(cell_t *cell, char *text)
{
    watch_share(text, cell->interval->gone, cell->interval->requests);
    cell->style = cell->interval->gone > 0 ? 'y' : 0;
}

static void
connects(cell_t *cell, char *text)
{
    per_second(cell, cell->interval->connect_errors, text);
    cell->style = cell->interval->connect_errors > 0 ? 'r' : 0;
}

static void
duration(uint64_t n, uint64_t us, char *text)
{
    if (n > 0) {
        watch_time(text, us);
    } else {
        strcpy(text, "-");
    }
}

static void
p50(cell_t *cell, char *text)
{
    duration(cell->interval->requests, cell->interval->p50_us, text);
}

static void
p95(cell_t *cell, char *text)
{
    duration(cell->interval->requests, cell->interval->p95_us, text);
}

static void
p99(cell_t *cell, char *text)
{
    duration(cell->interval->requests, cell->interval->p99_us, text);
}

static void
upstream_p50(cell_t *cell, char *text)
{
    duration(cell->interval->upstream_n, cell->interval->upstream_p50_us, text);
}

static void
upstream_p95(cell_t *cell, char *text)
{
    duration(cell->interval->upstream_n, cell->interval->upstream_p95_us, text);
}

static void
upstream_p99(cell_t *cell, char *text)
{
    duration(cell->interval->upstream_n, cell->interval->upstream_p99_us, text);
}

/* In the order in which they stand; where not all fit, those with the lowest
 * ranks do. The sparkline comes before those of SPARK_RANK. */
#define SPARK_RANK 4

static const struct {
    const char *head;
    unsigned width; /* with the spaces before it                           */
    unsigned rank;
    void (*show)(cell_t *cell, char *text);
} all[] = {
    { "WEIGHT", 8, 5, weight },
    { "REQ/S", 8, 1, requests },
    { "ERR", 8, 2, errors },
    { "499", 7, 8, gone },
    { "CONN/S", 8, 9, connects },
    { "P50", 8, 7, p50 },
    { "P95", 8, 3, p95 },
    { "P99", 8, 6, p99 },
    { "UP50", 8, 11, upstream_p50 },
    { "UP95", 8, 10, upstream_p95 },
    { "UP99", 8, 12, upstream_p99 },
};

#define ALL (sizeof(all) / sizeof(all[0]))

_Static_assert(ALL <= WATCH_COLUMNS_MAX, "watch_columns_t holds all columns");

static unsigned
longest_name(const watch_reading_t *reading)
{
    size_t width, longest = NAME_MIN - 4;
    const watch_release_t *release;

    for (unsigned i = 0; i < reading->nreleases; i++) {
        release = &reading->releases[i];
        width = grayctl_width(release->name);
        longest = width > longest ? width : longest;

        for (unsigned v = 0; v < release->nvariants; v++) {
            width = grayctl_width(release->variants[v].name) + 2;
            longest = width > longest ? width : longest;
        }
    }

    longest += 2;

    return longest < NAME_MAX_SHOWN ? (unsigned) longest : NAME_MAX_SHOWN;
}

static unsigned
with_rank(unsigned rank)
{
    for (unsigned i = 0; i < ALL; i++) {
        if (all[i].rank == rank) {
            return i;
        }
    }

    return ALL;
}

void
watch_columns_fit(
    watch_columns_t *columns, const watch_reading_t *reading, unsigned width)
{
    bool fits[ALL] = { false };
    unsigned i, used;

    memset(columns, 0, sizeof(*columns));
    columns->name = longest_name(reading);
    used = columns->name;

    for (unsigned rank = 1; rank <= ALL + 1; rank++) {
        i = with_rank(rank);

        if (i == ALL) {
            columns->spark = used + 2 + SPARK_MIN <= width ? SPARK_MIN : 0;
            used += columns->spark ? 2 + SPARK_MIN : 0;
        } else if (used + all[i].width <= width) {
            fits[i] = true;
            used += all[i].width;
        } else {
            break;
        }
    }

    for (i = 0; i < ALL; i++) {
        if (fits[i]) {
            columns->chosen[columns->n++] = i;
        }
    }

    if (columns->spark != 0 && used < width) {
        columns->spark += width - used;
        columns->spark
            = columns->spark < SPARK_MAX ? columns->spark : SPARK_MAX;
    }
}

void
watch_columns_head(const watch_columns_t *columns, watch_page_t *page)
{
    unsigned end = columns->name;

    watch_page_line(page);

    for (unsigned i = 0; i < columns->n; i++) {
        end += all[columns->chosen[i]].width;
        watch_page_right(page, 'd', end, "%s", all[columns->chosen[i]].head);
    }

    if (columns->spark != 0) {
        watch_page_to(page, end + 2);
        watch_page_put(page, 'd', "TREND");
    }
}

static void
draw_spark(const watch_columns_t *columns, const watch_trail_t *trail,
    const watch_release_t *release, const watch_variant_t *variant,
    watch_page_t *page)
{
    float rates[SPARK_MAX];
    char text[3 * SPARK_MAX + 1];
    watch_point_t points[SPARK_MAX];

    watch_trail_points(
        trail, release->name, variant->name, points, columns->spark);

    for (unsigned i = 0; i < columns->spark; i++) {
        rates[i] = points[i].rate;
    }

    watch_spark(text, rates, columns->spark, page->room.utf8);
    watch_page_put(page, 'g', "%s", text);
}

void
watch_columns_row(const watch_columns_t *columns,
    const watch_reading_t *reading, const watch_trail_t *trail,
    const watch_release_t *release, const watch_variant_t *variant,
    watch_page_t *page)
{
    char text[WATCH_FORMAT_MAX];
    unsigned end = columns->name;
    cell_t cell = { reading, variant, &variant->interval, 0 };

    watch_page_line(page);
    watch_page_put(page, 0, "    %.*s", (int) columns->name - 4, variant->name);

    for (unsigned i = 0; i < columns->n; i++) {
        cell.style = 0;
        end += all[columns->chosen[i]].width;
        all[columns->chosen[i]].show(&cell, text);
        watch_page_right(page, cell.style, end, "%s", text);
    }

    if (columns->spark != 0) {
        watch_page_to(page, end + 2);
        draw_spark(columns, trail, release, variant, page);
    }
}

/* --- reasons ------------------------------------------------------------------ */

static const struct {
    const char *head;
    gray_reason_t reason;
} reasons[] = {
    { "RULES", GRAY_REASON_TARGETING_MATCH },
    { "SPLIT", GRAY_REASON_SPLIT },
    { "DEFAULT", GRAY_REASON_DEFAULT },
    { "OVERRIDE", GRAY_REASON_OVERRIDE },
    { "OFF", GRAY_REASON_DISABLED },
    { "ERROR", GRAY_REASON_ERROR },
};

#define REASONS (sizeof(reasons) / sizeof(reasons[0]))
#define REASON_WIDTH 10

void
watch_reasons_draw(const watch_columns_t *columns,
    const watch_reading_t *reading, const watch_release_t *release,
    watch_page_t *page)
{
    char text[WATCH_FORMAT_MAX];
    const watch_variant_t *variant;
    unsigned i, v;

    watch_page_line(page);
    watch_page_put(page, 'd', "  decided/s");
    for (i = 0; i < REASONS; i++) {
        watch_page_right(page, 'd', columns->name + (i + 1) * REASON_WIDTH,
            "%s", reasons[i].head);
    }

    for (v = 0; v < release->nvariants; v++) {
        variant = &release->variants[v];
        watch_page_line(page);
        watch_page_put(
            page, 0, "    %.*s", (int) columns->name - 4, variant->name);

        for (i = 0; i < REASONS; i++) {
            uint64_t n = variant->reasons[reasons[i].reason];
            cell_t cell = { reading, variant, &variant->interval, 0 };

            per_second(&cell, n, text);
            watch_page_right(page,
                n > 0 && reasons[i].reason == GRAY_REASON_ERROR ? 'r' : 0,
                columns->name + (i + 1) * REASON_WIDTH, "%s", text);
        }
    }
}
