#include <stdlib.h>
#include <string.h>
#include "import_queue.h"
#include "import_runs.h"
#include "import_sorter.h"

#define GRAY_CHUNKS 2
#define GRAY_BATCHES 48
#define GRAY_BATCHES_MIN 4

/* A sorter's memory goes into chunks of this part of it: one is filled, one is
 * sorted, with its order, a spare order and the sorted bytes. */
#define GRAY_CHUNK_PART 32
#define GRAY_RUNS_PART(memory) ((memory) / 32 * 26)
#define GRAY_CHUNK_MIN 4096
#define GRAY_CHUNK_MAX ((size_t) 64 << 20)

struct gray_sorter_s {
    const gray_siphash_key_t *key;
    size_t memory;
    gray_runs_t runs; /* the thread's, until it has ended                 */
    gray_chunk_t chunks[GRAY_CHUNKS];
    gray_batch_t batches[GRAY_BATCHES];
    unsigned nbatches;   /* that are in use                               */
    gray_chunk_t *chunk; /* that is filled; NULL: none yet, or ended      */
    uint64_t members;
    uint64_t bytes;
    bool started;
    pthread_t thread;
    gray_queue_t full; /* chunks on their way to the thread, and back     */
    gray_queue_t empty;
    gray_queue_t ready; /* batches on their way from the thread, and back */
    gray_queue_t free;
    bool given_up; /* written before `full` is closed                     */
    int rc;        /* the thread's, written before `ready` is closed      */
    gray_error_t error;
};


/* --- the thread --------------------------------------------------------------- */

static bool
gray_sorter_fill(
    const gray_sorter_t *sorter, gray_merge_t *merge, gray_batch_t *batch)
{
    gray_bytes_t key;
    unsigned char *to;

    batch->n = 0;
    batch->used = 0;
    batch->repeated = 0;

    while (batch->n < GRAY_BATCH_MEMBERS
           && batch->room - batch->used >= GRAY_PACKED_MAX)
    {
        to = batch->bytes + batch->used;
        if (!gray_merge_next(merge, to, &batch->repeated)) {
            break;
        }
        key = gray_packed_key(to);
        batch->hashes[batch->n++]
            = gray_siphash(sorter->key, key.data, key.len);
        batch->used += gray_packed_len(to);
    }

    return batch->n > 0;
}


static int
gray_sorter_merge(gray_sorter_t *sorter)
{
    int rc;
    gray_merge_t merge;
    gray_batch_t *batch;

    if (gray_merge_init(
            &merge, &sorter->runs, sorter->memory / 8, &sorter->error)
        != 0)
    {
        return -1;
    }

    while ((batch = gray_queue_take(&sorter->free)) != NULL
           && gray_sorter_fill(sorter, &merge, batch))
    {
        gray_queue_put(&sorter->ready, batch);
    }

    rc = gray_merge_end(&merge, &sorter->error);
    gray_merge_free(&merge);

    return rc;
}


static void *
gray_sorter_work(void *data)
{
    int rc = 0;
    gray_chunk_t *chunk;
    gray_sorter_t *sorter = data;

    while (rc == 0 && (chunk = gray_queue_take(&sorter->full)) != NULL) {
        rc = gray_runs_add(&sorter->runs, chunk, &sorter->error);
        gray_queue_put(&sorter->empty, chunk);
    }
    if (rc == 0 && !sorter->given_up) {
        rc = gray_sorter_merge(sorter);
    }

    sorter->rc = rc;
    gray_queue_close(&sorter->empty);
    gray_queue_close(&sorter->ready);

    return NULL;
}


/* --- beginning and ending ----------------------------------------------------- */

static size_t
gray_sorter_chunk_size(size_t memory)
{
    size_t size = memory / GRAY_CHUNK_PART;

    if (size < GRAY_CHUNK_MIN) {
        return GRAY_CHUNK_MIN;
    }

    return size < GRAY_CHUNK_MAX ? size : GRAY_CHUNK_MAX;
}


/* Each has 256 KiB: a quarter of the memory at most. */
static unsigned
gray_sorter_batches(size_t memory)
{
    size_t n = memory >> 20;

    if (n < GRAY_BATCHES_MIN) {
        return GRAY_BATCHES_MIN;
    }

    return n < GRAY_BATCHES ? (unsigned) n : GRAY_BATCHES;
}


