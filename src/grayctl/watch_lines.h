/*
 * A reading as lines for who keeps or reads them by a program: a block of
 * text, or one JSON object.
 */

#ifndef GRAYCTL_WATCH_LINES_H
#define GRAYCTL_WATCH_LINES_H

#include <jansson.h>
#include "command.h"
#include "watch_trail.h"

/* The block, on stdout; of one release, or of all ("" ). */
void watch_lines_print(const grayctl_t *cli, const watch_reading_t *reading,
    const watch_trail_t *trail, const char *release);

/* docs/grayctl.md describes the members. */
json_t *watch_lines_json(const watch_reading_t *reading, const char *release);

#endif
