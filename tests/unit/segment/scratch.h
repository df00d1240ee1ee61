/*
 * A folder for one test, and children that do one thing in another process.
 */

#ifndef GRAY_UNIT_SEGMENT_SCRATCH_H
#define GRAY_UNIT_SEGMENT_SCRATCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* cmocka's assertions must not run in a child: it tells by its exit status,
 * the line that failed. */
#define CHILD_CHECK(condition)                                            \
    do {                                                                  \
        if (!(condition)) {                                               \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, \
                #condition, errno);                                       \
            _exit(1);                                                     \
        }                                                                 \
    } while (0)

#define CHILD_SKIPPED 77

typedef struct {
    char dir[128];
    char path[192];
} scratch_t;


static inline int
scratch_setup(void **state)
{
    scratch_t *scratch = calloc(1, sizeof(*scratch));
    const char *tmp = getenv("TMPDIR");

    snprintf(scratch->dir, sizeof(scratch->dir), "%s/gray-segment.XXXXXX",
        tmp == NULL || strlen(tmp) > 64 ? "/tmp" : tmp);

    if (mkdtemp(scratch->dir) == NULL || chmod(scratch->dir, 0755) != 0) {
        return -1;
    }

    snprintf(scratch->path, sizeof(scratch->path), "%s/file", scratch->dir);
    *state = scratch;
    return 0;
}


static inline int
scratch_teardown(void **state)
{
    scratch_t *scratch = *state;

    unlink(scratch->path);

    /* nothing but the file may be left behind */
    int rc = rmdir(scratch->dir);

    free(scratch);
    return rc;
}


/* Runs `act` in a child; returns its pid. */
static inline pid_t
child_start(void (*act)(void *data), void *data)
{
    pid_t pid = fork();

    if (pid == 0) {
        alarm(60);
        act(data);
        _exit(0);
    }

    assert_true(pid > 0);
    return pid;
}


static inline int
child_wait(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}


static inline void
child_run(void (*act)(void *data), void *data)
{
    int status = child_wait(child_start(act, data));

    if (status == CHILD_SKIPPED) {
        skip();
    }

    assert_int_equal(status, 0);
}


static inline void
child_become(uid_t uid, gid_t gid)
{
    if (geteuid() != 0) {
        _exit(CHILD_SKIPPED);
    }

    CHILD_CHECK(setgroups(0, NULL) == 0);
    CHILD_CHECK(setresgid(gid, gid, gid) == 0);
    CHILD_CHECK(setresuid(uid, uid, uid) == 0);
}


/* Mounts a tmpfs that only this child sees. */
static inline void
child_mount(const char *dir, const char *options)
{
    if (unshare(CLONE_NEWNS) != 0
        || mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) != 0
        || mount("tmpfs", dir, "tmpfs", 0, options) != 0)
    {
        _exit(CHILD_SKIPPED);
    }
}


/* Writes until no byte is left. */
static inline void
child_fill_disk(const char *dir)
{
    static const char block[4096] = { 1 };
    char path[256];

    snprintf(path, sizeof(path), "%s/filler", dir);

    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHILD_CHECK(fd >= 0);

    for (size_t len = sizeof(block); len > 0; len /= 2) {
        while (write(fd, block, len) > 0) {
        }
    }

    CHILD_CHECK(errno == ENOSPC);
    close(fd);
}


static inline void
damage(const char *path, off_t offset, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

#endif
