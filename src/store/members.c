/* Walking over the members of a list. */

#include "members.h"
#include "store_internal.h"

#include <errno.h>
#include <stdlib.h>

struct gray_members_s {
    MDB_cursor *cursor;
    unsigned char from[GRAY_MEMBER_KEY_MAX]; /* id, then the key to pass */
    size_t from_len;
    bool moving;
};

int
gray_store_members_open(
    gray_txn_t *txn, uint64_t id, gray_bytes_t after, gray_members_t **members)
{
    gray_members_t *new;
    int rc;

    if (after.len > GRAY_STORE_KEY_MAX) {
        return GRAY_STORE_EINVALID;
    }

    new = malloc(sizeof(*new));
    if (new == NULL) {
        return gray_store_error(ENOMEM);
    }

    gray_put_be64(new->from, id);
    gray_put_bytes(new->from + 8, after);
    new->from_len = 8 + after.len;
    new->moving = false;

    rc = mdb_cursor_open(
        txn->txn, txn->store->dbi[GRAY_DB_MEMBERS], &new->cursor);
    if (rc != 0) {
        free(new);
        return gray_store_error(rc);
    }

    *members = new;

    return GRAY_STORE_OK;
}

static int
advance(gray_members_t *members, MDB_val *key, MDB_val *value)
{
    int rc;

    if (members->moving) {
        return mdb_cursor_get(members->cursor, key, value, MDB_NEXT);
    }

    members->moving = true;
    *key = (MDB_val){ members->from_len, members->from };
    rc = mdb_cursor_get(members->cursor, key, value, MDB_SET_RANGE);
    if (rc == 0 && key->mv_size == members->from_len
        && memcmp(key->mv_data, members->from, members->from_len) == 0)
    {
        rc = mdb_cursor_get(members->cursor, key, value, MDB_NEXT);
    }

    return rc;
}

int
gray_store_members_next(
    gray_members_t *members, gray_bytes_t *key, gray_member_t *member)
{
    MDB_val k, v;
    int rc = advance(members, &k, &v);

    if (rc != 0) {
        return gray_store_error(rc);
    }

    if (k.mv_size <= 8 || memcmp(k.mv_data, members->from, 8) != 0) {
        return GRAY_STORE_ENOTFOUND;
    }

    *key = gray_bytes((const char *) k.mv_data + 8, k.mv_size - 8);
    gray_member_decode(gray_bytes(v.mv_data, v.mv_size), member);

    return GRAY_STORE_OK;
}

void
gray_store_members_close(gray_members_t *members)
{
    if (members != NULL) {
        mdb_cursor_close(members->cursor);
        free(members);
    }
}

int
gray_store_list_sum(gray_txn_t *txn, gray_list_t *sum,
    unsigned char after[GRAY_STORE_KEY_MAX], size_t *after_len, unsigned limit)
{
    gray_members_t *members;
    gray_member_t member;
    gray_bytes_t key;
    int rc = gray_store_members_open(
        txn, sum->id, gray_bytes(after, *after_len), &members);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    for (unsigned i = 0; i < limit; i++) {
        rc = gray_store_members_next(members, &key, &member);
        if (rc != GRAY_STORE_OK || key.len > GRAY_STORE_KEY_MAX) {
            break;
        }

        gray_list_count(sum, key, member.expiry, 1);
        memcpy(after, key.data, key.len);
        *after_len = key.len;
    }

    gray_store_members_close(members);

    if (rc == GRAY_STORE_OK) {
        return 1;
    }

    return rc == GRAY_STORE_ENOTFOUND ? 0 : rc;
}
