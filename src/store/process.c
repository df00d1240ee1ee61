/* Whether a process is the one that it was: pid and start time. */

#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

bool
gray_process_gone(uint32_t pid)
{
    return kill((pid_t) pid, 0) == -1 && errno == ESRCH;
}

/* Field 22 of /proc/PID/stat; the second, the command's name, is in
 * parentheses and may hold anything. See proc(5). */
static uint64_t
start_in(const char *stat)
{
    const char *field = strrchr(stat, ')');

    for (int i = 2; field != NULL && i < 22; i++) {
        field = strchr(field + 1, ' ');
    }

    return field != NULL ? strtoull(field + 1, NULL, 10) : 0;
}

/* In a PID namespace that still has another's /proc, numbers there mean other
 * processes. */
static bool
proc_is_ours(void)
{
    char self[16] = "";

    return readlink("/proc/self", self, sizeof(self) - 1) > 0
           && strtol(self, NULL, 10) == (long) getpid();
}

uint64_t
gray_process_start(uint32_t pid)
{
    char path[32], stat[1024];
    ssize_t n = -1;
    int fd;

    if (!proc_is_ours()) {
        return 0;
    }

    snprintf(path, sizeof(path), "/proc/%u/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd != -1) {
        n = read(fd, stat, sizeof(stat) - 1);
        close(fd);
    }

    if (n <= 0) {
        return 0;
    }

    stat[n] = '\0';

    return start_in(stat);
}

uint64_t
gray_store_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}
