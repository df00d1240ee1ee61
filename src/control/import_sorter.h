/*
 * Sorting members of any number in bounded memory, with a thread of its own:
 * while the caller adds, it sorts; while the caller takes, it merges.
 */

#ifndef GRAY_CONTROL_IMPORT_SORTER_H
#define GRAY_CONTROL_IMPORT_SORTER_H

#include "internal.h"
#include "store/siphash.h"

/* What a sort may take unless told otherwise: ten million identities of 36
 * bytes stay in memory. */
#define GRAY_SORT_MEMORY ((size_t) 640 << 20)

#define GRAY_BATCH_MEMBERS 4096

/* Packed members, one after the other. */
typedef struct {
    unsigned n;
    uint64_t repeated; /* earlier lines for these members that differed     */
    uint64_t hashes[GRAY_BATCH_MEMBERS]; /* of the keys                      */
    size_t room;
    size_t used;
    unsigned char *bytes;
} gray_batch_t;

typedef struct gray_sorter_s gray_sorter_t;

/* `folder` is where a temporary file goes if it comes to that, and must outlive
 * the sorter, as `key`, which hashes the members, must. NULL with *error set.
 * The caller owns it. */
gray_sorter_t *gray_sorter_new(size_t memory, const char *folder,
    const gray_siphash_key_t *key, gray_error_t *error);

/* NULL is allowed. At any time; what was added and not taken is gone. */
void gray_sorter_free(gray_sorter_t *sorter);

int gray_sorter_add(gray_sorter_t *sorter, gray_bytes_t key, uint64_t expiry,
    gray_bytes_t note, gray_error_t *error);

/* Members added so far. */
uint64_t gray_sorter_members(const gray_sorter_t *sorter);

/* Whether more would go into a temporary file. */
bool gray_sorter_full(const gray_sorter_t *sorter);

/* Nothing more will be added: now it may be taken. */
void gray_sorter_end(gray_sorter_t *sorter);

/* Waits until a good number of batches can be taken without waiting. */
void gray_sorter_wait(gray_sorter_t *sorter);

/* The next batch in the order of the keys, each key once, the one added last.
 * NULL: none is ready (wait), or it is the end. The sorter's again with
 * gray_sorter_give. */
gray_batch_t *gray_sorter_take(gray_sorter_t *sorter);
void gray_sorter_give(gray_sorter_t *sorter, gray_batch_t *batch);

/* 1: all was taken; 0: not yet; -1: sorting failed. */
int gray_sorter_done(gray_sorter_t *sorter, gray_error_t *error);

#endif
