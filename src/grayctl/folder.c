#define _GNU_SOURCE /* open_memstream */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "remote.h"

/* POSIX ustar: a head of a block, then the content in whole blocks, and two
 * empty blocks at the end. */
#define BLOCK 512

typedef struct {
    char name[100];
    char mode[8];
    char uid[8];
    char gid[8];
    char size[12];
    char time[12];
    char sum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char unused[12];
} tar_head_t;

_Static_assert(sizeof(tar_head_t) == BLOCK, "a head is one block");

static int
failed(grayctl_t *cli, const char *path, int number)
{
    return gray_error_set(&cli->error,
        number == EACCES ? GRAY_EPERMISSION : GRAY_EINVALID, "%s: %s", path,
        strerror(number));
}

static void
put_head(FILE *out, const char *folder, const char *name, char type,
    unsigned long long size)
{
    size_t i;
    unsigned sum = 0;
    tar_head_t head = { .type = type,
        .mode = "0000644",
        .uid = "0000000",
        .gid = "0000000",
        .time = "00000000000",
        .magic = "ustar",
        .version = { '0', '0' } };

    /* a name that is too long for a release or list is one here too */
    (void) snprintf(head.name, sizeof(head.name), "%s/%s", folder, name);
    (void) snprintf(head.size, sizeof(head.size), "%011llo", size);
    memset(head.sum, ' ', sizeof(head.sum));

    for (i = 0; i < sizeof(head); i++) {
        sum += ((const unsigned char *) &head)[i];
    }

    (void) snprintf(head.sum, sizeof(head.sum), "%06o", sum);
    fwrite(&head, 1, sizeof(head), out);
}

/* Exactly `size` bytes, padded: the file may change meanwhile. */
static int
put_content(FILE *in, FILE *out, unsigned long long size)
{
    size_t n;
    char bytes[8 * BLOCK];
    unsigned long long left = size;

    while (left > 0) {
        n = fread(
            bytes, 1, left < sizeof(bytes) ? (size_t) left : sizeof(bytes), in);
        if (n == 0) {
            return -1;
        }
        fwrite(bytes, 1, n, out);
        left -= n;
    }

    memset(bytes, 0, BLOCK);
    fwrite(bytes, 1, (BLOCK - size % BLOCK) % BLOCK, out);

    return 0;
}

/* What is no file is sent by its name alone: the server says what it is not. */
static int
put_file(grayctl_t *cli, const char *folder, const char *name, FILE *out)
{
    int rc = 0;
    char path[4096];
    struct stat status;
    FILE *in;

    (void) snprintf(path, sizeof(path), "%s/%s/%s", cli->args[0], folder, name);
    in = fopen(path, "re");

    if (in == NULL || fstat(fileno(in), &status) != 0) {
        rc = failed(cli, path, errno);
    } else if (!S_ISREG(status.st_mode)) {
        put_head(out, folder, name, '0', 0);
    } else {
        put_head(out, folder, name, '0', (unsigned long long) status.st_size);
        if (put_content(in, out, (unsigned long long) status.st_size) != 0) {
            rc = failed(cli, path, ferror(in) ? errno : ESTALE);
        }
    }

    if (in != NULL) {
        fclose(in);
    }

    return rc;
}

static int
put_folder(grayctl_t *cli, const char *folder, FILE *out)
{
    int rc = 0;
    char path[4096];
    DIR *dir;
    const struct dirent *entry;

    (void) snprintf(path, sizeof(path), "%s/%s", cli->args[0], folder);
    dir = opendir(path);

    if (dir == NULL) {
        return errno == ENOENT ? 0 : failed(cli, path, errno);
    }

    put_head(out, folder, "", '5', 0);

    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            rc = put_file(cli, folder, entry->d_name, out);
        }
    }

    closedir(dir);

    return rc;
}

FILE *
grayctl_folder_pack(grayctl_t *cli)
{
    static const char end[2 * BLOCK];
    FILE *out = grayctl_unnamed_file();

    if (out == NULL) {
        gray_error_set(&cli->error, GRAY_ESYSTEM,
            "no file can be made in $TMPDIR: %s", strerror(errno));
        return NULL;
    }

    if (put_folder(cli, "releases", out) != 0
        || put_folder(cli, "lists", out) != 0) {
        fclose(out);
        return NULL;
    }

    fwrite(end, 1, sizeof(end), out);

    if (fflush(out) != 0 || ferror(out)) {
        gray_error_set(&cli->error, errno == ENOSPC ? GRAY_EFULL : GRAY_ESYSTEM,
            "the folder cannot be packed into $TMPDIR: %s", strerror(errno));
        fclose(out);
        return NULL;
    }

    rewind(out);

    return out;
}

char *
grayctl_folder_query(const char *dir)
{
    size_t size;
    char *query = NULL;
    FILE *out = open_memstream(&query, &size);

    if (out == NULL) {
        return NULL;
    }

    fputs("folder=", out);
    grayctl_encode(out, dir);

    return fclose(out) == 0 ? query : NULL;
}
