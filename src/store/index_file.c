/* The file of an index: made, mapped, locked, given up. */

#include "index_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "GRAYIDX1"

/* A file grows by this part of itself, so that it does so seldom. */
#define RESERVE 16

_Static_assert(sizeof(gray_index_header_t) <= 512,
    "the header is in one sector: a disk writes it as a whole");
_Static_assert(sizeof(gray_index_slot_t) == 8, "slots need no lock");

void
gray_index_path(uint64_t list, char path[GRAY_INDEX_PATH_MAX])
{
    snprintf(path, GRAY_INDEX_PATH_MAX, GRAY_INDEX_DIR "/%016llx",
        (unsigned long long) list);
}

static uint64_t
checksum(const gray_index_header_t *header)
{
    return gray_store_hash(header, offsetof(gray_index_header_t, checksum), 0);
}

/* --- mapping ---------------------------------------------------------------- */

void
gray_index_close(gray_index_t *index)
{
    if (index == NULL) {
        return;
    }

    if (index->map != MAP_FAILED) {
        munmap(index->map, (index->pages + 1) * GRAY_INDEX_PAGE);
    }

    if (index->fd != -1) {
        close(index->fd);
    }

    free(index);
}

static int
map_file(gray_index_t *index)
{
    struct stat file;

    if (fstat(index->fd, &file) == -1) {
        return errno;
    }

    if (!S_ISREG(file.st_mode) || file.st_size < GRAY_INDEX_PAGE) {
        return ENOENT;
    }

    index->pages = (size_t) file.st_size / GRAY_INDEX_PAGE - 1;
    index->map = mmap(NULL, (index->pages + 1) * GRAY_INDEX_PAGE,
        PROT_READ | (index->writable ? PROT_WRITE : 0), MAP_SHARED, index->fd,
        0);

    if (index->map == MAP_FAILED) {
        return errno;
    }

    /* Slots are written here and there: reading ahead, tens of megabytes of a
     * new file at once, would keep a processor in the kernel for 20 ms. */
    if (index->writable) {
        (void) madvise(
            index->map, (index->pages + 1) * GRAY_INDEX_PAGE, MADV_RANDOM);
    }

    return 0;
}

static gray_index_t *
new_index(uint64_t list, bool writable)
{
    gray_index_t *index = calloc(1, sizeof(*index));

    if (index != NULL) {
        index->fd = -1;
        index->map = MAP_FAILED;
        index->list = list;
        index->writable = writable;
    }

    return index;
}

/* What must hold whatever the list's digest is. */
static bool
trusted(const gray_store_t *store, const gray_index_t *index)
{
    const gray_index_header_t *header = index->header;
    uint64_t growth
        = atomic_load_explicit(&header->growth, memory_order_acquire);
    uint64_t level = gray_index_level(growth);

    return memcmp(header->magic, MAGIC, sizeof(header->magic)) == 0
           && header->checksum == checksum(header)
           && memcmp(header->store, store->id, sizeof(store->id)) == 0
           && header->list == index->list && header->base >= 1
           && header->base < (uint64_t) 1 << 32 && level <= GRAY_INDEX_LEVELS
           && gray_index_split(growth) < header->base << level
           && atomic_load_explicit(&header->synced, memory_order_acquire)
                  <= growth
           && gray_index_pages(header->base, growth) <= index->pages;
}

