/*
 * One kernel, PID namespace and libc per store.
 *
 * DIR/namespace says, in one line, where the store is open. Two bytes of it
 * are locked (open-file-description locks, see fcntl(2): the kernel knows
 * them whatever the namespace, and drops them with the process):
 *
 *   byte 0   exclusively, while a process enters: some microseconds
 *   byte 1   shared, while a process has the store open
 *
 * Who enters and finds another place than its own tries for byte 1
 * exclusively. It gets it when nobody else has the store open, as after a
 * reboot or when a container was started anew, and then writes its own place;
 * otherwise the store is in use from elsewhere.
 */

#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PLACE_MAX 160

#ifdef __GLIBC__
#define LIBC "glibc"
#else
#define LIBC "musl"
#endif

/* How often, a millisecond apart, to ask for byte 0. */
#define ENTER_TRIES 200

static void
boot_id(char id[64])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

    strcpy(id, "unknown");
    if (file != NULL) {
        (void) !fscanf(file, "%63s", id);
        fclose(file);
    }
}

static size_t
here(char place[PLACE_MAX])
{
    struct stat pid = { .st_ino = 0 };
    char boot[64];

    boot_id(boot);
    (void) !stat("/proc/self/ns/pid", &pid);

    return (size_t) snprintf(place, PLACE_MAX,
        "boot=%s pidns=%ju libc=%s-%zu\n", boot, (uintmax_t) pid.st_ino, LIBC,
        8 * sizeof(void *));
}

static int
lock(int fd, off_t byte, short type)
{
    struct flock range = {
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = byte,
        .l_len = 1,
    };

    return fcntl(fd, F_OFD_SETLK, &range) == 0 ? 0 : errno;
}

static int
lock_entry(int fd)
{
    int rc = lock(fd, 0, F_WRLCK);

    for (int i = 0; (rc == EAGAIN || rc == EACCES) && i < ENTER_TRIES; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        rc = lock(fd, 0, F_WRLCK);
    }

    return rc;
}

static int
rewrite(int fd, const char *place, size_t len)
{
    if (pwrite(fd, place, len, 0) != (ssize_t) len) {
        return gray_store_error(errno);
    }

    return ftruncate(fd, (off_t) len) == 0 ? GRAY_STORE_OK
                                           : gray_store_error(errno);
}

/* With byte 0 locked. */
static int
enter(int fd, const char *path, const char *place, size_t len)
{
    char recorded[PLACE_MAX];
    ssize_t n;
    int rc = lock(fd, 1, F_RDLCK);

    if (rc != 0) {
        return gray_store_error_at(rc, path);
    }

    n = pread(fd, recorded, sizeof(recorded), 0);
    if (n == (ssize_t) len && memcmp(recorded, place, len) == 0) {
        return GRAY_STORE_OK;
    }

    if (lock(fd, 1, F_WRLCK) != 0) {
        return gray_store_fail(GRAY_STORE_ENAMESPACE,
            "%s says %.*s but this process is in %.*s", path,
            n > 0 ? (int) n - 1 : 0, recorded, (int) len - 1, place);
    }

    rc = rewrite(fd, place, len);
    lock(fd, 1, F_RDLCK);

    return rc;
}

static int
enter_file(int fd, const char *path, uint64_t *place)
{
    char text[PLACE_MAX];
    size_t len = here(text);
    int rc = lock_entry(fd);

    *place = gray_store_hash(text, len, 0);

    if (rc != 0) {
        return gray_store_error_at(rc, path);
    }

    rc = enter(fd, path, text, len);
    lock(fd, 0, F_UNLCK);

    return rc;
}

int
gray_store_place_enter(const char *dir, int *fd, uint64_t *place)
{
    char *path = gray_store_path(dir, "namespace");
    int rc;

    if (path == NULL) {
        return gray_store_error(ENOMEM);
    }

    *fd = open(path, O_RDWR | O_CLOEXEC);
    rc = *fd != -1 ? enter_file(*fd, path, place)
                   : gray_store_error_at(errno, path);
    free(path);

    return rc;
}

/* Byte 2 is locked, shared, by whoever waits for the writer lock. Nobody waits
 * for this lock, so that it cannot hold anybody up. */
void
gray_store_place_wait(int fd, bool waiting)
{
    (void) lock(fd, 2, waiting ? F_RDLCK : F_UNLCK);
}

bool
gray_store_place_awaited(int fd)
{
    struct flock range = {
        .l_type = F_WRLCK,
        .l_whence = SEEK_SET,
        .l_start = 2,
        .l_len = 1,
    };

    return fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}
