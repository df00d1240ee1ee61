#include <time.h>
#include <unistd.h>

#include "output.h"
#include "progress.h"

#define FIRST_AFTER_MS 2000
#define AGAIN_AFTER_MS 200

static uint64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

void
grayctl_progress_begin(
    grayctl_progress_t *progress, const grayctl_t *cli, const char *what)
{
    progress->what = what;
    progress->shown = !cli->quiet && isatty(STDERR_FILENO);
    progress->output = false;
    progress->started = now_ms();
    progress->drawn = 0;
}

int
grayctl_progress_tell(void *data, uint64_t done)
{
    grayctl_progress_t *progress = data;
    uint64_t now = now_ms(), elapsed = now - progress->started;
    char number[32], rate[32], time[32];

    if (progress->output && !grayctl_output_alive()) {
        return -1;
    }

    if (!progress->shown || elapsed < FIRST_AFTER_MS
        || now - progress->drawn < AGAIN_AFTER_MS)
    {
        return 0;
    }

    progress->drawn = now;
    fprintf(stderr, "\r\033[K%s %s, %s per second, %s",
        grayctl_number(number, done), progress->what,
        grayctl_number(rate, done * 1000 / elapsed),
        grayctl_ago(time, elapsed));
    fflush(stderr);

    return 0;
}

void
grayctl_progress_end(grayctl_progress_t *progress)
{
    if (progress->drawn != 0) {
        fputs("\r\033[K", stderr);
        progress->drawn = 0;
    }
}
