/* Deleting members that nobody sees any more, in small steps. */

#include "store_internal.h"
#include "upkeep.h"

/* Members that expired but belong to an import still running are passed over,
 * a whole (time, list) at once; at most this many times. */
#define PASS_MAX 1000

/* --- garbage lists -------------------------------------------------------- */

/* At most `limit` members of list `id`, then its record; returns how many. */
static int
purge_list(gray_txn_t *txn, uint64_t id, unsigned limit)
{
    gray_list_t list = { .id = id, .kind = GRAY_STORE_STRING };
    unsigned char bytes[GRAY_STORE_KEY_MAX];
    gray_members_t *members;
    gray_member_t member;
    gray_bytes_t key;
    unsigned done;
    int rc = GRAY_STORE_OK;

    for (done = 0; rc == GRAY_STORE_OK && done < limit; done++) {
        rc = gray_store_members_open(txn, id, gray_bytes(NULL, 0), &members);
        if (rc != GRAY_STORE_OK) {
            return rc;
        }

        rc = gray_store_members_next(members, &key, &member);
        if (rc == GRAY_STORE_OK) {
            memcpy(bytes, key.data, key.len);
        }
        gray_store_members_close(members);

        if (rc == GRAY_STORE_OK) {
            rc = gray_store_member_del(txn, &list, gray_bytes(bytes, key.len));
        }
    }

    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = gray_garbage_del(txn, id); /* done counts it already */
        if (rc == GRAY_STORE_OK) {
            rc = gray_index_note_forget(txn, id);
        }
    }

    return rc != GRAY_STORE_OK ? rc : (int) done;
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
