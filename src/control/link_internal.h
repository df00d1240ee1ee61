/*
 * Shared by the files of links: what the store's meta holds of them.
 *
 *   "override"   the keyring (core/keyring.h)
 *   "link:ID"    an issued link, a JSON object on one line; for people
 */

#ifndef GRAY_CONTROL_LINK_INTERNAL_H
#define GRAY_CONTROL_LINK_INTERNAL_H

#include "control/link.h"
#include "internal.h"

/* The same name as in src/nginx/ngx_http_gray_override_keys.c. */
#define GRAY_LINK_KEYRING "override"
#define GRAY_LINK_PREFIX "link:"

/* Reads the keyring, empty when there is none; malloc'ed, for
 * gray_link_keyring_free. NULL: *error. */
gray_keyring_t *gray_link_keyring(
    gray_control_t *control, gray_txn_t *txn, gray_error_t *error);

/* Forgets the keys, too. NULL is allowed. */
void gray_link_keyring_free(gray_keyring_t *keyring);

/* Writes it, without revoked tokens that have expired. */
int gray_link_keyring_put(gray_control_t *control, gray_txn_t *txn,
    gray_keyring_t *keyring, gray_error_t *error);

/* Adds a new key that signs. */
int gray_link_new_key(gray_keyring_t *keyring, gray_error_t *error);

int gray_link_random(void *bytes, size_t len, gray_error_t *error);

/* Reads, puts and walks the records. Each returns 0 or a store error. */
int gray_link_record_get(
    gray_txn_t *txn, const char *id, gray_link_line_t *line);
int gray_link_record_put(gray_txn_t *txn, const gray_link_line_t *line);
int gray_link_record_next(
    gray_txn_t *txn, const char *after, gray_link_line_t *line);

/* Deletes the records that expired; *left is how many there are then. */
int gray_link_record_purge(gray_txn_t *txn, uint64_t now, unsigned *left);

/* A restore keeps the keys and revocations in force, as it does the kill
 * switches, and the records of links made since the backup. Returns 0 or a
 * store error; a store without keys leaves the backup's. */
int gray_link_carry(gray_txn_t *from, gray_txn_t *to);

/* The bound host of a URL's host: lower case, no port. */
int gray_link_host(
    const char *text, char host[GRAY_TOKEN_HOST_MAX + 1], gray_error_t *error);

#endif
