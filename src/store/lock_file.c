/*
 * lock.mdb, which LMDB maps and every reader writes a slot into.
 *
 * LMDB makes it sparse. A slot in a page that a full disk has no room for
 * would kill its reader (SIGBUS), so all of it is allocated before LMDB opens
 * it.
 */

#include "store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cache line for each reader, as in LMDB's mdb.c; and its head. */
#define LOCK_FILE_SIZE (64 * GRAY_STORE_READERS + 4096)

/* 0 or errno. A file in use keeps its size, which says how many slots it
 * has; one that has its size and cannot be allocated is used as it is. */
static int
allocate(int fd)
{
    struct stat file;
    off_t size;
    int rc;

    if (fstat(fd, &file) == -1) {
        return errno;
    }

    size = file.st_size != 0 ? file.st_size : LOCK_FILE_SIZE;
    if ((off_t) file.st_blocks * 512 >= size) {
        return 0;
    }

    rc = posix_fallocate(fd, 0, size);
    if (rc != 0 && file.st_size == 0) {
        (void) !ftruncate(fd, 0);
        return rc;
    }

    return 0;
}

int
gray_store_lock_file_allocate(const char *dir, bool create)
{
    char *path = gray_store_path(dir, "lock.mdb");
    int fd, rc;

    if (path == NULL) {
        return gray_store_error(ENOMEM);
    }

    fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    rc = fd != -1 ? allocate(fd) : errno;

    if (fd != -1) {
        close(fd);
    }

    rc = rc == 0 ? GRAY_STORE_OK : gray_store_error_at(rc, path);
    free(path);

    return rc;
}
