/*
 * Garbage: list id (8 bytes, big-endian) -> who is making it, and the header
 * of a list in the making.
 */

#include "store_internal.h"

#include <unistd.h>

typedef struct {
    uint32_t checksum; /* of all that follows, the header included */
    uint32_t pid;
    uint64_t start;
    uint64_t place;
} record_t;

int
gray_garbage_put(gray_txn_t *txn, uint64_t id, const gray_garbage_t *garbage)
{
    unsigned char bytes[sizeof(record_t) + GRAY_LIST_HEADER_MAX];
    unsigned char key[8];
    size_t len = sizeof(record_t);
    record_t record = {
        .pid = garbage->pid,
        .start = garbage->start,
        .place = garbage->place,
    };

    if (garbage->making) {
        len += gray_list_encode(&garbage->list, "", bytes + sizeof(record));
    }

    memcpy(bytes, &record, sizeof(record));
    record.checksum = gray_store_checksum(gray_bytes(bytes + 4, len - 4), "");
    memcpy(bytes, &record.checksum, sizeof(record.checksum));
    gray_put_be64(key, id);

    return gray_db_put(
        txn, GRAY_DB_GARBAGE, gray_bytes(key, 8), gray_bytes(bytes, len));
}

static int
decode(gray_bytes_t value, uint64_t id, gray_garbage_t *garbage)
{
    const unsigned char *bytes = value.data;
    record_t record;

    if (value.len >= sizeof(record)) {
        memcpy(&record, bytes, sizeof(record));
    }

    if (value.len < sizeof(record)
        || record.checksum
               != gray_store_checksum(gray_bytes(bytes + 4, value.len - 4), ""))
    {
        return gray_store_fail(GRAY_STORE_EDAMAGED,
            "garbage %llu: wrong checksum", (unsigned long long) id);
    }

    garbage->pid = record.pid;
    garbage->start = record.start;
    garbage->place = record.place;
    garbage->making = value.len > sizeof(record);

    return !garbage->making
               ? GRAY_STORE_OK
               : gray_list_decode(gray_bytes(bytes + sizeof(record),
                                      value.len - sizeof(record)),
                   "", &garbage->list);
}

int
gray_garbage_get(gray_txn_t *txn, uint64_t id, gray_garbage_t *garbage)
{
    unsigned char key[8];
    gray_bytes_t value;
    int rc;

    gray_put_be64(key, id);
    rc = gray_db_get(txn, GRAY_DB_GARBAGE, gray_bytes(key, 8), &value);

    return rc != GRAY_STORE_OK ? rc : decode(value, id, garbage);
}

int
gray_garbage_del(gray_txn_t *txn, uint64_t id)
{
    unsigned char key[8];

    gray_put_be64(key, id);

    return gray_db_del(txn, GRAY_DB_GARBAGE, gray_bytes(key, 8));
}

int
gray_garbage_next(gray_txn_t *txn, uint64_t after, uint64_t *id)
{
    unsigned char from[8];
    gray_bytes_t key, value;
    int rc;

    gray_put_be64(from, after);
    rc = gray_db_next(txn, GRAY_DB_GARBAGE, gray_bytes(from, 8), &key, &value);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (key.len != 8) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "garbage: a key of %zu bytes", key.len);
    }

    *id = gray_get_be64(key.data);

    return GRAY_STORE_OK;
}

/*
 * An importer has the store open. So it can only be in this process's own
 * place (namespace), or it is gone.
 */
bool
gray_garbage_alive(const gray_store_t *store, const gray_garbage_t *garbage)
{
    uint64_t start;

    if (garbage->pid == 0 || garbage->place != store->place
        || gray_process_gone(garbage->pid))
    {
        return false;
    }

    start = gray_process_start(garbage->pid);

    return start == 0 || garbage->start == 0 || start == garbage->start;
}
