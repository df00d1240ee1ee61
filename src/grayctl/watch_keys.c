/* What is typed, and what it does. */

#include <string.h>

#include "watch_keys.h"

/* Longer sequences come before those that they begin with. */
static const struct {
    const char *bytes;
    watch_key_t key;
} keys[] = {
    { "\033[A", WATCH_KEY_UP },
    { "\033OA", WATCH_KEY_UP },
    { "\033[B", WATCH_KEY_DOWN },
    { "\033OB", WATCH_KEY_DOWN },
    { "\033[C", WATCH_KEY_OPEN },
    { "\033OC", WATCH_KEY_OPEN },
    { "\033[D", WATCH_KEY_BACK },
    { "\033OD", WATCH_KEY_BACK },
    { "\033[Z", WATCH_KEY_UP }, /* shift and tab */
    { "\033[H", WATCH_KEY_FIRST },
    { "\033OH", WATCH_KEY_FIRST },
    { "\033[1~", WATCH_KEY_FIRST },
    { "\033[F", WATCH_KEY_LAST },
    { "\033OF", WATCH_KEY_LAST },
    { "\033[4~", WATCH_KEY_LAST },
    { "k", WATCH_KEY_UP },
    { "j", WATCH_KEY_DOWN },
    { "\t", WATCH_KEY_DOWN },
    { "g", WATCH_KEY_FIRST },
    { "G", WATCH_KEY_LAST },
    { "\r", WATCH_KEY_OPEN },
    { "\n", WATCH_KEY_OPEN },
    { "l", WATCH_KEY_OPEN },
    { "h", WATCH_KEY_BACK },
    { "\177", WATCH_KEY_BACK },
    { "?", WATCH_KEY_HELP },
    { "q", WATCH_KEY_QUIT },
    { "Q", WATCH_KEY_QUIT },
    { "\003", WATCH_KEY_QUIT },
    { "\004", WATCH_KEY_QUIT },
    { "\032", WATCH_KEY_STOP },
};

/* The bytes of a sequence that is none of ours (ECMA-48, 5.4): up to its
 * final byte. */
static size_t
sequence(const char *bytes, size_t n)
{
    size_t i;

    if (n < 2 || (bytes[1] != '[' && bytes[1] != 'O')) {
        return 1;
    }

    for (i = 2; i < n; i++) {
        if (bytes[i] >= 0x40 && bytes[i] <= 0x7e) {
            return i + 1;
        }
    }

    return n;
}

watch_key_t
watch_key_read(const char *bytes, size_t n, size_t *used)
{
    size_t i, len;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        len = strlen(keys[i].bytes);

        if (n >= len && memcmp(bytes, keys[i].bytes, len) == 0) {
            *used = len;
            return keys[i].key;
        }
    }

    *used = *bytes == '\033' ? sequence(bytes, n) : 1;

    return *bytes == '\033' && *used == 1 ? WATCH_KEY_BACK : WATCH_KEY_NONE;
}

/* The number of the release of this name; 0 when there is none. */
static unsigned
number_of(const watch_reading_t *reading, const char *name)
{
    unsigned i;

    for (i = 0; i < reading->nreleases; i++) {
        if (strcmp(reading->releases[i].name, name) == 0) {
            return i;
        }
    }

    return 0;
}

static void
choose(watch_view_t *view, const watch_reading_t *reading, unsigned i)
{
    if (i >= reading->nreleases) {
        return;
    }

    strcpy(view->chosen, reading->releases[i].name);

    if (view->open[0] != '\0') {
        strcpy(view->open, view->chosen);
    }
}

/* Round and round while one is open, since there is no list to see the end
 * of. */
static unsigned
next(const watch_view_t *view, unsigned i, unsigned n, int step)
{
    if (view->open[0] != '\0') {
        return (i + n + (unsigned) step) % n;
    }

    if (step < 0) {
        return i > 0 ? i - 1 : 0;
    }

    return i + 1 < n ? i + 1 : i;
}

void
watch_view_follow(watch_view_t *view, const watch_reading_t *reading)
{
    if (view->open[0] == '\0'
        && watch_reading_find(reading, view->chosen) == NULL) {
        choose(view, reading, 0);
    }
}

bool
watch_view_key(
    watch_view_t *view, const watch_reading_t *reading, watch_key_t key)
{
    unsigned n = reading->nreleases;
    unsigned i = number_of(reading, view->chosen);

    if (key == WATCH_KEY_QUIT) {
        return false;
    }

    if (view->help || key == WATCH_KEY_HELP) {
        view->help = !view->help;
        return true;
    }

    if (key == WATCH_KEY_BACK) {
        view->open[0] = '\0';

    } else if (key == WATCH_KEY_OPEN && n > 0) {
        strcpy(view->open, view->chosen);

    } else if (key == WATCH_KEY_UP && n > 0) {
        choose(view, reading, next(view, i, n, -1));

    } else if (key == WATCH_KEY_DOWN && n > 0) {
        choose(view, reading, next(view, i, n, 1));

    } else if (key == WATCH_KEY_FIRST) {
        choose(view, reading, 0);

    } else if (key == WATCH_KEY_LAST && n > 0) {
        choose(view, reading, n - 1);
    }

    return true;
}
