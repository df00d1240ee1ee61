/*
 * The screen of `grayctl watch`, as lines: nothing but what it is given.
 */

#ifndef GRAYCTL_WATCH_DRAW_H
#define GRAYCTL_WATCH_DRAW_H

#include "watch_page.h"
#include "watch_source.h"
#include "watch_trail.h"

/* What a person chose to see. */
typedef struct {
    watch_room_t room;
    bool help;
    char open[GRAY_NAME_MAX + 1];   /* this release; "": all of them     */
    char chosen[GRAY_NAME_MAX + 1]; /* among all of them                 */
} watch_view_t;

/* The caller frees *page. */
void watch_draw(const watch_view_t *view, const watch_reading_t *reading,
    const watch_trail_t *trail, watch_page_t *page);

/* --- parts (watch_table.c) ------------------------------------------------- */

/* The columns that fit, made for all releases so that rows are aligned. */
#define WATCH_COLUMNS_MAX 12

typedef struct {
    unsigned name; /* columns of the first one                          */
    unsigned n;
    unsigned chosen[WATCH_COLUMNS_MAX]; /* numbers of columns            */
    unsigned spark; /* columns for the sparkline; 0: none                */
} watch_columns_t;

void watch_columns_fit(
    watch_columns_t *columns, const watch_reading_t *reading, unsigned width);
void watch_columns_head(const watch_columns_t *columns, watch_page_t *page);
void watch_columns_row(const watch_columns_t *columns,
    const watch_reading_t *reading, const watch_trail_t *trail,
    const watch_release_t *release, const watch_variant_t *variant,
    watch_page_t *page);

/* Reasons, per second. */
void watch_reasons_draw(const watch_columns_t *columns,
    const watch_reading_t *reading, const watch_release_t *release,
    watch_page_t *page);

#endif
