/*
 * Whether a value is listed: the same question that a worker asks.
 */

#include <string.h>
#include "internal.h"


static int
gray_lookup_key(gray_txn_t *txn, const gray_list_t *list, uint64_t now,
    gray_lookup_t *lookup)
{
    int rc;
    gray_member_t member;

    rc = gray_store_member_get(
        txn, list->id, gray_key_bytes(&lookup->key), &member);
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    lookup->found = true;
    lookup->listed = member.expiry == 0 || member.expiry > now;
    lookup->expiry = member.expiry;
    lookup->note = member.note;

    return GRAY_STORE_OK;
}


/* Tries each block length that the list has, the narrowest first. */
static int
gray_lookup_address(gray_txn_t *txn, const gray_list_t *list, gray_str_t value,
    uint64_t now, gray_lookup_t *lookup)
{
    int rc, bits;
    gray_address_t address;
    gray_lookup_t expired, attempt;

    if (!gray_address_parse(value, &address)) {
        lookup->no_address = true;
        return GRAY_STORE_OK;
    }

    memset(&expired, 0, sizeof(expired));

    for (bits = 128; bits >= 0; bits--) {
        if (list->blocks[bits] == 0) {
            continue;
        }

        memset(&attempt, 0, sizeof(attempt));
        gray_address_mask(&address, (unsigned) bits);
        memcpy(attempt.key.bytes, address.bytes, sizeof(address.bytes));
        attempt.key.bytes[sizeof(address.bytes)] = (unsigned char) bits;
        attempt.key.len = sizeof(address.bytes) + 1;

        rc = gray_lookup_key(txn, list, now, &attempt);
        if (rc != GRAY_STORE_OK && rc != GRAY_STORE_ENOTFOUND) {
            return rc;
        }
        if (attempt.listed) {
            *lookup = attempt;
            return GRAY_STORE_OK;
        }
        if (attempt.found && !expired.found) {
            expired = attempt;
        }
    }

    *lookup = expired;

    return GRAY_STORE_OK;
}


int
gray_lookup(gray_txn_t *txn, const gray_list_t *list, gray_str_t value,
    uint64_t now, gray_lookup_t *lookup)
{
    int rc;

    memset(lookup, 0, sizeof(*lookup));

    if (list->kind == GRAY_STORE_IP) {
        return gray_lookup_address(txn, list, value, now, lookup);
    }

    if (value.len == 0 || value.len > GRAY_STORE_KEY_MAX) {
        return GRAY_STORE_OK;
    }

    lookup->key.len = value.len;
    memcpy(lookup->key.bytes, value.data, value.len);

    rc = gray_lookup_key(txn, list, now, lookup);

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}
