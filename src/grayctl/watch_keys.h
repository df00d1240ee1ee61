/*
 * What is typed, and what it does to the screen.
 */

#ifndef GRAYCTL_WATCH_KEYS_H
#define GRAYCTL_WATCH_KEYS_H

#include "watch_draw.h"

typedef enum {
    WATCH_KEY_NONE = 0, /* one that means nothing                       */
    WATCH_KEY_QUIT,
    WATCH_KEY_STOP, /* Ctrl-Z                                           */
    WATCH_KEY_UP,
    WATCH_KEY_DOWN,
    WATCH_KEY_FIRST,
    WATCH_KEY_LAST,
    WATCH_KEY_OPEN,
    WATCH_KEY_BACK,
    WATCH_KEY_HELP
} watch_key_t;

/* The key that the `n` bytes begin with, and its bytes; n > 0. */
watch_key_t watch_key_read(const char *bytes, size_t n, size_t *used);

/* Chooses a release if none is, or if the one that was is gone. */
void watch_view_follow(watch_view_t *view, const watch_reading_t *reading);

/* Does what the key says; false for WATCH_KEY_QUIT, when it is to end. */
bool watch_view_key(
    watch_view_t *view, const watch_reading_t *reading, watch_key_t key);

#endif
