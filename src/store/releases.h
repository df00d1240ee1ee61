/*
 * Releases in the store: name -> document (JSON text) and its compiled form.
 * A record carries a checksum, which gray_store_release_get verifies
 * (EDAMAGED). Names are 1 to 63 bytes.
 */

#ifndef GRAY_STORE_RELEASES_H
#define GRAY_STORE_RELEASES_H

#include "store.h"

typedef struct {
    uint64_t revision; /* that last changed this release           */
    gray_bytes_t document;
    gray_bytes_t compiled;
} gray_store_release_t;

int gray_store_release_get(
    gray_txn_t *txn, const char *name, gray_store_release_t *release);

/* As get, of a record whose checksum is wrong too (*sound false). EDAMAGED when
 * not even its lengths can be right. For repairs. */
int gray_store_release_peek(gray_txn_t *txn, const char *name,
    gray_store_release_t *release, bool *sound);

/* Whether the document of a record that is not sound is as it was put: with this
 * compiled form the record's checksum is right, or it has this form already and
 * it is the checksum that is wrong. */
bool gray_store_release_proves(
    gray_txn_t *txn, const char *name, gray_bytes_t compiled);

int gray_store_release_put(gray_txn_t *txn, const char *name,
    gray_bytes_t document, gray_bytes_t compiled);
int gray_store_release_del(gray_txn_t *txn, const char *name);

/* The first release whose name is after `after` ("" for the first), its name
 * copied into `name`. ENOTFOUND at the end. */
int gray_store_release_next(gray_txn_t *txn, const char *after, char name[64]);

#endif
