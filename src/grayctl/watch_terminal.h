/*
 * The terminal while `grayctl watch` has it: the other screen, keys as they
 * are typed, its size. Whatever ends the watch gives it back as it was.
 */

#ifndef GRAYCTL_WATCH_TERMINAL_H
#define GRAYCTL_WATCH_TERMINAL_H

#include <signal.h>
#include <stdint.h>
#include <termios.h>
#include "watch_keys.h"

/* What woke the waiting. */
typedef enum {
    WATCH_WOKE_TIME = 0, /* nothing but the time                        */
    WATCH_WOKE_KEYS,
    WATCH_WOKE_NEWS, /* the other descriptor can be read                */
    WATCH_WOKE_SIZE,
    WATCH_WOKE_END /* a signal to end, or the terminal is gone          */
} watch_woke_t;

typedef struct {
    bool keys;      /* stdin is a terminal                                 */
    bool taken;     /* between take and give                               */
    int signals;    /* a signalfd: SIGWINCH and what ends us               */
    int ended;      /* the signal that did; 0: none                        */
    unsigned width; /* of what it was shown last                        */
    unsigned height;
    sigset_t mask;
    struct termios before;
    size_t nbytes; /* typed, and not read yet                           */
    char bytes[64];
} watch_terminal_t;

/* Whether stdout can be used so. */
bool watch_terminal_usable(void);

/* Takes it; -1 and errno. */
int watch_terminal_take(watch_terminal_t *terminal);
void watch_terminal_give(watch_terminal_t *terminal);

/* Stops the process as Ctrl-Z does, and goes on when it is continued. */
void watch_terminal_stop(watch_terminal_t *terminal);

/* How large it is. */
void watch_terminal_size(unsigned *width, unsigned *height);

/* Puts the page's lines over those that are there. */
void watch_terminal_show(watch_terminal_t *terminal, const watch_page_t *page);

/* Waits at most so long; for `fd` too, unless that is negative. */
watch_woke_t watch_terminal_wait(
    watch_terminal_t *terminal, int fd, uint64_t ms);

/* The next key that was typed; false when there is none. */
bool watch_terminal_key(watch_terminal_t *terminal, watch_key_t *key);

#endif
