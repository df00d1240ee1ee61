/* Deleting members that nobody sees any more, in small steps. */

#include "store_internal.h"
#include "upkeep.h"

/* Members that expired but belong to an import still running are passed over,
 * a whole (time, list) at once; at most this many times. */
#define PASS_MAX 1000

/* --- garbage lists -------------------------------------------------------- */

/* One member, which the cursor is at. Nobody counts those of a garbage list. */
static int
purge_member(gray_txn_t *txn, MDB_cursor *cursor, MDB_val key, MDB_val value)
{
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX];
    gray_member_t member;
    int rc = GRAY_STORE_OK;

    gray_member_decode(gray_bytes(value.mv_data, value.mv_size), &member);

    if (member.expiry != 0 && key.mv_size <= GRAY_MEMBER_KEY_MAX) {
        rc = gray_db_del(txn, GRAY_DB_EXPIRY,
            gray_expiry_key(
                member.expiry, gray_bytes(key.mv_data, key.mv_size), bytes));
    }

    if (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        int failed = mdb_cursor_del(cursor, 0);

        rc = failed == 0 ? GRAY_STORE_OK : gray_txn_failed(txn, failed);
    }

    return rc;
}

/* At most `limit` members; returns how many, or the error. */
static int
purge_members(gray_txn_t *txn, uint64_t id, unsigned limit)
{
    unsigned char prefix[8];
    MDB_val key = { sizeof(prefix), prefix }, value;
    MDB_cursor *cursor;
    unsigned done = 0;
    int found, rc = GRAY_STORE_OK;

    found
        = mdb_cursor_open(txn->txn, txn->store->dbi[GRAY_DB_MEMBERS], &cursor);
    if (found != 0) {
        return gray_store_error(found);
    }

    gray_put_be64(prefix, id);
    found = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);

    while (found == 0 && done < limit && key.mv_size > sizeof(prefix)
           && memcmp(key.mv_data, prefix, sizeof(prefix)) == 0)
    {
        rc = purge_member(txn, cursor, key, value);
        if (rc != GRAY_STORE_OK) {
            break;
        }
        done++;
        found = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);

    if (rc == GRAY_STORE_OK && found != 0 && found != MDB_NOTFOUND) {
        rc = gray_store_error(found);
    }

    return rc == GRAY_STORE_OK ? (int) done : rc;
}

/* At most `limit` members of list `id`, then its record; returns how many. */
static int
purge_list(gray_txn_t *txn, uint64_t id, unsigned limit)
{
    int rc, done = purge_members(txn, id, limit);

    if (done < 0 || (unsigned) done == limit) {
        return done;
    }

    rc = gray_garbage_del(txn, id);
    if (rc == GRAY_STORE_OK) {
        rc = gray_index_note_forget(txn, id);
    }

    return rc == GRAY_STORE_OK ? done + 1 : rc;
}

static int
purge_garbage(gray_txn_t *txn, unsigned limit)
{
    gray_garbage_t garbage;
    uint64_t id = 0;
    unsigned done = 0;
    int rc;

    while (done < limit) {
        rc = gray_garbage_next(txn, id, &id);
        if (rc == GRAY_STORE_ENOTFOUND) {
            break;
        }

        if (rc != GRAY_STORE_OK
            || (rc = gray_garbage_get(txn, id, &garbage)) != GRAY_STORE_OK)
        {
            return rc;
        }

        if (gray_garbage_alive(txn->store, &garbage)) {
            continue;
        }

        rc = purge_list(txn, id, limit - done);
        if (rc < 0) {
            return rc;
        }
        done += (unsigned) rc;
    }

    return (int) done;
}

/* --- expired members ------------------------------------------------------ */

/* The list whose members are being purged; its header is written when
 * another list's turn comes. */
typedef struct {
    char name[64]; /* "": the list is in the making, or its header is gone */
    gray_list_t list;
} current_t;

static int
put_current(gray_txn_t *txn, current_t *current)
{
    return current->name[0] == '\0'
               ? GRAY_STORE_OK
               : gray_store_list_put(txn, current->name, &current->list);
}

