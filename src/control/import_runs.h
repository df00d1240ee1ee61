/*
 * Sorted runs of packed members: in memory up to a budget, beyond it in a
 * temporary file that has no name any more.
 */

#ifndef GRAY_CONTROL_IMPORT_RUNS_H
#define GRAY_CONTROL_IMPORT_RUNS_H

#include "import_sort.h"

/* Members as they come, to be sorted together. */
typedef struct {
    unsigned char *bytes;
    size_t used;
    size_t room;
    gray_sort_t *order;
    size_t n;
    size_t max;
} gray_chunk_t;

/* Room for `room` bytes of members. -1 without memory. */
int gray_chunk_init(gray_chunk_t *chunk, size_t room);
void gray_chunk_free(gray_chunk_t *chunk);

/* False when it is full. */
bool gray_chunk_add(
    gray_chunk_t *chunk, gray_bytes_t key, uint64_t expiry, gray_bytes_t note);

typedef struct {
    unsigned char *bytes; /* NULL: in the file                          */
    uint64_t at;          /* there                                      */
    size_t len;
} gray_run_t;

/* The runs in the order in which they came. */
typedef struct {
    const char *folder; /* of the temporary file                        */
    size_t memory;      /* that runs may take                           */
    size_t taken;
    int fd;
    uint64_t file_len;
    gray_run_t *runs;
    unsigned n;
    unsigned room;
    gray_sort_t *spare;
    size_t spare_room;
    uint64_t members;
    unsigned common; /* first bytes that all keys have in common         */
    unsigned char first[GRAY_PACKED_MAX]; /* one of the members           */
} gray_runs_t;

void gray_runs_init(gray_runs_t *runs, const char *folder, size_t memory);
void gray_runs_free(gray_runs_t *runs);

/* Sorts the chunk and keeps it as a run; empties the chunk. */
int gray_runs_add(gray_runs_t *runs, gray_chunk_t *chunk, gray_error_t *error);

/* --- merging --------------------------------------------------------------- */

typedef struct {
    const unsigned char *at; /* the member that is next                   */
    const unsigned char *end;
    uint64_t word;
    unsigned char *buffer; /* of a run in the file                        */
    uint64_t next;         /* there                                       */
    uint64_t left;
} gray_merge_source_t;

/*
 * All members in the order of their keys, each key once: the one that came
 * last. A tournament whose nodes hold the losers; of equal keys the earlier run
 * wins.
 */
typedef struct {
    const gray_runs_t *runs;
    gray_merge_source_t *sources;
    unsigned *tree;
    unsigned n;
    size_t buffer_size;
    int failed; /* errno of a read                                       */
} gray_merge_t;

/* The runs stay as they are. `memory` is for reading runs from the file. */
int gray_merge_init(gray_merge_t *merge, const gray_runs_t *runs, size_t memory,
    gray_error_t *error);
void gray_merge_free(gray_merge_t *merge);

/* The next member, in `member` (room for GRAY_PACKED_MAX); *repeated is raised
 * for each time that its expiry or note changed. False at the end or when a
 * read failed. */
bool gray_merge_next(
    gray_merge_t *merge, unsigned char *member, uint64_t *repeated);

/* After gray_merge_next gave false: -1 when a read failed. */
int gray_merge_end(const gray_merge_t *merge, gray_error_t *error);

#endif
