#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

/* "pid (name) S ppid …": a name is at most 15 bytes and may hold anything,
 * so fields are counted from the last ")". */
#define STAT_TEXT_MAX 1024
#define STAT_STATE 3
#define STAT_STARTED 22

typedef struct {
    char state;
    uint64_t started;
} process_stat_t;


static bool
process_parse(const char *text, process_stat_t *stat)
{
    const char *p = strrchr(text, ')');

    if (p == NULL || p[1] != ' ' || p[2] == '\0') {
        return false;
    }

    p += 2;
    stat->state = *p;

    for (int field = STAT_STATE; field < STAT_STARTED; field++) {
        p = strchr(p, ' ');

        if (p == NULL) {
            return false;
        }

        p++;
    }

    return sscanf(p, "%" SCNu64, &stat->started) == 1;
}


static bool
process_stat(uint32_t pid, process_stat_t *stat)
{
    char path[64], text[STAT_TEXT_MAX];

    snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }

    ssize_t n = read(fd, text, sizeof(text) - 1);

    close(fd);

    if (n <= 0) {
        return false;
    }

    text[n] = '\0';
    return process_parse(text, stat);
}


uint32_t
gray_process_namespace(void)
{
    struct stat namespace;

    return stat("/proc/self/ns/pid", &namespace) == 0
               ? (uint32_t) namespace.st_ino
               : 0;
}


uint64_t
gray_process_started(uint32_t pid)
{
    process_stat_t stat;

    return process_stat(pid, &stat) ? stat.started : 0;
}


bool
gray_process_alive(uint32_t pid, uint64_t started)
{
    process_stat_t stat;

    /* pid_t is signed, and 0 and negative ones are process groups */
    if (pid == 0 || pid > INT32_MAX) {
        return false;
    }

    if (!process_stat(pid, &stat)) {
        return kill((pid_t) pid, 0) == 0 || errno == EPERM;
    }

    if (stat.state == 'Z' || stat.state == 'X') {
        return false;
    }

    return started == 0 || stat.started == started;
}
