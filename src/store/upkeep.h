/*
 * Keeping a store: purging what is no longer needed, its figures, copies.
 */

#ifndef GRAY_STORE_UPKEEP_H
#define GRAY_STORE_UPKEEP_H

#include "store.h"

/* Deletes at most `limit` entries: members of garbage lists and the records of
 * these lists, and members that expired before `now` (headers are kept
 * right). Returns how many, or an error; 0 when there is nothing left. Commit
 * what it did. Ask for 5,000 at a time: 10,000 may take 80 ms. */
int gray_store_purge(gray_txn_t *txn, uint64_t now, unsigned limit);

typedef struct {
    uint64_t revision;
    uint64_t last_txn;
    uint64_t readers;       /* in use                                   */
    uint64_t stale_readers; /* that were cleared                        */
    uint64_t map_size;      /* bytes                                    */
    uint64_t used;          /* bytes of the map in use, free pages out  */
    uint64_t file_size;     /* bytes of data.mdb                        */
    uint64_t index_size;    /* bytes on disk of all indexes             */
    uint64_t lists;
    uint64_t releases;
    uint64_t garbage; /* list ids to purge                        */
    uint64_t audits;
    unsigned schema;
    unsigned char id[16]; /* random, made by create                   */
} gray_store_info_t;

int gray_store_info(gray_store_t *store, gray_store_info_t *info);

/*
 * Checks the structure of every page in use, without LMDB: EDAMAGED, and
 * gray_store_detail names the page. A damaged page can crash LMDB's own
 * reading, so call this before records are checked one by one. One snapshot;
 * about a microsecond per page of 4 KiB that is in memory.
 */
int gray_store_verify(gray_store_t *store);

/*
 * Copies the store into the new folder `to` (EEXISTS when it is there and not
 * empty) while writers and readers go on, in slices: each takes a new snapshot,
 * puts what changed in what was copied since the one before, and copies on; the
 * last one leaves the copy as its snapshot is: one committed state with the same
 * id and revision, whatever is written meanwhile. No snapshot lasts over 100 ms,
 * no writer waits. Garbage is left out. Each list is counted anew: a list whose
 * header lies is EDAMAGED. The copy has indexes of its own. The folder appears when it
 * is complete and on disk; a crash leaves `to`.copying-XXXXXX.
 * `progress` (may be NULL) is told, between slices, how many members were
 * copied; a non-zero return stops with ESYSTEM.
 */
int gray_store_copy(gray_store_t *store, const char *to, gid_t group,
    int (*progress)(void *data, uint64_t members), void *data);

/* Removes the files that this part has made in `dir`, and the folder when
 * nothing else is in it: of a copy that came to nothing. */
void gray_store_remove(const char *dir);

#endif
