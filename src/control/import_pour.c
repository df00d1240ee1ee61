/*
 * Writing sorted members, slice by slice.
 */

#include <string.h>
#include "import_internal.h"
#include "import_packed.h"

/* A slice holds the writer lock so long, its commit included. */
#define GRAY_SLICE_TARGET_MS 45

#define GRAY_LIMIT_MIN 256
#define GRAY_LIMIT_MAX (1u << 20)

/* How often the clock is looked at. */
#define GRAY_CLOCK_MEMBERS 64


/* The batch is written: the next one, if it is ready. */
static void
gray_import_next_batch(gray_importer_t *importer)
{
    if (importer->batch != NULL) {
        importer->done->updated += importer->batch->repeated;
        gray_sorter_give(importer->sorter, importer->batch);
    }

    importer->batch = gray_sorter_take(importer->sorter);
    importer->next = 0;
    importer->at = 0;
}


static int
gray_import_put(gray_importer_t *importer, gray_txn_t *txn,
    const gray_import_sink_t *sink, gray_error_t *error)
{
    gray_member_t member;
    gray_batch_t *batch = importer->batch;
    const unsigned char *packed = batch->bytes + importer->at;

    gray_packed_member(packed, &member);
    if (sink->put(importer, txn, gray_packed_key(packed), &member,
            batch->hashes[importer->next], error)
        != 0)
    {
        return -1;
    }

    importer->at += gray_packed_len(packed);
    importer->next++;

    return 0;
}


/* Puts members until the slice is full or nothing is ready. Never waits for the
 * sorter: the writer lock is held. Returns how many, or -1. */
static int
gray_import_puts(gray_importer_t *importer, gray_txn_t *txn,
    const gray_import_sink_t *sink, gray_error_t *error)
{
    unsigned n;
    uint64_t start = gray_monotonic_ms();

    importer->slice_added = 0;
    importer->slice_updated = 0;

    for (n = 0; n < importer->limit; n++) {
        if (importer->next == importer->batch->n) {
            gray_import_next_batch(importer);
            if (importer->batch == NULL) {
                break;
            }
        }

        if (gray_import_put(importer, txn, sink, error) != 0) {
            return -1;
        }

        if (n % GRAY_CLOCK_MEMBERS == 0
            && gray_monotonic_ms() - start >= GRAY_SLICE_MS) {
            n++;
            break;
        }
    }

    return (int) n;
}


/* Learns from a slice of n members how many the next one may have. */
static void
gray_import_learn(gray_importer_t *importer, unsigned n, uint64_t held)
{
    uint64_t fit;
    unsigned limit = importer->limit, slice = importer->options->slice;

    fit = held > 0 ? (uint64_t) n * GRAY_SLICE_TARGET_MS / held : UINT64_MAX;

    if (held > GRAY_SLICE_TARGET_MS) {
        limit = (unsigned) (fit > limit / 4 ? fit : limit / 4);
    } else if (n == limit) {
        limit = (unsigned) (fit < 2 * (uint64_t) limit ? fit : 2 * limit);
    }

    if (slice > 0 && limit > slice) {
        limit = slice;
    }

    importer->limit = limit < GRAY_LIMIT_MIN   ? GRAY_LIMIT_MIN
                      : limit > GRAY_LIMIT_MAX ? GRAY_LIMIT_MAX
                                               : limit;
}


static int
gray_import_slice(gray_importer_t *importer, const gray_import_sink_t *sink,
    gray_error_t *error)
{
    int n;
    uint64_t start;
    gray_txn_t *txn;

    if (gray_verb_write(importer->control, &txn, error) != 0) {
        return -1;
    }
    start = gray_monotonic_ms();

    if (sink->begin != NULL && sink->begin(importer, txn, error) != 0) {
        gray_verb_abort(importer->control, txn);
        return -1;
    }

    n = gray_import_puts(importer, txn, sink, error);
    if (n < 0) {
        gray_verb_abort(importer->control, txn);
        return -1;
    }

    if (sink->end(importer, txn, error) != 0) {
        return -1;
    }

    importer->written += (unsigned) n;
    gray_import_learn(importer, (unsigned) n, gray_monotonic_ms() - start);

    return 0;
}


int
gray_import_told(gray_importer_t *importer, gray_error_t *error)
{
    const gray_import_t *options = importer->options;

    if (options->written != NULL
        && options->written(options->data, importer->written) != 0)
    {
        return gray_error_set(error, GRAY_ESYSTEM, "stopped");
    }

    return 0;
}


int
gray_import_pour(gray_importer_t *importer, const gray_import_sink_t *sink,
    gray_error_t *error)
{
    for (;;) {
        gray_sorter_wait(importer->sorter);
        if (importer->batch == NULL || importer->next == importer->batch->n) {
            gray_import_next_batch(importer);
        }
        if (importer->batch == NULL) {
            return gray_sorter_done(importer->sorter, error) < 0 ? -1 : 0;
        }

        if (gray_import_slice(importer, sink, error) != 0
            || gray_import_told(importer, error) != 0)
        {
            return -1;
        }
        gray_store_give_way(importer->control->store);
    }
}
