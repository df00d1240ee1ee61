#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include "control/digest.h"
#include "control/document_json.h"
#include "internal.h"


/* Each part with its length in front, so that no two stores give the same
 * bytes. */
static void
gray_digest_add(EVP_MD_CTX *hash, const char *data, size_t len)
{
    char prefix[32];

    (void) snprintf(prefix, sizeof(prefix), "%zu:", len);
    (void) EVP_DigestUpdate(hash, prefix, strlen(prefix));
    (void) EVP_DigestUpdate(hash, data, len);
}


static int
gray_digest_releases(gray_control_t *control, gray_txn_t *txn, EVP_MD_CTX *hash,
    gray_error_t *error)
{
    int rc;
    char *text, name[64], after[64];
    gray_document_t document;

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        rc = gray_store_release_next(txn, after, name);
        if (rc != GRAY_STORE_OK) {
            break;
        }

        if (gray_release_fetch(control, txn, name, &document, NULL, error) != 0)
        {
            return -1;
        }
        text = gray_document_write(&document, name,
            GRAY_JSON_BUCKETS | GRAY_JSON_SALT | GRAY_JSON_NO_NOTE);
        gray_document_free(&document);
        if (text == NULL) {
            return gray_no_memory(error);
        }

        gray_digest_add(hash, "release", 7);
        gray_digest_add(hash, name, strlen(name));
        gray_digest_add(hash, text, strlen(text));
        free(text);
    }

    return rc == GRAY_STORE_ENOTFOUND
               ? 0
               : gray_verb_store_error(control->dir, rc, error);
}


static int
gray_digest_lists(gray_control_t *control, gray_txn_t *txn, EVP_MD_CTX *hash,
    gray_error_t *error)
{
    int rc, len;
    gray_list_t list;
    char text[160], name[64], after[64];

    for (after[0] = '\0';; memcpy(after, name, sizeof(after))) {
        rc = gray_store_list_next(txn, after, name);
        if (rc == GRAY_STORE_OK) {
            rc = gray_store_list_get(txn, name, &list);
        }
        if (rc != GRAY_STORE_OK) {
            break;
        }

        len = snprintf(text, sizeof(text), "%d %llu %016llx%016llx",
            (int) list.kind, (unsigned long long) list.count,
            (unsigned long long) list.digest[0],
            (unsigned long long) list.digest[1]);

        gray_digest_add(hash, "list", 4);
        gray_digest_add(hash, name, strlen(name));
        gray_digest_add(hash, text, (size_t) len);
    }

    return rc == GRAY_STORE_ENOTFOUND
               ? 0
               : gray_verb_store_error(control->dir, rc, error);
}


int
gray_control_digest(gray_control_t *control, char digest[GRAY_DIGEST_TEXT_MAX],
    gray_error_t *error)
{
    int rc;
    unsigned i, len;
    gray_txn_t *txn;
    EVP_MD_CTX *hash;
    unsigned char bytes[EVP_MAX_MD_SIZE];

    hash = EVP_MD_CTX_new();
    if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(hash);
        return gray_error_set(error, GRAY_ESYSTEM, "no SHA-256");
    }

    rc = gray_verb_read(control, &txn, error);
    if (rc == 0) {
        rc = gray_digest_releases(control, txn, hash, error);
        if (rc == 0) {
            rc = gray_digest_lists(control, txn, hash, error);
        }
        gray_verb_read_end(control, txn);
    }

    if (rc == 0) {
        (void) EVP_DigestFinal_ex(hash, bytes, &len);
        for (i = 0; i < 32; i++) {
            (void) snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
        }
    }
    EVP_MD_CTX_free(hash);

    return rc;
}