int
gray_index_map(
    gray_store_t *store, uint64_t list, bool writable, gray_index_t **indexp)
{
    gray_index_t *index = new_index(list, writable);
    char path[GRAY_INDEX_PATH_MAX];

    if (index == NULL) {
        return gray_store_error(ENOMEM);
    }

    gray_index_path(list, path);
    index->fd = openat(store->dir_fd, path,
        (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (index->fd == -1 || map_file(index) != 0 || !trusted(store, index)) {
        gray_index_close(index);
        return GRAY_STORE_ENOTFOUND;
    }

    index->base = index->header->base;
    *indexp = index;

    return GRAY_STORE_OK;
}

/* --- making ------------------------------------------------------------------ */

/* The folder is made with the store; this is for one that was made without. */
static int
open_new(gray_store_t *store, const char *path)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = openat(store->dir_fd, path, flags, 0600);
    struct stat data;

    if (fd != -1 || errno != ENOENT || stat(store->data_path, &data) == -1
        || mkdirat(store->dir_fd, GRAY_INDEX_DIR, 0750) == -1)
    {
        return fd;
    }

    if (fchownat(store->dir_fd, GRAY_INDEX_DIR, (uid_t) -1, data.st_gid, 0)
            == -1
        || fchmodat(store->dir_fd, GRAY_INDEX_DIR, 0750, 0) == -1)
    {
        return -1;
    }

    return openat(store->dir_fd, path, flags, 0600);
}

/* Readers belong to the group of data.mdb. */
static int
give_to_group(const gray_store_t *store, int fd)
{
    struct stat data, file;

    if (stat(store->data_path, &data) == -1 || fstat(fd, &file) == -1
        || (file.st_gid != data.st_gid
            && fchown(fd, (uid_t) -1, data.st_gid) == -1)
        || fchmod(fd, 0640) == -1)
    {
        return errno;
    }

    return 0;
}

static void
write_header(const gray_store_t *store, gray_index_t *index)
{
    gray_index_header_t *header = index->header;

    memcpy(header->magic, MAGIC, sizeof(header->magic));
    memcpy(header->store, store->id, sizeof(header->store));
    header->list = index->list;
    header->base = index->base;
    header->checksum = checksum(header);
    atomic_store_explicit(
        &header->state, GRAY_INDEX_BUILDING, memory_order_release);
}

static int
make_file(gray_store_t *store, gray_index_t *index, const char *path)
{
    int rc;

    index->fd = open_new(store, path);
    if (index->fd == -1) {
        return errno;
    }

    rc = give_to_group(store, index->fd);
    if (rc == 0
        && fallocate(
               index->fd, 0, 0, (off_t) (index->base + 1) * GRAY_INDEX_PAGE)
               == -1)
    {
        rc = errno;
    }
    if (rc == 0) {
        rc = map_file(index);
    }

    return rc;
}

int
gray_index_create(
    gray_store_t *store, uint64_t list, uint64_t members, gray_index_t **indexp)
{
    gray_index_t *index = new_index(list, true);
    uint64_t each = GRAY_INDEX_SLOTS * GRAY_INDEX_BEGIN;
    char path[GRAY_INDEX_PATH_MAX];
    int rc;

    if (index == NULL) {
        return gray_store_error(ENOMEM);
    }

    index->base = (members * 100 + each - 1) / each;
    index->base = index->base != 0 ? index->base : 1;

    gray_index_path(list, path);
    gray_index_give_up(store, list);

    rc = make_file(store, index, path);
    if (rc != 0) {
        (void) unlinkat(store->dir_fd, path, 0);
        gray_index_close(index);
        return gray_store_error_at(rc, path);
    }

    write_header(store, index);
    gray_index_at(store, GRAY_INDEX_AT_CREATED, list);
    *indexp = index;

    return GRAY_STORE_OK;
}

int
gray_index_reach(gray_index_t *index, uint64_t pages)
{
    size_t old = (index->pages + 1) * GRAY_INDEX_PAGE;
    struct stat file;
    off_t need;
    void *map;

    if (pages <= index->pages) {
        return GRAY_STORE_OK;
    }

    need = (off_t) (pages + 1) * GRAY_INDEX_PAGE;
    if (fstat(index->fd, &file) == -1) {
        return GRAY_STORE_ESYSTEM;
    }

    if (file.st_size < need) {
        need += (off_t) (pages / RESERVE) * GRAY_INDEX_PAGE;

        if (!index->writable || fallocate(index->fd, 0, 0, need) == -1) {
            return GRAY_STORE_ESYSTEM;
        }
        file.st_size = need;
    }

    pages = (uint64_t) file.st_size / GRAY_INDEX_PAGE;
    map = mremap(index->map, old, pages * GRAY_INDEX_PAGE, MREMAP_MAYMOVE);
    if (map == MAP_FAILED) {
        return GRAY_STORE_ESYSTEM;
    }

    index->map = map;
    index->pages = pages - 1;

    return GRAY_STORE_OK;
}

/* --- the whole file ------------------------------------------------------------ */

bool
gray_index_current(const gray_store_t *store, const gray_index_t *index)
{
    char path[GRAY_INDEX_PATH_MAX];
    struct stat named, open;

    gray_index_path(index->list, path);

    return fstatat(store->dir_fd, path, &named, AT_SYMLINK_NOFOLLOW) == 0
           && fstat(index->fd, &open) == 0 && named.st_ino == open.st_ino
           && named.st_dev == open.st_dev
           && open.st_size >= (off_t) (index->pages + 1) * GRAY_INDEX_PAGE;
}

static int
set_lock(
    const gray_index_t *index, gray_index_lock_t lock, short type, bool wait)
{
    struct flock range = {
        .l_type = type,
        .l_whence = SEEK_SET,
        .l_start = (off_t) lock,
        .l_len = 1,
    };
    int rc;

    do {
        rc = fcntl(index->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
    } while (rc == -1 && errno == EINTR);

    return rc == 0 ? GRAY_STORE_OK : GRAY_STORE_ESYSTEM;
}

int
gray_index_lock(gray_index_t *index, gray_index_lock_t lock, bool wait)
{
    return set_lock(index, lock, F_WRLCK, wait);
}

void
gray_index_unlock(gray_index_t *index, gray_index_lock_t lock)
{
    (void) set_lock(index, lock, F_UNLCK, false);
}

int
gray_index_sync(gray_store_t *store, gray_index_t *index)
{
    int rc;

    do {
        rc = fdatasync(index->fd);
    } while (rc == -1 && errno == EINTR);

    if (rc == -1) {
        return gray_store_error_at(errno, GRAY_INDEX_DIR);
    }

    gray_index_at(store, GRAY_INDEX_AT_SYNCED, index->list);

    return GRAY_STORE_OK;
}

void
gray_index_give_up(gray_store_t *store, uint64_t list)
{
    char path[GRAY_INDEX_PATH_MAX];

    gray_index_path(list, path);
    (void) unlinkat(store->dir_fd, path, 0);
}

/* A lease for writing is given to the only one who has the file open. Where
 * there are no leases nobody can be asked. */
static bool
read_by_others(int fd)
{
    if (fcntl(fd, F_SETLEASE, F_WRLCK) == 0) {
        return false; /* it ends with fd */
    }

    return errno == EAGAIN;
}

void
gray_index_bury(gray_store_t *store, uint64_t list)
{
    char path[GRAY_INDEX_PATH_MAX];
    int fd;

    gray_index_path(list, path);
    fd = openat(
        store->dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd == -1 || !read_by_others(fd)) {
        (void) unlinkat(store->dir_fd, path, 0);
    }

    if (fd != -1) {
        close(fd);
    }
}

void
gray_index_retire(gray_store_t *store, uint64_t list)
{
    char path[GRAY_INDEX_PATH_MAX];
    uint64_t state = GRAY_INDEX_BUILDING;
    int fd;

    gray_index_path(list, path);
    fd = openat(store->dir_fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd != -1) {
        (void) !pwrite(
            fd, &state, sizeof(state), offsetof(gray_index_header_t, state));
        close(fd);
    }
}

int
gray_index_give_up_for_good(gray_store_t *store, uint64_t list)
{
    char path[GRAY_INDEX_PATH_MAX];
    int fd, rc;

    gray_index_path(list, path);
    if (unlinkat(store->dir_fd, path, 0) == -1 && errno != ENOENT) {
        return gray_store_error_at(errno, path);
    }

    fd = openat(
        store->dir_fd, GRAY_INDEX_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = fd != -1 && fsync(fd) == 0
             ? GRAY_STORE_OK
             : gray_store_error_at(errno, GRAY_INDEX_DIR);
    if (fd != -1) {
        close(fd);
    }

    return rc;
}
