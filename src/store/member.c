/*
 * Members: list id (8 bytes, big-endian) and key -> nothing, or expiry and
 * note. Each member that expires is in `expiry` too, by time.
 */

#include "members.h"
#include "store_internal.h"

gray_bytes_t
gray_member_key(
    uint64_t id, gray_bytes_t key, unsigned char to[GRAY_MEMBER_KEY_MAX])
{
    gray_put_be64(to, id);
    memcpy(to + 8, key.data, key.len);

    return gray_bytes(to, 8 + key.len);
}

void
gray_member_decode(gray_bytes_t value, gray_member_t *member)
{
    *member = (gray_member_t){ .expiry = 0 };

    if (value.len >= 8) {
        memcpy(&member->expiry, value.data, 8);
        member->note = gray_bytes((const char *) value.data + 8, value.len - 8);
    }
}

gray_bytes_t
gray_member_encode(
    const gray_member_t *member, unsigned char to[GRAY_MEMBER_VALUE_MAX])
{
    if (member->expiry == 0 && member->note.len == 0) {
        return gray_bytes("", 0);
    }

    memcpy(to, &member->expiry, 8);
    gray_put_bytes(to + 8, member->note);

    return gray_bytes(to, 8 + member->note.len);
}

int
gray_store_member_get(
    gray_txn_t *txn, uint64_t id, gray_bytes_t key, gray_member_t *member)
{
    unsigned char bytes[GRAY_MEMBER_KEY_MAX];
    gray_bytes_t value;
    int rc;

    if (key.len == 0 || key.len > GRAY_STORE_KEY_MAX) {
        return GRAY_STORE_EINVALID;
    }

    rc = gray_db_get(
        txn, GRAY_DB_MEMBERS, gray_member_key(id, key, bytes), &value);
    if (rc == GRAY_STORE_OK) {
        gray_member_decode(value, member);
    }

    return rc;
}

/* Two hashes of the key that differ in their seed; the sums over all members
 * are the list's digest. */
void
gray_list_count(gray_list_t *list, gray_bytes_t key, uint64_t expiry, int sign)
{
    uint64_t unit = (uint64_t) (int64_t) sign;

    list->count += unit;
    list->digest[0]
        += unit
           * gray_store_hash(key.data, key.len, expiry ^ 0x67726179646967ULL);
    list->digest[1]
        += unit
           * gray_store_hash(key.data, key.len, expiry ^ 0xb7e151628aed2a6aULL);

    if (list->kind == GRAY_STORE_IP && key.len == GRAY_STORE_IP_KEY) {
        const unsigned char *address = key.data;

        list->blocks[address[16] <= 128 ? address[16] : 128] += (uint32_t) unit;
    }
}

bool
gray_member_valid(const gray_list_t *list, gray_bytes_t key)
{
    const unsigned char *bytes = key.data;

    switch (list->kind) {
    case GRAY_STORE_STRING:
        return key.len >= 1 && key.len <= GRAY_STORE_KEY_MAX;

    case GRAY_STORE_IP:
        return key.len == GRAY_STORE_IP_KEY && bytes[16] <= 128;

    default: /* a live list's members stand in memcached */
        return false;
    }
}

gray_bytes_t
gray_expiry_key(
    uint64_t expiry, gray_bytes_t member, unsigned char to[GRAY_EXPIRY_KEY_MAX])
{
    gray_put_be64(to, expiry);
    memcpy(to + 8, member.data, member.len);

    return gray_bytes(to, 8 + member.len);
}

/* Moves a member in the index of expiries; 0 is no expiry. */
static int
move_expiry(gray_txn_t *txn, gray_bytes_t member, uint64_t from, uint64_t to)
{
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX];
    int rc = GRAY_STORE_OK;

    if (from == to) {
        return GRAY_STORE_OK;
    }

    if (from != 0) {
        rc = gray_db_del(
            txn, GRAY_DB_EXPIRY, gray_expiry_key(from, member, bytes));
    }

    if ((rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) && to != 0) {
        rc = gray_db_put(txn, GRAY_DB_EXPIRY,
            gray_expiry_key(to, member, bytes), gray_bytes("", 0));
    }

    return rc == GRAY_STORE_ENOTFOUND ? GRAY_STORE_OK : rc;
}

int
gray_store_member_put(gray_txn_t *txn, gray_list_t *list, gray_bytes_t key,
    const gray_member_t *member, bool *added)
{
    unsigned char key_bytes[GRAY_MEMBER_KEY_MAX];
    unsigned char value_bytes[GRAY_MEMBER_VALUE_MAX];
    gray_bytes_t full_key, value, old_value;
    gray_member_t old = { .expiry = 0 };
    int rc;

    if (!gray_member_valid(list, key) || member->note.len > GRAY_STORE_NOTE_MAX)
    {
        return GRAY_STORE_EINVALID;
    }

    full_key = gray_member_key(list->id, key, key_bytes);
    value = gray_member_encode(member, value_bytes);

    rc = gray_db_add(txn, GRAY_DB_MEMBERS, full_key, value, &old_value);
    *added = rc == GRAY_STORE_OK;

    if (rc == GRAY_STORE_EEXISTS) {
        if (old_value.len == value.len
            && memcmp(old_value.data, value.data, value.len) == 0)
        {
            return GRAY_STORE_OK;
        }

        gray_member_decode(old_value, &old);
        rc = gray_db_put(txn, GRAY_DB_MEMBERS, full_key, value);
    }

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (!*added) {
        gray_list_count(list, key, old.expiry, -1);
    }
    gray_list_count(list, key, member->expiry, 1);

    if (*added || old.expiry != member->expiry) {
        rc = gray_index_note_key(txn, list, key, member->expiry, 1);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }
    }

    return move_expiry(txn, full_key, old.expiry, member->expiry);
}

int
gray_store_member_del(gray_txn_t *txn, gray_list_t *list, gray_bytes_t key)
{
    unsigned char bytes[GRAY_MEMBER_KEY_MAX];
    gray_bytes_t full_key;
    gray_member_t old;
    int rc;

    if (!gray_member_valid(list, key)) {
        return GRAY_STORE_EINVALID;
    }

    full_key = gray_member_key(list->id, key, bytes);

    if ((rc = gray_store_member_get(txn, list->id, key, &old)) != GRAY_STORE_OK
        || (rc = gray_db_del(txn, GRAY_DB_MEMBERS, full_key)) != GRAY_STORE_OK
        || (rc = gray_index_note_key(txn, list, key, 0, -1)) != GRAY_STORE_OK)
    {
        return rc;
    }

    gray_list_count(list, key, old.expiry, -1);

    return move_expiry(txn, full_key, old.expiry, 0);
}
