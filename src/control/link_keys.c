/* The keyring in the store. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "link_internal.h"


gray_keyring_t *
gray_link_keyring(gray_control_t *control, gray_txn_t *txn, gray_error_t *error)
{
    int rc;
    gray_bytes_t value;
    gray_keyring_t *keyring;

    keyring = calloc(1, sizeof(*keyring));
    if (keyring == NULL) {
        (void) gray_no_memory(error);
        return NULL;
    }

    rc = gray_store_meta_get(txn, GRAY_LINK_KEYRING, &value);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return keyring;
    }

    if (rc != GRAY_STORE_OK) {
        (void) gray_verb_store_error(control->dir, rc, error);

    } else if (!gray_keyring_read(value.data, value.len, keyring)) {
        (void) gray_error_set(error, GRAY_EDAMAGED,
            "the store's record of keys and revoked links is damaged");
        (void) gray_error_hint(error,
            "grayctl link revoke --all makes a new one; no link made before "
            "stays valid");
    } else {
        return keyring;
    }

    gray_link_keyring_free(keyring);

    return NULL;
}


void
gray_link_keyring_free(gray_keyring_t *keyring)
{
    if (keyring != NULL) {
        explicit_bzero(keyring, sizeof(*keyring));
        free(keyring);
    }
}


int
gray_link_keyring_put(gray_control_t *control, gray_txn_t *txn,
    gray_keyring_t *keyring, gray_error_t *error)
{
    int rc;
    size_t len;
    unsigned char *bytes;

    bytes = malloc(GRAY_KEYRING_BYTES_MAX);
    if (bytes == NULL) {
        return gray_no_memory(error);
    }

    gray_keyring_purge(keyring, gray_wall_ms() / 1000);
    len = gray_keyring_write(keyring, bytes);
    rc = gray_store_meta_put(
        txn, GRAY_LINK_KEYRING, (gray_bytes_t){ len, bytes });

    explicit_bzero(bytes, len);
    free(bytes);

    return rc == GRAY_STORE_OK ? 0
                               : gray_verb_store_error(control->dir, rc, error);
}


int
gray_link_random(void *bytes, size_t len, gray_error_t *error)
{
    if (getrandom(bytes, len, 0) == (ssize_t) len) {
        return 0;
    }

    return gray_error_set(
        error, GRAY_ESYSTEM, "no random bytes: %s", strerror(errno));
}


int
gray_link_new_key(gray_keyring_t *keyring, gray_error_t *error)
{
    unsigned char bytes[GRAY_TOKEN_KEY_SIZE];

    if (gray_link_random(bytes, sizeof(bytes), error) != 0) {
        return -1;
    }

    gray_keyring_rotate(keyring, gray_wall_ms() / 1000, bytes);
    explicit_bzero(bytes, sizeof(bytes));

    return 0;
}
