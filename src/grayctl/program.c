#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

/* What one program may print, and what is then kept of it. */
#define OUTPUT_MAX ((size_t) 8 << 20)

extern char **environ;

/* One of the program's two pipes, read to a growing buffer. */
typedef struct {
    int fd;
    size_t len;
    size_t room;
    char *text;
} pipe_t;

static int
reading_pipe(pipe_t *pipe, posix_spawn_file_actions_t *actions, int fd)
{
    int ends[2];

    memset(pipe, 0, sizeof(*pipe));
    pipe->fd = -1;
    pipe->room = 4096;
    pipe->text = malloc(pipe->room);

    if (pipe->text == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }

    pipe->fd = ends[0];
    posix_spawn_file_actions_adddup2(actions, ends[1], fd);

    return ends[1];
}

/* Reads what is there. */
static void
drain(pipe_t *pipe)
{
    ssize_t n;
    char *larger;

    if (pipe->len + 1 == pipe->room && pipe->room < OUTPUT_MAX) {
        larger = realloc(pipe->text, 2 * pipe->room);

        if (larger != NULL) {
            pipe->text = larger;
            pipe->room *= 2;
        }
    }

    if (pipe->len + 1 == pipe->room) {
        pipe->len = 0;
    }

    n = read(pipe->fd, pipe->text + pipe->len, pipe->room - pipe->len - 1);

    if (n > 0) {
        pipe->len += (size_t) n;

    } else if (n == 0 || errno != EINTR) {
        close(pipe->fd);
        pipe->fd = -1;
    }
}

static long
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads both pipes to their ends; false when the time is over. */
static bool
read_both(pipe_t pipes[2], unsigned seconds)
{
    int i;
    long end = now_ms() + 1000L * seconds, left;
    struct pollfd polls[2];

    while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
        left = end - now_ms();

        if (left <= 0) {
            return false;
        }

        for (i = 0; i < 2; i++) {
            polls[i] = (struct pollfd){ .fd = pipes[i].fd, .events = POLLIN };
        }

        if (poll(polls, 2, (int) left) < 0 && errno != EINTR) {
            return false;
        }

        for (i = 0; i < 2; i++) {
            if (pipes[i].fd >= 0 && polls[i].revents != 0) {
                drain(&pipes[i]);
            }
        }
    }

    return true;
}

static int
spawn(pid_t *pid, char *const argv[], const posix_spawn_file_actions_t *actions)
{
    size_t i;
    char path[512];
    static const char *folders[]
        = { "/usr/sbin", "/usr/local/sbin", "/usr/local/nginx/sbin", "/sbin" };

    if (posix_spawnp(pid, argv[0], actions, NULL, argv, environ) == 0) {
        return 0;
    }

    for (i = 0; i < sizeof(folders) / sizeof(folders[0])
                && strchr(argv[0], '/') == NULL;
         i++)
    {
        snprintf(path, sizeof(path), "%s/%s", folders[i], argv[0]);

        if (posix_spawn(pid, path, actions, NULL, argv, environ) == 0) {
            return 0;
        }
    }

    return -1;
}

/* Waits for a program that has closed its pipes or is to be killed. */
static int
wait_for(pid_t pid, bool in_time)
{
    int status;

    if (!in_time) {
        kill(pid, SIGKILL);
    }

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }

    return in_time && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
program_run(char *const argv[], unsigned seconds, char **out, char **err)
{
    int i, writers[2], code = -1;
    pid_t pid;
    pipe_t pipes[2];
    posix_spawn_file_actions_t actions;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(
        &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

    for (i = 0; i < 2; i++) {
        writers[i] = reading_pipe(&pipes[i], &actions, i + 1);
    }

    if (writers[0] >= 0 && writers[1] >= 0 && spawn(&pid, argv, &actions) == 0)
    {
        close(writers[0]);
        close(writers[1]);
        writers[0] = writers[1] = -1;
        code = wait_for(pid, read_both(pipes, seconds));
    }

    for (i = 0; i < 2; i++) {
        if (writers[i] >= 0) {
            close(writers[i]);
        }

        if (pipes[i].fd >= 0) {
            close(pipes[i].fd);
        }

        if (pipes[i].text != NULL) {
            pipes[i].text[pipes[i].len] = '\0';
        }

        if (code < 0) {
            free(pipes[i].text);
            pipes[i].text = NULL;
        }
    }

    posix_spawn_file_actions_destroy(&actions);
    *out = pipes[0].text;
    *err = pipes[1].text;

    return code;
}
