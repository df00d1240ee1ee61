#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "import_runs.h"

/* Bytes of a chunk for each member it has room for: shorter ones fill it by
 * their number. */
#define GRAY_CHUNK_MEMBER 32


int
gray_chunk_init(gray_chunk_t *chunk, size_t room)
{
    chunk->n = 0;
    chunk->used = 0;
    chunk->room = room + GRAY_PACKED_MAX;
    chunk->max = chunk->room / GRAY_CHUNK_MEMBER;
    chunk->bytes = malloc(chunk->room);
    chunk->order = malloc(chunk->max * sizeof(*chunk->order));

    return chunk->bytes != NULL && chunk->order != NULL ? 0 : -1;
}


void
gray_chunk_free(gray_chunk_t *chunk)
{
    free(chunk->bytes);
    free(chunk->order);
    chunk->bytes = NULL;
    chunk->order = NULL;
}


bool
gray_chunk_add(
    gray_chunk_t *chunk, gray_bytes_t key, uint64_t expiry, gray_bytes_t note)
{
    if (chunk->n == chunk->max || chunk->room - chunk->used < GRAY_PACKED_MAX) {
        return false;
    }

    chunk->order[chunk->n++].at = (uint32_t) chunk->used;
    chunk->used
        += gray_packed_put(chunk->bytes + chunk->used, key, expiry, note);

    return true;
}


void
gray_runs_init(gray_runs_t *runs, const char *folder, size_t memory)
{
    memset(runs, 0, sizeof(*runs));
    runs->folder = folder;
    runs->memory = memory;
    runs->fd = -1;
    runs->common = GRAY_STORE_KEY_MAX;
}


void
gray_runs_free(gray_runs_t *runs)
{
    unsigned i;

    for (i = 0; i < runs->n; i++) {
        free(runs->runs[i].bytes);
    }
    free(runs->runs);
    free(runs->spare);
    if (runs->fd != -1) {
        (void) close(runs->fd);
    }
    gray_runs_init(runs, runs->folder, runs->memory);
}


/* --- the temporary file ----------------------------------------------------- */

static int
gray_runs_file_error(const gray_runs_t *runs, gray_error_t *error)
{
    int code = errno;

    (void) gray_error_set(error,
        code == ENOSPC || code == EDQUOT ? GRAY_EFULL : GRAY_ESYSTEM,
        "a temporary file in %s: %s", runs->folder, strerror(code));

    return gray_error_hint(
        error, "sorting needs room there; $TMPDIR names another folder");
}


static int
gray_runs_open(gray_runs_t *runs)
{
    char *path;

    runs->fd
        = open(runs->folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (runs->fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR)) {
        return runs->fd == -1 ? -1 : 0;
    }

    path = gray_text("%s/gray-import-XXXXXX", runs->folder);
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    runs->fd = mkostemp(path, O_CLOEXEC);
    if (runs->fd != -1) {
        (void) unlink(path);
    }
    free(path);

    return runs->fd == -1 ? -1 : 0;
}


static int
gray_runs_write(gray_runs_t *runs, const unsigned char *bytes, size_t len)
{
    ssize_t n;
    size_t done;

    if (runs->fd == -1 && gray_runs_open(runs) != 0) {
        return -1;
    }

    for (done = 0; done < len; done += (size_t) n) {
        n = pwrite(runs->fd, bytes + done, len - done,
            (off_t) (runs->file_len + done));
        if (n == -1 && errno == EINTR) {
            n = 0;
        } else if (n <= 0) {
            return -1;
        }
    }
    runs->file_len += len;

    return 0;
}


/* --- adding ------------------------------------------------------------------ */

/* The sorted bytes of the chunk. */
static unsigned char *
gray_runs_gather(const gray_chunk_t *chunk)
{
    size_t i, len;
    unsigned char *bytes, *to;
    const unsigned char *from;

    bytes = malloc(chunk->used);
    if (bytes == NULL) {
        return NULL;
    }

    for (i = 0, to = bytes; i < chunk->n; i++, to += len) {
        from = chunk->bytes + chunk->order[i].at;
        len = gray_packed_len(from);
        memcpy(to, from, len);
    }

    return bytes;
}


static int
gray_runs_grow(gray_runs_t *runs, size_t sorted)
{
    unsigned room;
    gray_run_t *grown;

    if (runs->n == runs->room) {
        room = runs->room > 0 ? 2 * runs->room : 16;
        grown = realloc(runs->runs, room * sizeof(*grown));
        if (grown == NULL) {
            return -1;
        }
        runs->runs = grown;
        runs->room = room;
    }

    if (sorted > runs->spare_room) {
        free(runs->spare);
        runs->spare = malloc(sorted * sizeof(*runs->spare));
        runs->spare_room = runs->spare != NULL ? sorted : 0;
    }

    return runs->spare != NULL ? 0 : -1;
}


static void
gray_runs_common(
    gray_runs_t *runs, const unsigned char *member, unsigned common)
{
    unsigned both;

    if (runs->members == 0) {
        memcpy(runs->first, member, gray_packed_len(member));
    }

    both = gray_packed_common(runs->first, member);
    if (both < common) {
        common = both;
    }
    if (common < runs->common) {
        runs->common = common;
    }
}


int
gray_runs_add(gray_runs_t *runs, gray_chunk_t *chunk, gray_error_t *error)
{
    int rc = 0;
    unsigned common;
    unsigned char *bytes;
    gray_run_t *run;

    if (chunk->n == 0) {
        return 0;
    }
    if (gray_runs_grow(runs, chunk->n) != 0) {
        return gray_no_memory(error);
    }

    common
        = gray_sort_packed(chunk->bytes, chunk->order, runs->spare, chunk->n);
    bytes = gray_runs_gather(chunk);
    if (bytes == NULL) {
        return gray_no_memory(error);
    }
    gray_runs_common(runs, bytes, common);

    run = &runs->runs[runs->n++];
    run->len = chunk->used;
    run->at = runs->file_len;
    run->bytes = bytes;
    runs->members += chunk->n;
    chunk->n = 0;
    chunk->used = 0;

    if (run->len <= runs->memory - runs->taken) {
        runs->taken += run->len;
        return 0;
    }

    rc = gray_runs_write(runs, bytes, run->len);
    run->bytes = NULL;
    free(bytes);

    return rc == 0 ? 0 : gray_runs_file_error(runs, error);
}
