#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "import_runs.h"

#define GRAY_NOBODY UINT_MAX
#define GRAY_MERGE_BUFFER_MIN 4096
#define GRAY_MERGE_BUFFER_MAX (1 << 20)


/* Keeps a whole member, and as much as fits, in the buffer. */
static void
gray_merge_fill(gray_merge_t *merge, gray_merge_source_t *source)
{
    ssize_t n;
    size_t kept, room;

    kept = (size_t) (source->end - source->at);
    if (source->left == 0 || kept >= GRAY_PACKED_MAX) {
        return;
    }

    memmove(source->buffer, source->at, kept);
    source->at = source->buffer;
    source->end = source->buffer + kept;

    while (source->left > 0 && kept < merge->buffer_size) {
        room = merge->buffer_size - kept;
        n = pread(merge->runs->fd, source->buffer + kept,
            room < source->left ? room : source->left, (off_t) source->next);
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            merge->failed = n == 0 ? EIO : errno;
            source->left = 0;
            source->end = source->at;
            return;
        }
        kept += (size_t) n;
        source->end += n;
        source->next += (uint64_t) n;
        source->left -= (uint64_t) n;
    }
}


static void
gray_merge_word(const gray_merge_t *merge, gray_merge_source_t *source)
{
    /* Greater than any word: the end. */
    source->word = source->at == source->end
                       ? UINT64_MAX
                       : gray_packed_word(source->at, merge->runs->common);
}


static bool
gray_merge_before(const gray_merge_t *merge, unsigned a, unsigned b)
{
    int rc;
    const gray_merge_source_t *x = &merge->sources[a], *y = &merge->sources[b];

    if (x->word != y->word) {
        return x->word < y->word;
    }

    rc = gray_word_goes_on(x->word) && x->word != UINT64_MAX
             ? gray_packed_compare(x->at, y->at)
             : 0;

    return rc != 0 ? rc < 0 : a < b;
}


/* Source i plays its way up from its leaf. */
static void
gray_merge_play(gray_merge_t *merge, unsigned i)
{
    unsigned node, winner, loser;

    winner = i;
    for (node = (i + merge->n) / 2; node > 0; node /= 2) {
        loser = merge->tree[node];
        if (loser == GRAY_NOBODY) {
            merge->tree[node] = winner;
            return;
        }
        if (gray_merge_before(merge, loser, winner)) {
            merge->tree[node] = winner;
            winner = loser;
        }
    }
    merge->tree[0] = winner;
}


static void
gray_merge_source(
    gray_merge_t *merge, gray_merge_source_t *source, const gray_run_t *run)
{
    if (run->bytes != NULL) {
        source->at = run->bytes;
        source->end = run->bytes + run->len;
    } else {
        source->at = source->buffer;
        source->end = source->buffer;
        source->next = run->at;
        source->left = run->len;
        gray_merge_fill(merge, source);
    }
    gray_merge_word(merge, source);
}


static int
gray_merge_alloc(gray_merge_t *merge, size_t memory)
{
    unsigned i, in_file;

    merge->sources = calloc(merge->n + 1, sizeof(*merge->sources));
    merge->tree = calloc(merge->n + 1, sizeof(*merge->tree));
    if (merge->sources == NULL || merge->tree == NULL) {
        return -1;
    }

    for (i = 0, in_file = 0; i < merge->n; i++) {
        in_file += merge->runs->runs[i].bytes == NULL;
    }
    if (in_file == 0) {
        return 0;
    }

    merge->buffer_size = memory / in_file;
    if (merge->buffer_size < GRAY_MERGE_BUFFER_MIN) {
        merge->buffer_size = GRAY_MERGE_BUFFER_MIN;
    } else if (merge->buffer_size > GRAY_MERGE_BUFFER_MAX) {
        merge->buffer_size = GRAY_MERGE_BUFFER_MAX;
    }

    for (i = 0; i < merge->n; i++) {
        if (merge->runs->runs[i].bytes == NULL) {
            merge->sources[i].buffer = malloc(merge->buffer_size);
            if (merge->sources[i].buffer == NULL) {
                return -1;
            }
        }
    }

    return 0;
}


int
gray_merge_init(gray_merge_t *merge, const gray_runs_t *runs, size_t memory,
    gray_error_t *error)
{
    unsigned i;

    memset(merge, 0, sizeof(*merge));
    merge->runs = runs;
    merge->n = runs->n;

    if (gray_merge_alloc(merge, memory) != 0) {
        gray_merge_free(merge);
        return gray_no_memory(error);
    }

    for (i = 0; i < merge->n; i++) {
        merge->tree[i] = GRAY_NOBODY;
        gray_merge_source(merge, &merge->sources[i], &runs->runs[i]);
    }
    for (i = 0; i < merge->n; i++) {
        gray_merge_play(merge, i);
    }

    return 0;
}


void
gray_merge_free(gray_merge_t *merge)
{
    unsigned i;

    for (i = 0; merge->sources != NULL && i < merge->n; i++) {
        free(merge->sources[i].buffer);
    }
    free(merge->sources);
    free(merge->tree);
    memset(merge, 0, sizeof(*merge));
}


bool
gray_merge_next(gray_merge_t *merge, unsigned char *member, uint64_t *repeated)
{
    uint64_t word = UINT64_MAX;
    gray_merge_source_t *source;

    while (merge->n > 0 && merge->failed == 0) {
        source = &merge->sources[merge->tree[0]];
        if (source->word == UINT64_MAX) {
            break;
        }

        if (word == UINT64_MAX) {
            word = source->word;
        } else if (word != source->word
                   || gray_packed_compare(member, source->at) != 0) {
            break;
        } else {
            *repeated += !gray_packed_same(member, source->at);
        }

        memcpy(member, source->at, gray_packed_len(source->at));
        source->at += gray_packed_len(source->at);
        gray_merge_fill(merge, source);
        gray_merge_word(merge, source);
        gray_merge_play(merge, merge->tree[0]);
    }

    return word != UINT64_MAX && merge->failed == 0;
}


int
gray_merge_end(const gray_merge_t *merge, gray_error_t *error)
{
    if (merge->failed == 0) {
        return 0;
    }

    return gray_error_set(error, GRAY_ESYSTEM,
        "cannot read the temporary file in %s: %s", merge->runs->folder,
        strerror(merge->failed));
}
