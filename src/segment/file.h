/*
 * What both shared files have in common: how they are made, opened, checked
 * and locked. Internal to src/segment.
 *
 * A file begins with gray_segment_head_t and never changes its size. It is
 * made under another name, with all its blocks allocated, and linked to its
 * own when it is whole: nobody ever maps half a file, and a write to a mapped
 * page can not meet a hole on a full disk (that would be SIGBUS). Somebody
 * who truncates a file that is mapped kills its readers with SIGBUS; nothing
 * here does so.
 *
 * Functions that fail return -1 and set errno.
 */

#ifndef GRAY_SEGMENT_FILE_H
#define GRAY_SEGMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Longer paths are refused with ENAMETOOLONG. */
#define GRAY_SEGMENT_PATH_MAX 4096

#define GRAY_SEGMENT_NAME_MAX 63

/* As the machine that made the file orders bytes: another machine's file is
 * refused. */
#define GRAY_SEGMENT_ORDER 0x01020304u

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t order;
    uint64_t size; /* of the whole file                               */
    uint64_t reserved;
} gray_segment_head_t;

/* Makes the file from `head_len` bytes, the rest zero. EEXIST when it is
 * there. */
int gray_segment_create(const char *path, mode_t mode, gid_t group,
    const gray_segment_head_t *head, size_t head_len);

/* Opens and maps it when its size and head are as in `want`, else EBADMSG.
 * `prot` is mmap's; the descriptor is writable with `writable`. */
int gray_segment_open(const char *path, bool writable, int prot,
    const gray_segment_head_t *want, int *fd, void **map);

/* Takes flock(2), waiting at most `ms` milliseconds (ETIMEDOUT): a stopped
 * holder must not stop everybody. */
int gray_segment_lock(int fd, unsigned ms);
void gray_segment_unlock(int fd);

/* Whether `path` still names the open file; else ESTALE. */
int gray_segment_current(int fd, const char *path);

/* Whether a name fits into a slot: 1 to GRAY_SEGMENT_NAME_MAX bytes. */
bool gray_segment_name_ok(const char *name);

/* Milliseconds since the epoch. */
uint64_t gray_segment_now(void);

/* Milliseconds since some moment; no setting of the clock moves it. */
uint64_t gray_segment_ticks(void);

#endif
