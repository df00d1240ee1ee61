/* The terminal while it is ours (ECMA-48, and xterm's private modes). */

#define _GNU_SOURCE /* strchrnul */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "watch_terminal.h"

/* The other screen, without a cursor; and back. */
#define TAKE "\033[?1049h\033[?25l\033[2J"
#define GIVE "\033[?25h\033[?1049l"

/* The rest of a key's sequence comes within this. */
#define SEQUENCE_MS 30

bool
watch_terminal_usable(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term != NULL && *term != '\0'
           && strcmp(term, "dumb") != 0;
}

/* All of it, also to a terminal that is slow. */
static void
send(const char *text, size_t len)
{
    ssize_t n;

    while (len > 0) {
        n = write(STDOUT_FILENO, text, len);

        if (n < 0 && errno != EINTR) {
            return;
        }

        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t) n : 0;
    }
}

static void
enter(watch_terminal_t *terminal)
{
    struct termios raw;

    if (terminal->keys) {
        raw = terminal->before;
        raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO | ISIG | IEXTEN);
        raw.c_iflag &= ~(tcflag_t) (IXON | ICRNL);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }

    send(TAKE, sizeof(TAKE) - 1);
    terminal->taken = true;
}

static void
leave(watch_terminal_t *terminal)
{
    if (!terminal->taken) {
        return;
    }

    send(GIVE, sizeof(GIVE) - 1);
    terminal->taken = false;

    if (terminal->keys) {
        (void) tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
    }
}

int
watch_terminal_take(watch_terminal_t *terminal)
{
    sigset_t signals;
    static const int ours[]
        = { SIGWINCH, SIGCONT, SIGINT, SIGTERM, SIGHUP, SIGQUIT };

    memset(terminal, 0, sizeof(*terminal));
    sigemptyset(&signals);

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        sigaddset(&signals, ours[i]);
    }

    terminal->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

    if (terminal->signals < 0) {
        return -1;
    }

    sigprocmask(SIG_BLOCK, &signals, &terminal->mask);
    terminal->keys = tcgetattr(STDIN_FILENO, &terminal->before) == 0;
    enter(terminal);

    return 0;
}

void
watch_terminal_give(watch_terminal_t *terminal)
{
    leave(terminal);
    (void) close(terminal->signals);
    sigprocmask(SIG_SETMASK, &terminal->mask, NULL);
}

void
watch_terminal_stop(watch_terminal_t *terminal)
{
    leave(terminal);
    (void) kill(0, SIGTSTP);
    enter(terminal);
}

void
watch_terminal_size(unsigned *width, unsigned *height)
{
    struct winsize size = { 0 };

    (void) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *width = size.ws_col ? size.ws_col : 80;
    *height = size.ws_row ? size.ws_row : 24;
}

/* One write, each line over the old one: nothing flickers. A line is cleared
 * before it is written, as a full one leaves the cursor at its last column. What
 * a terminal of another size makes of the old lines is its own. */
void
watch_terminal_show(watch_terminal_t *terminal, const watch_page_t *page)
{
    bool another = page->room.width != terminal->width
                   || page->room.height != terminal->height;
    const char *line = page->text ? page->text : "", *end;
    size_t room = page->len + (page->nlines + 2) * 8, len = 0;
    char *out = malloc(room);

    if (out == NULL) {
        return;
    }

    terminal->width = page->room.width;
    terminal->height = page->room.height;
    len = (size_t) (stpcpy(out, another ? "\033[H\033[2J" : "\033[H") - out);

    for (unsigned i = 0; i < page->nlines; i++) {
        end = strchrnul(line, '\n');
        len = (size_t) (stpcpy(out + len, i > 0 ? "\r\n\033[K" : "\033[K")
                        - out);
        memcpy(out + len, line, (size_t) (end - line));
        len += (size_t) (end - line);
        line = *end == '\n' ? end + 1 : end;
    }

    if (page->nlines < page->room.height) {
        len = (size_t) (stpcpy(out + len, "\r\n\033[J") - out);
    }

    send(out, len);
    free(out);
}

/* --- waiting --------------------------------------------------------------------- */

static watch_woke_t
signalled(watch_terminal_t *terminal)
{
    struct signalfd_siginfo info;
    watch_woke_t woke = WATCH_WOKE_TIME;

    while (read(terminal->signals, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT) {
            woke = woke == WATCH_WOKE_TIME ? WATCH_WOKE_SIZE : woke;
        } else {
            terminal->ended = (int) info.ssi_signo;
            woke = WATCH_WOKE_END;
        }
    }

    return woke;
}

static bool
typed(watch_terminal_t *terminal)
{
    ssize_t n = read(STDIN_FILENO, terminal->bytes + terminal->nbytes,
        sizeof(terminal->bytes) - terminal->nbytes);

    terminal->nbytes += n > 0 ? (size_t) n : 0;

    return n > 0 || (n < 0 && errno == EINTR);
}

watch_woke_t
watch_terminal_wait(watch_terminal_t *terminal, int fd, uint64_t ms)
{
    watch_woke_t woke = WATCH_WOKE_TIME;
    struct pollfd polls[] = {
        { .fd = terminal->signals, .events = POLLIN },
        { .fd = terminal->keys ? STDIN_FILENO : -1, .events = POLLIN },
        { .fd = STDOUT_FILENO, .events = 0 },
        { .fd = fd, .events = POLLIN },
    };

    if (poll(polls, 4, (int) ms) <= 0) {
        return WATCH_WOKE_TIME;
    }

    if (polls[0].revents != 0) {
        woke = signalled(terminal);
    }

    if (woke != WATCH_WOKE_END
        && ((polls[2].revents & (POLLHUP | POLLERR)) != 0
            || (polls[1].revents != 0 && !typed(terminal))))
    {
        return WATCH_WOKE_END;
    }

    if (woke == WATCH_WOKE_TIME && polls[1].revents != 0) {
        woke = WATCH_WOKE_KEYS;
    }

    return woke == WATCH_WOKE_TIME && polls[3].revents != 0 ? WATCH_WOKE_NEWS
                                                            : woke;
}

bool
watch_terminal_key(watch_terminal_t *terminal, watch_key_t *key)
{
    size_t used;
    struct pollfd more = { .fd = STDIN_FILENO, .events = POLLIN };

    if (terminal->nbytes == 0) {
        return false;
    }

    /* a lone escape, or the beginning of a sequence? */
    if (terminal->nbytes == 1 && terminal->bytes[0] == '\033'
        && poll(&more, 1, SEQUENCE_MS) == 1)
    {
        (void) typed(terminal);
    }

    *key = watch_key_read(terminal->bytes, terminal->nbytes, &used);
    terminal->nbytes -= used;
    memmove(terminal->bytes, terminal->bytes + used, terminal->nbytes);

    return true;
}
