/*
 * Members of a list: (list id, key) -> expiry and note.
 */

#ifndef GRAY_STORE_MEMBERS_H
#define GRAY_STORE_MEMBERS_H

#include "lists.h"
#include "store.h"

/*
 * Keys are 1 to 255 bytes: a string list's identity; an ip list's 17 bytes
 * (the block's 16 bytes, then its bits).
 */
#define GRAY_STORE_KEY_MAX 255

/* A member's note is at most this long (EINVALID). */
#define GRAY_STORE_NOTE_MAX 1024

typedef struct {
    uint64_t expiry; /* seconds since the epoch; 0: never        */
    gray_bytes_t note;
} gray_member_t;

/* Found or ENOTFOUND; an expired member is found (the caller compares). */
int gray_store_member_get(
    gray_txn_t *txn, uint64_t id, gray_bytes_t key, gray_member_t *member);

/* Adds or replaces, and keeps list->count, digest and blocks right in memory
 * (write the header with list_put or replace_save). *added: it was new. */
int gray_store_member_put(gray_txn_t *txn, gray_list_t *list, gray_bytes_t key,
    const gray_member_t *member, bool *added);

/*
 * As put, for members that come in the order of their keys into a list that is
 * being made: several times faster, and pages become full. `hash` is
 * gray_siphash of the key under the store's key (index.h). Right in any order,
 * and when others write meanwhile, only slower.
 */
int gray_store_member_append(gray_txn_t *txn, gray_list_t *list,
    gray_bytes_t key, const gray_member_t *member, uint64_t hash);

/* ENOTFOUND when it is not there. */
int gray_store_member_del(gray_txn_t *txn, gray_list_t *list, gray_bytes_t key);

/* The first member of list `id` whose key is after `after` (len 0: the
 * first). ENOTFOUND at the end. */
typedef struct gray_members_s gray_members_t;
int gray_store_members_open(
    gray_txn_t *txn, uint64_t id, gray_bytes_t after, gray_members_t **members);
int gray_store_members_next(
    gray_members_t *members, gray_bytes_t *key, gray_member_t *member);
void gray_store_members_close(gray_members_t *members);

/* Recomputes count, digest and blocks from at most `limit` members after
 * `*after_len` bytes of `after`, which is moved on; for check. Returns 1 when
 * there is more, 0 at the end. `sum` starts zeroed but for kind and id. */
int gray_store_list_sum(gray_txn_t *txn, gray_list_t *sum,
    unsigned char after[GRAY_STORE_KEY_MAX], size_t *after_len, unsigned limit);

#endif
