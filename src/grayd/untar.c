#define _GNU_SOURCE
#include "untar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GRAYD_TAR_BLOCK 512

/* Where what stands in a head. */
#define GRAYD_TAR_NAME 100
#define GRAYD_TAR_SIZE 124
#define GRAYD_TAR_SUM 148
#define GRAYD_TAR_TYPE 156

static const char *const grayd_tar_folders[] = { "releases", "lists" };

typedef struct {
    FILE *in;
    const char *dir;
    unsigned files;
    unsigned char head[GRAYD_TAR_BLOCK];
    char name[GRAYD_TAR_NAME + 1];
    char type;
    uint64_t size;
} grayd_tar_t;


static int
grayd_tar_bad(gray_error_t *error, const char *why)
{
    return gray_error_set(error, GRAY_EINVALID, "the archive %s", why);
}


static int
grayd_tar_failed(gray_error_t *error, const char *name)
{
    return gray_error_set(error, errno == ENOSPC ? GRAY_EFULL : GRAY_ESYSTEM,
        "%s cannot be unpacked: %s", name, strerror(errno));
}


/* --- heads ----------------------------------------------------------------- */

/* An octal number in `len` bytes that ends with a space or NUL. */
static bool
grayd_tar_octal(const unsigned char *text, size_t len, uint64_t *number)
{
    size_t i = 0;

    *number = 0;
    while (i < len && text[i] == ' ') {
        i++;
    }

    for (; i < len && text[i] >= '0' && text[i] <= '7'; i++) {
        *number = *number * 8 + (uint64_t) (text[i] - '0');
    }

    return i == len || text[i] == ' ' || text[i] == '\0';
}


static bool
grayd_tar_sum_ok(const unsigned char *head)
{
    uint64_t sum, found = 0;

    for (size_t i = 0; i < GRAYD_TAR_BLOCK; i++) {
        found += i >= GRAYD_TAR_SUM && i < GRAYD_TAR_SUM + 8 ? ' ' : head[i];
    }

    return grayd_tar_octal(head + GRAYD_TAR_SUM, 8, &sum) && sum == found;
}


/* The next head. Returns 1 at the end, which is an empty block: an archive that
 * only stops would be taken for the whole folder, and what it lacks removed. */
static int
grayd_tar_head(grayd_tar_t *tar, gray_error_t *error)
{
    static const unsigned char empty[GRAYD_TAR_BLOCK];
    size_t n = fread(tar->head, 1, GRAYD_TAR_BLOCK, tar->in);

    if (n == 0) {
        return grayd_tar_bad(
            error, tar->files == 0 ? "is empty" : "is cut off");
    }

    if (n == sizeof(empty) && memcmp(tar->head, empty, n) == 0) {
        return 1;
    }

    if (n < GRAYD_TAR_BLOCK || !grayd_tar_sum_ok(tar->head)
        || !grayd_tar_octal(tar->head + GRAYD_TAR_SIZE, 12, &tar->size))
    {
        return grayd_tar_bad(error, "is not one of tar, or it is damaged");
    }

    if (tar->files++ == GRAYD_TAR_FILES_MAX) {
        return grayd_tar_bad(error, "has too many files");
    }

    memcpy(tar->name, tar->head, GRAYD_TAR_NAME);
    tar->name[GRAYD_TAR_NAME] = '\0';
    tar->type = (char) tar->head[GRAYD_TAR_TYPE];

    return 0;
}


/* --- files ----------------------------------------------------------------- */

/* "releases/shop.json": the folder and the name in it. False: it is passed
 * over. */
static bool
grayd_tar_place(const char *name, const char **folder, const char **file)
{
    size_t len;

    while (strncmp(name, "./", 2) == 0) {
        name += 2;
    }

    for (int i = 0; i < 2; i++) {
        len = strlen(grayd_tar_folders[i]);

        if (strncmp(name, grayd_tar_folders[i], len) == 0
            && (name[len] == '/' || name[len] == '\0'))
        {
            *folder = grayd_tar_folders[i];
            *file = name[len] == '/' ? name + len + 1 : name + len;
            return **file != '.' && strchr(*file, '/') == NULL;
        }
    }

    return false;
}


/* The content, to `fd` or nowhere (-1); it fills whole blocks. */
static int
grayd_tar_content(grayd_tar_t *tar, int fd, gray_error_t *error)
{
    char bytes[64 * GRAYD_TAR_BLOCK];
    uint64_t left = tar->size;
    size_t blocks, n;

    while (left > 0) {
        n = left < sizeof(bytes) ? (size_t) left : sizeof(bytes);
        blocks = (n + GRAYD_TAR_BLOCK - 1) / GRAYD_TAR_BLOCK * GRAYD_TAR_BLOCK;

        if (fread(bytes, 1, blocks, tar->in) < blocks) {
            return grayd_tar_bad(error, "is cut off");
        }

        for (size_t at = 0; fd >= 0 && at < n;) {
            ssize_t written = write(fd, bytes + at, n - at);

            if (written < 0 && errno != EINTR) {
                return grayd_tar_failed(error, tar->name);
            }
            at += written > 0 ? (size_t) written : 0;
        }

        left -= n;
    }

    return 0;
}


static int
grayd_tar_file(
    grayd_tar_t *tar, const char *folder, const char *file, gray_error_t *error)
{
    int fd, rc;
    char path[4096];

    (void) snprintf(path, sizeof(path), "%s/%s/%s", tar->dir, folder, file);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        return errno == EEXIST ? grayd_tar_bad(error, "has a file twice")
                               : grayd_tar_failed(error, tar->name);
    }

    rc = grayd_tar_content(tar, fd, error);
    (void) close(fd);

    return rc;
}


static int
grayd_tar_folder(
    const grayd_tar_t *tar, const char *folder, gray_error_t *error)
{
    char path[4096];

    (void) snprintf(path, sizeof(path), "%s/%s", tar->dir, folder);

    return mkdir(path, 0700) == 0 || errno == EEXIST
               ? 0
               : grayd_tar_failed(error, folder);
}


/* Takes what the head tells of. */
static int
grayd_tar_entry(grayd_tar_t *tar, gray_error_t *error)
{
    const char *folder, *file;

    /* 'x' and 'g' are pax's remarks on what follows */
    if (tar->type == 'x' || tar->type == 'g'
        || !grayd_tar_place(tar->name, &folder, &file))
    {
        return grayd_tar_content(tar, -1, error);
    }

    if (strchr("057", tar->type) == NULL) { /* a NUL is in it too */
        return grayd_tar_bad(error, "holds what is neither file nor folder");
    }

    if (grayd_tar_folder(tar, folder, error) != 0) {
        return -1;
    }

    return *file != '\0' ? grayd_tar_file(tar, folder, file, error)
                         : grayd_tar_content(tar, -1, error);
}


int
grayd_untar(FILE *in, const char *dir, gray_error_t *error)
{
    int rc;
    grayd_tar_t tar = { .in = in, .dir = dir };

    do {
        rc = grayd_tar_head(&tar, error);
        if (rc == 0) {
            rc = grayd_tar_entry(&tar, error);
        }
    } while (rc == 0);

    return rc < 0 ? -1 : 0;
}


static void
grayd_untar_clear(const char *path)
{
    const struct dirent *entry;
    DIR *dir = opendir(path);

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void) unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }
    (void) rmdir(path);
}


void
grayd_untar_remove(const char *dir)
{
    char path[4096];

    for (int i = 0; i < 2; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", dir, grayd_tar_folders[i]);
        grayd_untar_clear(path);
    }

    (void) rmdir(dir);
}
