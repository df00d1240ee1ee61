/*
 * Lists in the store: name -> header, and replacing a whole list. A header
 * carries a checksum, which gray_store_list_get verifies (EDAMAGED). Names are
 * 1 to 63 bytes.
 */

#ifndef GRAY_STORE_LISTS_H
#define GRAY_STORE_LISTS_H

#include "store.h"

typedef enum {
    GRAY_STORE_STRING = 1,
    GRAY_STORE_IP = 2,
    GRAY_STORE_LIVE = 3
} gray_store_kind_t;

/* A list's header. For `ip` lists, blocks[b] counts the blocks of b bits
 * (0..128, IPv4 at 96 + bits): a lookup tries each length that is there. */
typedef struct {
    uint64_t id; /* of its members; changes on replace   */
    gray_store_kind_t kind;
    uint64_t count;     /* members, expired ones included       */
    uint64_t digest[2]; /* sum over members, order-independent  */
    uint64_t created;   /* seconds since the epoch              */
    uint64_t changed;
    uint32_t blocks[129];
} gray_list_t;

int gray_store_list_get(gray_txn_t *txn, const char *name, gray_list_t *list);
int gray_store_list_next(gray_txn_t *txn, const char *after, char name[64]);

/* A new, empty list: fills id, created, changed. EEXISTS when it is there. */
int gray_store_list_create(gray_txn_t *txn, const char *name,
    gray_store_kind_t kind, gray_list_t *list);

/* Writes the header after members were put or removed. */
int gray_store_list_put(
    gray_txn_t *txn, const char *name, const gray_list_t *list);

/* Removes the name; the members become garbage (gray_store_purge). */
int gray_store_list_drop(gray_txn_t *txn, const char *name);

/*
 * Replacing a whole list. `begin` makes a header with a new id that no name
 * has yet and records the id as garbage, so that a crashed import is purged
 * later; members are then put in as many transactions as needed, each of
 * them ending with `save` (the header of the list in the making lives with
 * its garbage record); `switch` gives the name the new id, makes the old
 * one garbage and takes the new one out of it, all in one transaction.
 * A purger leaves an id alone while its import is alive: same pid and start
 * time as recorded. `expected`: how many members will come, for the size of the
 * list's index; 0 when it is not known.
 */
int gray_store_replace_begin(gray_txn_t *txn, gray_store_kind_t kind,
    uint64_t expected, gray_list_t *list);
int gray_store_replace_save(gray_txn_t *txn, const gray_list_t *list);

/* Without a transaction: writes the index of the list in the making out to the
 * disk, so that the switch, which waits for that with the writer lock held,
 * finds little left to write. Best right before `switch`; may be left out. */
void gray_store_replace_flush(gray_store_t *store, const gray_list_t *list);

int gray_store_replace_switch(
    gray_txn_t *txn, const char *name, const gray_list_t *list);

/* Gives an import up in a process that goes on living: its list may be
 * purged. */
int gray_store_replace_abandon(gray_txn_t *txn, uint64_t id);

#endif