static int
gray_sorter_alloc(gray_sorter_t *sorter)
{
    unsigned i;
    gray_batch_t *batch;

    for (i = 0; i < GRAY_CHUNKS; i++) {
        if (gray_chunk_init(
                &sorter->chunks[i], gray_sorter_chunk_size(sorter->memory))
            != 0)
        {
            return -1;
        }
        gray_queue_put(&sorter->empty, &sorter->chunks[i]);
    }

    sorter->nbatches = gray_sorter_batches(sorter->memory);

    for (i = 0; i < sorter->nbatches; i++) {
        batch = &sorter->batches[i];
        batch->room = (size_t) GRAY_BATCH_MEMBERS * 64;
        batch->bytes = malloc(batch->room);
        if (batch->bytes == NULL) {
            return -1;
        }
        gray_queue_put(&sorter->free, batch);
    }

    return 0;
}


gray_sorter_t *
gray_sorter_new(size_t memory, const char *folder,
    const gray_siphash_key_t *key, gray_error_t *error)
{
    gray_sorter_t *sorter;

    sorter = calloc(1, sizeof(*sorter));
    if (sorter == NULL) {
        (void) gray_no_memory(error);
        return NULL;
    }

    sorter->key = key;
    sorter->memory = memory;
    gray_runs_init(&sorter->runs, folder, GRAY_RUNS_PART(memory));
    gray_queue_init(&sorter->full);
    gray_queue_init(&sorter->empty);
    gray_queue_init(&sorter->ready);
    gray_queue_init(&sorter->free);

    if (gray_sorter_alloc(sorter) == 0) {
        sorter->started
            = pthread_create(&sorter->thread, NULL, gray_sorter_work, sorter)
              == 0;
    }
    if (!sorter->started) {
        gray_sorter_free(sorter);
        (void) gray_no_memory(error);
        return NULL;
    }

    return sorter;
}


void
gray_sorter_free(gray_sorter_t *sorter)
{
    unsigned i;

    if (sorter == NULL) {
        return;
    }

    if (sorter->started) {
        sorter->given_up = true;
        gray_queue_close(&sorter->full);
        gray_queue_close(&sorter->free);
        (void) pthread_join(sorter->thread, NULL);
    }

    for (i = 0; i < GRAY_CHUNKS; i++) {
        gray_chunk_free(&sorter->chunks[i]);
    }
    for (i = 0; i < GRAY_BATCHES; i++) {
        free(sorter->batches[i].bytes);
    }
    gray_queue_destroy(&sorter->full);
    gray_queue_destroy(&sorter->empty);
    gray_queue_destroy(&sorter->ready);
    gray_queue_destroy(&sorter->free);
    gray_runs_free(&sorter->runs);
    free(sorter);
}


/* --- adding -------------------------------------------------------------------- */

/* A chunk with room; -1 when the thread has failed. */
static int
gray_sorter_chunk(gray_sorter_t *sorter, gray_error_t *error)
{
    if (sorter->chunk != NULL) {
        sorter->bytes += sorter->chunk->used;
        gray_queue_put(&sorter->full, sorter->chunk);
    }

    sorter->chunk = gray_queue_take(&sorter->empty);
    if (sorter->chunk == NULL || sorter->chunk->n > 0) {
        (void) gray_queue_wait(&sorter->ready, 1);
        *error = sorter->error;
        return -1;
    }

    return 0;
}


int
gray_sorter_add(gray_sorter_t *sorter, gray_bytes_t key, uint64_t expiry,
    gray_bytes_t note, gray_error_t *error)
{
    while (sorter->chunk == NULL
           || !gray_chunk_add(sorter->chunk, key, expiry, note))
    {
        if (gray_sorter_chunk(sorter, error) != 0) {
            return -1;
        }
    }
    sorter->members++;

    return 0;
}


uint64_t
gray_sorter_members(const gray_sorter_t *sorter)
{
    return sorter->members;
}


bool
gray_sorter_full(const gray_sorter_t *sorter)
{
    return sorter->bytes + gray_sorter_chunk_size(sorter->memory)
           > GRAY_RUNS_PART(sorter->memory);
}


void
gray_sorter_end(gray_sorter_t *sorter)
{
    if (sorter->chunk != NULL) {
        gray_queue_put(&sorter->full, sorter->chunk);
        sorter->chunk = NULL;
    }
    gray_queue_close(&sorter->full);
}


/* --- taking -------------------------------------------------------------------- */

void
gray_sorter_wait(gray_sorter_t *sorter)
{
    gray_queue_wait(&sorter->ready, sorter->nbatches / 2);
}


gray_batch_t *
gray_sorter_take(gray_sorter_t *sorter)
{
    return gray_queue_try(&sorter->ready);
}


void
gray_sorter_give(gray_sorter_t *sorter, gray_batch_t *batch)
{
    gray_queue_put(&sorter->free, batch);
}


int
gray_sorter_done(gray_sorter_t *sorter, gray_error_t *error)
{
    if (!gray_queue_ended(&sorter->ready)) {
        return 0;
    }

    if (sorter->rc != 0) {
        *error = sorter->error;
        return -1;
    }

    return 1;
}
