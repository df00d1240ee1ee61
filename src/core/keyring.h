/*
 * The keys that sign override tokens, and the tokens that were revoked: one
 * record, kept in the store, read by workers as a whole.
 *
 * FORMAT. Integers big-endian:
 *
 *   at   what
 *   0    "GKR1"
 *   4    u32 checksum: murmur3_32 of all that follows, seed 0
 *   8    u32 the highest key id there ever was
 *   12   u16 number of keys, at most 2
 *   14   u16 number of revoked tokens
 *   16   the keys, the one that signs first: u32 id, u64 made (seconds since
 *        the epoch), 32 bytes
 *   …    the revoked tokens by rising id: u64 id, u64 expiry
 *
 * The keyring belongs to its caller. Pure functions without allocation.
 */

#ifndef GRAY_CORE_KEYRING_H
#define GRAY_CORE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GRAY_TOKEN_KEY_SIZE 32

/* A key signs until the next rotation, and verifies until the one after. */
#define GRAY_KEYRING_KEYS 2

/* Revoked tokens that have not expired. */
#define GRAY_KEYRING_REVOKED 4096

#define GRAY_KEYRING_BYTES_MAX \
    (16 + GRAY_KEYRING_KEYS * 44 + GRAY_KEYRING_REVOKED * 16)

typedef struct {
    uint32_t id;
    uint64_t made; /* seconds since the epoch                         */
    unsigned char bytes[GRAY_TOKEN_KEY_SIZE];
} gray_token_key_t;

typedef struct {
    uint64_t id;
    uint64_t expiry;
} gray_revoked_t;

/* Zeroed, it has no key and verifies nothing. 64 KiB: not for a stack. */
typedef struct {
    uint32_t last; /* the highest key id                              */
    unsigned nkeys;
    gray_token_key_t keys[GRAY_KEYRING_KEYS]; /* the first signs         */
    unsigned nrevoked;
    gray_revoked_t revoked[GRAY_KEYRING_REVOKED]; /* by rising id        */
} gray_keyring_t;

/* Reads a record; false: damaged or of another version, and *keyring is
 * empty. */
bool gray_keyring_read(const void *bytes, size_t len, gray_keyring_t *keyring);

/* Writes the record; returns its length. */
size_t gray_keyring_write(
    const gray_keyring_t *keyring, unsigned char bytes[GRAY_KEYRING_BYTES_MAX]);

/* NULL: none of the keys. */
const gray_token_key_t *gray_keyring_key(
    const gray_keyring_t *keyring, uint32_t id);

bool gray_keyring_revoked(const gray_keyring_t *keyring, uint64_t id);

/* Makes `bytes` the key that signs, with an id of its own; the oldest of two
 * goes. */
void gray_keyring_rotate(gray_keyring_t *keyring, uint64_t now,
    const unsigned char bytes[GRAY_TOKEN_KEY_SIZE]);

/* Revokes a token; false: GRAY_KEYRING_REVOKED are revoked. */
bool gray_keyring_revoke(gray_keyring_t *keyring, uint64_t id, uint64_t expiry);

/* Forgets revoked tokens that have expired. */
void gray_keyring_purge(gray_keyring_t *keyring, uint64_t now);

#endif
