/* The record of keys and revoked tokens. */

#include "keyring.h"
#include <string.h>
#include "bytes.h"
#include "murmur3.h"

#define KEYRING_MAGIC "GKR1"
#define KEYRING_HEAD 16
#define KEYRING_KEY (4 + 8 + GRAY_TOKEN_KEY_SIZE)
#define KEYRING_REVOKED 16


static const unsigned char *
keyring_read_key(const unsigned char *at, gray_token_key_t *key)
{
    key->id = (uint32_t) gray_bytes_read(at, 4);
    key->made = gray_bytes_read(at + 4, 8);
    memcpy(key->bytes, at + 12, sizeof(key->bytes));

    return at + KEYRING_KEY;
}


/* Revoked tokens are searched by halves: they must be in order. */

static bool
keyring_read_revoked(const unsigned char *at, gray_keyring_t *keyring)
{
    unsigned i;
    gray_revoked_t *revoked;

    for (i = 0; i < keyring->nrevoked; i++, at += KEYRING_REVOKED) {
        revoked = &keyring->revoked[i];
        revoked->id = gray_bytes_read(at, 8);
        revoked->expiry = gray_bytes_read(at + 8, 8);

        if (i > 0 && revoked[-1].id >= revoked->id) {
            return false;
        }
    }

    return true;
}


static bool
keyring_read_all(
    const unsigned char *bytes, size_t len, gray_keyring_t *keyring)
{
    unsigned i;
    const unsigned char *at;

    if (len < KEYRING_HEAD || memcmp(bytes, KEYRING_MAGIC, 4) != 0
        || gray_bytes_read(bytes + 4, 4)
               != gray_murmur3_32(bytes + 8, len - 8, 0))
    {
        return false;
    }

    keyring->last = (uint32_t) gray_bytes_read(bytes + 8, 4);
    keyring->nkeys = (unsigned) gray_bytes_read(bytes + 12, 2);
    keyring->nrevoked = (unsigned) gray_bytes_read(bytes + 14, 2);

    if (keyring->nkeys > GRAY_KEYRING_KEYS
        || keyring->nrevoked > GRAY_KEYRING_REVOKED
        || len
               != KEYRING_HEAD + keyring->nkeys * (size_t) KEYRING_KEY
                      + keyring->nrevoked * (size_t) KEYRING_REVOKED)
    {
        return false;
    }

    at = bytes + KEYRING_HEAD;
    for (i = 0; i < keyring->nkeys; i++) {
        at = keyring_read_key(at, &keyring->keys[i]);
    }

    return keyring_read_revoked(at, keyring);
}


bool
gray_keyring_read(const void *bytes, size_t len, gray_keyring_t *keyring)
{
    memset(keyring, 0, sizeof(*keyring));

    if (keyring_read_all(bytes, len, keyring)) {
        return true;
    }

    memset(keyring, 0, sizeof(*keyring));

    return false;
}


size_t
gray_keyring_write(
    const gray_keyring_t *keyring, unsigned char bytes[GRAY_KEYRING_BYTES_MAX])
{
    unsigned i;
    size_t len;
    unsigned char *at;

    memcpy(bytes, KEYRING_MAGIC, 4);
    at = gray_bytes_write(bytes + 8, keyring->last, 4);
    at = gray_bytes_write(at, keyring->nkeys, 2);
    at = gray_bytes_write(at, keyring->nrevoked, 2);

    for (i = 0; i < keyring->nkeys; i++) {
        at = gray_bytes_write(at, keyring->keys[i].id, 4);
        at = gray_bytes_write(at, keyring->keys[i].made, 8);
        memcpy(at, keyring->keys[i].bytes, GRAY_TOKEN_KEY_SIZE);
        at += GRAY_TOKEN_KEY_SIZE;
    }

    for (i = 0; i < keyring->nrevoked; i++) {
        at = gray_bytes_write(at, keyring->revoked[i].id, 8);
        at = gray_bytes_write(at, keyring->revoked[i].expiry, 8);
    }

    len = (size_t) (at - bytes);
    (void) gray_bytes_write(
        bytes + 4, gray_murmur3_32(bytes + 8, len - 8, 0), 4);

    return len;
}


const gray_token_key_t *
gray_keyring_key(const gray_keyring_t *keyring, uint32_t id)
{
    unsigned i;

    for (i = 0; i < keyring->nkeys; i++) {
        if (keyring->keys[i].id == id) {
            return &keyring->keys[i];
        }
    }

    return NULL;
}


/* Where the id is, or would be. */

static unsigned
keyring_find(const gray_keyring_t *keyring, uint64_t id)
{
    unsigned low, high, middle;

    low = 0;
    high = keyring->nrevoked;

    while (low < high) {
        middle = (low + high) / 2;
        if (keyring->revoked[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}


bool
gray_keyring_revoked(const gray_keyring_t *keyring, uint64_t id)
{
    unsigned i = keyring_find(keyring, id);

    return i < keyring->nrevoked && keyring->revoked[i].id == id;
}


void
gray_keyring_rotate(gray_keyring_t *keyring, uint64_t now,
    const unsigned char bytes[GRAY_TOKEN_KEY_SIZE])
{
    keyring->keys[1] = keyring->keys[0];
    keyring->nkeys = keyring->nkeys == 0 ? 1 : 2;

    keyring->keys[0].id = ++keyring->last;
    keyring->keys[0].made = now;
    memcpy(keyring->keys[0].bytes, bytes, GRAY_TOKEN_KEY_SIZE);
}


bool
gray_keyring_revoke(gray_keyring_t *keyring, uint64_t id, uint64_t expiry)
{
    unsigned i = keyring_find(keyring, id);

    if (i < keyring->nrevoked && keyring->revoked[i].id == id) {
        return true;
    }

    if (keyring->nrevoked == GRAY_KEYRING_REVOKED) {
        return false;
    }

    memmove(&keyring->revoked[i + 1], &keyring->revoked[i],
        (keyring->nrevoked - i) * sizeof(gray_revoked_t));
    keyring->revoked[i] = (gray_revoked_t){ id, expiry };
    keyring->nrevoked++;

    return true;
}


void
gray_keyring_purge(gray_keyring_t *keyring, uint64_t now)
{
    unsigned i, kept;

    for (i = 0, kept = 0; i < keyring->nrevoked; i++) {
        if (keyring->revoked[i].expiry > now) {
            keyring->revoked[kept++] = keyring->revoked[i];
        }
    }

    keyring->nrevoked = kept;
}
