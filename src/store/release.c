/*
 * Releases: a record is its checksum, the length of the document, the
 * revision, the document, the compiled form.
 */

#include "releases.h"
#include "store_internal.h"

#include <errno.h>
#include <stdlib.h>

typedef struct {
    uint32_t checksum; /* of all that follows */
    uint32_t document;
    uint64_t revision;
} header_t;

static int
decode(gray_bytes_t record, const char *name, gray_store_release_t *release,
    bool *sound)
{
    const unsigned char *bytes = record.data;
    header_t header;

    if (record.len < sizeof(header)) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "release '%s': the record is cut", name);
    }

    memcpy(&header, bytes, sizeof(header));
    *sound
        = header.checksum
          == gray_store_checksum(gray_bytes(bytes + 4, record.len - 4), name);
    if (header.document > record.len - sizeof(header)) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "release '%s': wrong checksum", name);
    }

    bytes += sizeof(header);
    release->revision = header.revision;
    release->document = gray_bytes(bytes, header.document);
    release->compiled = gray_bytes(
        bytes + header.document, record.len - sizeof(header) - header.document);

    return GRAY_STORE_OK;
}

int
gray_store_release_peek(gray_txn_t *txn, const char *name,
    gray_store_release_t *release, bool *sound)
{
    gray_bytes_t key, record = { 0 };
    int rc = gray_store_name_key(name, &key);

    if (rc == GRAY_STORE_OK) {
        rc = gray_db_get(txn, GRAY_DB_RELEASES, key, &record);
    }

    return rc != GRAY_STORE_OK ? rc : decode(record, name, release, sound);
}

int
gray_store_release_get(
    gray_txn_t *txn, const char *name, gray_store_release_t *release)
{
    bool sound;
    int rc = gray_store_release_peek(txn, name, release, &sound);

    return rc != GRAY_STORE_OK || sound
               ? rc
               : gray_store_fail(
                   GRAY_STORE_EDAMAGED, "release '%s': wrong checksum", name);
}

/* A record; NULL when there is no memory. The checksum is made. */
static unsigned char *
encode(const char *name, header_t *header, gray_bytes_t document,
    gray_bytes_t compiled)
{
    size_t len = sizeof(*header) + document.len + compiled.len;
    unsigned char *record = malloc(len);

    if (record == NULL) {
        return NULL;
    }

    memcpy(record, header, sizeof(*header));
    gray_put_bytes(
        gray_put_bytes(record + sizeof(*header), document), compiled);
    header->checksum
        = gray_store_checksum(gray_bytes(record + 4, len - 4), name);
    memcpy(record, &header->checksum, sizeof(header->checksum));

    return record;
}

bool
gray_store_release_proves(
    gray_txn_t *txn, const char *name, gray_bytes_t compiled)
{
    gray_store_release_t stored;
    unsigned char *record;
    header_t header;
    uint32_t checksum;
    bool sound;

    if (gray_store_release_peek(txn, name, &stored, &sound) != GRAY_STORE_OK) {
        return false;
    }

    if (sound
        || (stored.compiled.len == compiled.len
            && memcmp(stored.compiled.data, compiled.data, compiled.len) == 0))
    {
        return true;
    }

    memcpy(&header, (const char *) stored.document.data - sizeof(header),
        sizeof(header));
    checksum = header.checksum;
    record = encode(name, &header, stored.document, compiled);
    free(record);

    return record != NULL && header.checksum == checksum;
}

int
gray_store_release_put(gray_txn_t *txn, const char *name, gray_bytes_t document,
    gray_bytes_t compiled)
{
    size_t len = sizeof(header_t) + document.len + compiled.len;
    header_t header = { .document = (uint32_t) document.len };
    unsigned char *record;
    gray_bytes_t key;
    int rc = gray_store_name_key(name, &key);

    if (rc != GRAY_STORE_OK || document.len > UINT32_MAX / 2
        || compiled.len > UINT32_MAX / 2)
    {
        return GRAY_STORE_EINVALID;
    }

    rc = gray_txn_changed(txn, &header.revision);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    record = encode(name, &header, document, compiled);
    if (record == NULL) {
        return gray_store_error(ENOMEM);
    }

    rc = gray_db_put(txn, GRAY_DB_RELEASES, key, gray_bytes(record, len));
    free(record);

    return rc;
}

int
gray_store_release_del(gray_txn_t *txn, const char *name)
{
    gray_bytes_t key;
    int rc = gray_store_name_key(name, &key);

    return rc != GRAY_STORE_OK ? rc : gray_db_del(txn, GRAY_DB_RELEASES, key);
}

int
gray_store_release_next(gray_txn_t *txn, const char *after, char name[64])
{
    return gray_db_next_name(txn, GRAY_DB_RELEASES, after, name);
}
