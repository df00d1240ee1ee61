/*
 * The index of a list: whether an identity is in it, for the price of a cache
 * line or two, whatever the size of the list.
 *
 * LMDB holds the truth. A list of GRAY_INDEX_MIN members or more also has a
 * file DIR/index/ID (its list id in 16 hexadecimal digits): a hash table that
 * every worker maps read-only, so that its memory is shared. A slot holds 62
 * bits of the member key's SipHash, under a key that is the store's secret,
 * and says YES or ASK. docs/store-format.md has every byte.
 *
 *   NO    no such member: the identity is not in the list
 *   YES   a member that never expires
 *   ASK   only LMDB knows: a member that expires, or one that a transaction is
 *         about to change
 *
 * Two identities are taken for each other with a chance of some 2^-60 per
 * lookup, and nobody can look for such a pair without the store's key.
 *
 * WHO MAY ASK WHEN
 *
 * An index follows the commits: what a transaction adds or removes is set to ASK
 * and on disk before the commit, and settled (YES, or gone) after it. So answers are
 * right for the snapshot of transaction T as long as gray_store_last_txn still
 * gives T after the asking:
 *
 *   read the list's header in a snapshot T, open the index for that header
 *   for each decision: gray_store_last_txn() == T, gray_index_find() …, and
 *   gray_store_last_txn() == T once more; if not, decide again in a read
 *   transaction with LMDB alone.
 *
 * An index that cannot be trusted (its header names another store, list or
 * digest; it is missing, torn or too short) is not opened: LMDB answers, more slowly.
 *
 * Writers keep indexes by themselves: gray_store_member_put and _del note what
 * changes, gray_store_commit writes it. No reader ever writes. A process opens
 * each index at most a few times; a handle belongs to one thread.
 */

#ifndef GRAY_STORE_INDEX_H
#define GRAY_STORE_INDEX_H

#include "lists.h"
#include "siphash.h"
#include "store.h"

/* Shorter lists have no index: LMDB's pages of them stay in the CPU's cache,
 * and a commit need not wait for one more file. */
#define GRAY_INDEX_MIN 1000

typedef enum {
    GRAY_INDEX_NO,
    GRAY_INDEX_YES,
    GRAY_INDEX_ASK
} gray_index_answer_t;

typedef struct gray_index_s gray_index_t;

/* The store's secret, with which the keys of members are hashed:
 * gray_siphash(&key, member key, its length). Made with the store; ENOTFOUND in
 * a store that was made without. */
int gray_store_index_key(gray_txn_t *txn, gray_siphash_key_t *key);

/* Maps the index of a list whose header is `list`, for reading. ENOTFOUND:
 * there is none to be trusted. The caller owns *index. */
int gray_index_open(
    gray_store_t *store, const gray_list_t *list, gray_index_t **index);

/* Whether an open index speaks for this header of the same list: after each
 * new snapshot in which the header changed. A few nanoseconds. */
bool gray_index_holds(const gray_index_t *index, const gray_list_t *list);

/* No lock, no system call but when the file has grown. */
gray_index_answer_t gray_index_find(gray_index_t *index, uint64_t hash);

/* NULL is allowed. */
void gray_index_close(gray_index_t *index);

/*
 * Makes the index of a list anew, in slices of at most 50 ms under the writer
 * lock, while others go on reading and writing; for check --repair, copies,
 * and a list that grew without one. `progress` (may be NULL) is told how many
 * members were read; a non-zero return stops with ESYSTEM.
 */
int gray_store_index_build(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data);

/*
 * Whether the index says the right thing of every member and says YES to
 * nothing else. Reads on while others write; a list that changes faster than it
 * is read is ESYSTEM. EDAMAGED: gray_store_detail says what is wrong.
 * ENOTFOUND: there is no index to be trusted, as is right for a list shorter
 * than GRAY_INDEX_MIN. `progress` as above. A list that is not there is OK.
 */
int gray_store_index_check(gray_store_t *store, const char *name,
    int (*progress)(void *data, uint64_t members), void *data);

#endif