static int
load_current(gray_txn_t *txn, current_t *current, uint64_t id)
{
    unsigned char key[8];
    gray_bytes_t name;
    int rc;

    *current = (current_t){ .list.id = id };
    gray_put_be64(key, id);
    rc = gray_db_get(txn, GRAY_DB_NAMES, gray_bytes(key, 8), &name);

    if (rc == GRAY_STORE_ENOTFOUND) {
        return GRAY_STORE_OK;
    }

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (name.len == 0 || name.len > 63) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "names: a name of %zu bytes", name.len);
    }

    memcpy(current->name, name.data, name.len);

    return gray_store_list_get(txn, current->name, &current->list);
}

static int
turn_to(gray_txn_t *txn, current_t *current, uint64_t id)
{
    int rc;

    if (current->list.id == id) {
        return GRAY_STORE_OK;
    }

    rc = put_current(txn, current);

    return rc != GRAY_STORE_OK ? rc : load_current(txn, current, id);
}

/* Where the walk over `expiry` is: the key it passed last. */
typedef struct {
    unsigned char key[GRAY_EXPIRY_KEY_MAX];
    size_t len;
} walk_t;

/* The next member that expired before `now`. */
static int
next_expired(gray_txn_t *txn, uint64_t now, walk_t *walk)
{
    gray_bytes_t key, value;
    int rc = gray_db_next(
        txn, GRAY_DB_EXPIRY, gray_bytes(walk->key, walk->len), &key, &value);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    if (key.len <= 16 || key.len > sizeof(walk->key)) {
        return gray_store_fail(
            GRAY_STORE_EDAMAGED, "expiry: a key of %zu bytes", key.len);
    }

    memcpy(walk->key, key.data, key.len);
    walk->len = key.len;

    return gray_get_be64(walk->key) < now ? GRAY_STORE_OK
                                          : GRAY_STORE_ENOTFOUND;
}

static int
delete_expired(gray_txn_t *txn, current_t *current, const walk_t *walk)
{
    int rc = gray_store_member_del(
        txn, &current->list, gray_bytes(walk->key + 16, walk->len - 16));

    /* An entry without its member helps nobody. */
    return rc != GRAY_STORE_ENOTFOUND ? rc
                                      : gray_db_del(txn, GRAY_DB_EXPIRY,
                                          gray_bytes(walk->key, walk->len));
}

static int
purge_expired(gray_txn_t *txn, uint64_t now, unsigned limit)
{
    current_t current = { .list.id = 0 };
    walk_t walk = { .len = 0 };
    unsigned done = 0, passed = 0;
    int rc = GRAY_STORE_OK;

    while (rc == GRAY_STORE_OK && done < limit && passed < PASS_MAX
           && !gray_index_enough(txn))
    {
        rc = next_expired(txn, now, &walk);
        if (rc == GRAY_STORE_OK) {
            rc = turn_to(txn, &current, gray_get_be64(walk.key + 8));
        }

        if (rc != GRAY_STORE_OK) {
            break;
        }

        if (current.name[0] != '\0') {
            rc = delete_expired(txn, &current, &walk);
            done++;
            continue;
        }

        /* Garbage, purged with its list. On to the next list's members. */
        gray_put_be64(walk.key + 8, current.list.id + 1);
        walk.len = 16;
        passed++;
    }

    if (rc == GRAY_STORE_OK || rc == GRAY_STORE_ENOTFOUND) {
        rc = put_current(txn, &current);
    }

    return rc != GRAY_STORE_OK ? rc : (int) done;
}

int
gray_store_purge(gray_txn_t *txn, uint64_t now, unsigned limit)
{
    int garbage, expired, rc;

    garbage = purge_garbage(txn, limit);
    if (garbage < 0) {
        return garbage;
    }

    expired = purge_expired(txn, now, limit - (unsigned) garbage);

    if (expired < 0) {
        return expired;
    }

    rc = gray_index_note_orphans(txn);

    return rc != GRAY_STORE_OK ? rc : garbage + expired;
}
