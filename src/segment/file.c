#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

static int
segment_fill(int fd, mode_t mode, gid_t group, const gray_segment_head_t *head,
    size_t head_len)
{
    /* posix_fallocate returns the error and leaves errno alone */
    int rc = posix_fallocate(fd, 0, (off_t) head->size);

    if (rc != 0) {
        errno = rc;
        return -1;
    }

    ssize_t n = pwrite(fd, head, head_len, 0);

    if (n != (ssize_t) head_len) {
        errno = n < 0 ? errno : ENOSPC;
        return -1;
    }

    /* the owner first: chown clears mode bits */
    if (group != (gid_t) -1 && fchown(fd, (uid_t) -1, group) != 0) {
        return -1;
    }

    return fchmod(fd, mode) != 0 ? -1 : fsync(fd);
}


/* Makes the new name durable. */
static int
segment_sync_folder(const char *path)
{
    char folder[GRAY_SEGMENT_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 0 : (int) (slash - path) + 1;

    snprintf(folder, sizeof(folder), "%.*s", len == 0 ? 1 : len,
        len == 0 ? "." : path);

    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }

    int rc = fsync(fd);
    int saved = errno;

    close(fd);
    errno = saved;
    return rc;
}


int
gray_segment_create(const char *path, mode_t mode, gid_t group,
    const gray_segment_head_t *head, size_t head_len)
{
    char temporary[GRAY_SEGMENT_PATH_MAX];
    int len = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);

    if (len < 0 || (size_t) len >= sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }

    int rc = segment_fill(fd, mode, group, head, head_len);

    /* link, unlike rename, never replaces a file that is there */
    if (rc == 0) {
        rc = link(temporary, path);
    }

    int saved = errno;

    unlink(temporary);
    close(fd);
    errno = saved;
    return rc == 0 ? segment_sync_folder(path) : -1;
}


static int
segment_check(int fd, const gray_segment_head_t *want)
{
    struct stat st;
    gray_segment_head_t head;

    if (fstat(fd, &st) != 0) {
        return -1;
    }

    if (!S_ISREG(st.st_mode) || (uint64_t) st.st_size != want->size) {
        errno = EBADMSG;
        return -1;
    }

    ssize_t n = pread(fd, &head, sizeof(head), 0);

    if (n < 0) {
        return -1;
    }

    if (n != sizeof(head) || memcmp(&head, want, sizeof(head)) != 0) {
        errno = EBADMSG;
        return -1;
    }

    return 0;
}


int
gray_segment_open(const char *path, bool writable, int prot,
    const gray_segment_head_t *want, int *fd, void **map)
{
    /* O_NONBLOCK: a FIFO of that name must not hang us */
    int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK;
    int opened = open(path, flags);

    if (opened < 0) {
        return -1;
    }

    void *mapped = MAP_FAILED;

    if (segment_check(opened, want) == 0) {
        mapped = mmap(NULL, want->size, prot, MAP_SHARED, opened, 0);
    }

    if (mapped == MAP_FAILED) {
        int saved = errno;

        close(opened);
        errno = saved;
        return -1;
    }

    *fd = opened;
    *map = mapped;
    return 0;
}


int
gray_segment_lock(int fd, unsigned ms)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    for (unsigned i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return -1;
        }

        if (i >= ms) {
            errno = ETIMEDOUT;
            return -1;
        }

        nanosleep(&pause, NULL);
    }

    return 0;
}


void
gray_segment_unlock(int fd)
{
    int saved = errno;

    flock(fd, LOCK_UN);
    errno = saved;
}


int
gray_segment_current(int fd, const char *path)
{
    struct stat open_file, named;

    if (fstat(fd, &open_file) != 0) {
        return -1;
    }

    if (stat(path, &named) != 0 || named.st_dev != open_file.st_dev
        || named.st_ino != open_file.st_ino)
    {
        errno = ESTALE;
        return -1;
    }

    return 0;
}


bool
gray_segment_name_ok(const char *name)
{
    size_t len = name == NULL ? 0 : strnlen(name, GRAY_SEGMENT_NAME_MAX + 1);

    return len >= 1 && len <= GRAY_SEGMENT_NAME_MAX;
}


static uint64_t
gray_segment_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}


uint64_t
gray_segment_now(void)
{
    return gray_segment_clock(CLOCK_REALTIME);
}


uint64_t
gray_segment_ticks(void)
{
    return gray_segment_clock(CLOCK_MONOTONIC);
}
