/* Entries that follow from others: looked at, and put or deleted. */

#include "repair.h"
#include "follow.h"

/* Milliseconds of a step. */
#define SLICE 30

/* The clock is read once in so many entries. */
#define BURST 64

/* What is found of an entry. */
typedef enum {
    RIGHT,
    PASS, /* right, as are all whose keys begin with the same 8 bytes */
    WRONG
} verdict_t;

/* Looks at an entry; an error otherwise. */
typedef int (*look_t)(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value);
typedef int (*mend_t)(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value);

typedef struct {
    gray_db_t db;
    look_t look;
    mend_t mend;
} walk_t;

static int
has(gray_txn_t *txn, gray_db_t db, gray_bytes_t key)
{
    gray_bytes_t value;

    return gray_db_get(txn, db, key, &value);
}

/* The name of a list, NUL-terminated. */
static bool
get_name(gray_bytes_t from, char name[64])
{
    if (from.len == 0 || from.len > 63) {
        return false;
    }

    memcpy(name, from.data, from.len);
    name[from.len] = '\0';

    return true;
}

/* The list that `names` gives the id; ENOTFOUND when there is none. */
static int
named(gray_txn_t *txn, gray_bytes_t id, char name[64], gray_list_t *list)
{
    gray_bytes_t value;
    int rc = gray_db_get(txn, GRAY_DB_NAMES, id, &value);

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    return get_name(value, name) ? gray_store_list_get(txn, name, list)
                                 : GRAY_STORE_ENOTFOUND;
}

/* --- garbage ---------------------------------------------------------------------- */

/* Whether a list that has a name has this id. */
static bool
is_list(gray_txn_t *txn, gray_bytes_t id)
{
    gray_list_t list;
    char name[64];
    int rc = named(txn, id, name, &list);

    return rc == GRAY_STORE_EDAMAGED
           || (rc == GRAY_STORE_OK && list.id == gray_get_be64(id.data));
}

static int
look_garbage(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_garbage_t garbage;
    int rc;

    (void) value;
    if (key.len != 8) {
        return WRONG;
    }

    rc = gray_garbage_get(txn, gray_get_be64(key.data), &garbage);
    if (rc == GRAY_STORE_EDAMAGED) {
        return WRONG;
    }

    return rc != GRAY_STORE_OK ? rc : is_list(txn, key) ? WRONG : RIGHT;
}

static int
mend_garbage(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_garbage_t garbage = { .pid = 0 };

    (void) value;

    return key.len != 8 || is_list(txn, key)
               ? gray_db_del(txn, GRAY_DB_GARBAGE, key)
               : gray_garbage_put(txn, gray_get_be64(key.data), &garbage);
}

/* --- names -------------------------------------------------------------------------- */

static int
look_list(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    char name[64], other[64];
    gray_list_t list, of_other;
    unsigned char id[8];
    int rc;

    if (!get_name(key, name)) {
        return RIGHT; /* nobody can ask for it */
    }

    /* Whose header cannot be read is looked at elsewhere. */
    if (gray_list_decode(value, name, &list) != GRAY_STORE_OK) {
        return RIGHT;
    }

    gray_put_be64(id, list.id);
    rc = named(txn, gray_bytes(id, 8), other, &of_other);
    if (rc == GRAY_STORE_ENOTFOUND || rc == GRAY_STORE_EDAMAGED) {
        return WRONG;
    }

    return rc != GRAY_STORE_OK ? rc : strcmp(name, other) == 0 ? RIGHT : WRONG;
}

static int
mend_list(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    char name[64], other[64];
    gray_list_t list, of_other;
    unsigned char bytes[8] = { 0 };
    gray_bytes_t id = gray_bytes(bytes, 8);
    int rc = get_name(key, name) ? gray_list_decode(value, name, &list)
                                 : GRAY_STORE_EDAMAGED;

    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    /* Two that share their members: nobody knows whose they are. */
    gray_put_be64(bytes, list.id);
    if (named(txn, id, other, &of_other) == GRAY_STORE_OK
        && of_other.id == list.id) {
        return GRAY_STORE_OK;
    }

    return gray_db_put(txn, GRAY_DB_NAMES, id, gray_bytes(name, strlen(name)));
}

static int
look_name(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_list_t list;
    char name[64];
    int rc;

    (void) value;
    if (key.len != 8) {
        return WRONG;
    }

    rc = named(txn, key, name, &list);
    if (rc == GRAY_STORE_OK) {
        return list.id == gray_get_be64(key.data) ? RIGHT : WRONG;
    }

    /* The id of a list whose header cannot be read. */
    if (rc == GRAY_STORE_EDAMAGED) {
        return RIGHT;
    }

    return rc == GRAY_STORE_ENOTFOUND ? WRONG : rc;
}

static int
mend_name(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    (void) value;

    return gray_db_del(txn, GRAY_DB_NAMES, key);
}

/* --- members ------------------------------------------------------------------------ */

static int
look_owner(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_bytes_t id = gray_bytes(key.data, 8);
    int rc;

    (void) value;
    if (key.len <= 8) {
        return WRONG;
    }

    rc = has(txn, GRAY_DB_NAMES, id);
    if (rc == GRAY_STORE_ENOTFOUND) {
        rc = has(txn, GRAY_DB_GARBAGE, id);
    }
    if (rc == GRAY_STORE_ENOTFOUND) {
        return WRONG;
    }

    return rc == GRAY_STORE_OK ? PASS : rc;
}

static int
mend_owner(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_garbage_t garbage = { .pid = 0 };

    (void) value;

    return key.len <= 8
               ? gray_db_del(txn, GRAY_DB_MEMBERS, key)
               : gray_garbage_put(txn, gray_get_be64(key.data), &garbage);
}

static gray_bytes_t
expiry_of(gray_bytes_t member, gray_bytes_t value,
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX])
{
    gray_member_t found;

    gray_member_decode(value, &found);

    return member.len <= 8 || member.len > GRAY_MEMBER_KEY_MAX
                   || found.expiry == 0
               ? gray_bytes(NULL, 0)
               : gray_expiry_key(found.expiry, member, bytes);
}

static int
look_member(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX];
    gray_bytes_t expiry = expiry_of(key, value, bytes);
    int rc;

    if (expiry.len == 0) {
        return RIGHT;
    }

    rc = has(txn, GRAY_DB_EXPIRY, expiry);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return WRONG;
    }

    return rc == GRAY_STORE_OK ? RIGHT : rc;
}

static int
mend_member(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    unsigned char bytes[GRAY_EXPIRY_KEY_MAX];

    return gray_db_put(
        txn, GRAY_DB_EXPIRY, expiry_of(key, value, bytes), gray_bytes("", 0));
}

static int
look_expiry(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    gray_member_t member;
    int rc;

    (void) value;
    if (key.len <= 16 || key.len > GRAY_EXPIRY_KEY_MAX) {
        return WRONG;
    }

    rc = gray_db_get(txn, GRAY_DB_MEMBERS,
        gray_bytes((const char *) key.data + 8, key.len - 8), &value);
    if (rc == GRAY_STORE_ENOTFOUND) {
        return WRONG;
    }
    if (rc != GRAY_STORE_OK) {
        return rc;
    }

    gray_member_decode(value, &member);

    return member.expiry == gray_get_be64(key.data) ? RIGHT : WRONG;
}

static int
mend_expiry(gray_txn_t *txn, gray_bytes_t key, gray_bytes_t value)
{
    (void) value;

    return gray_db_del(txn, GRAY_DB_EXPIRY, key);
}

/* --- steps -------------------------------------------------------------------------- */

#define WALKS 2

static const walk_t walks[GRAY_REPAIR_PARTS][WALKS] = {
    [GRAY_REPAIR_GARBAGE] = { { GRAY_DB_GARBAGE, look_garbage, mend_garbage } },
    [GRAY_REPAIR_NAMES] = { { GRAY_DB_LISTS, look_list, mend_list },
        { GRAY_DB_NAMES, look_name, mend_name } },
    [GRAY_REPAIR_OWNERS] = { { GRAY_DB_MEMBERS, look_owner, mend_owner } },
    [GRAY_REPAIR_MEMBERS] = { { GRAY_DB_MEMBERS, look_member, mend_member } },
    [GRAY_REPAIR_EXPIRIES] = { { GRAY_DB_EXPIRY, look_expiry, mend_expiry } },
};

/* Keys in the map are gone after a write. */
static int
mend(gray_txn_t *txn, gray_repair_t *repair, const walk_t *walk,
    gray_bytes_t value)
{
    unsigned char key[sizeof(repair->after)];
    size_t len = repair->after_len;

    memcpy(key, repair->after, len);
    if (walk->look == look_owner && len > 8) {
        repair->after_len = gray_follow_behind(repair->after);
    }

    return walk->mend(txn, gray_bytes(key, len), value);
}

static int
look(gray_txn_t *txn, gray_repair_t *repair, const walk_t *walk,
    gray_bytes_t key, gray_bytes_t value)
{
    int verdict = walk->look(txn, key, value);

    if (verdict < 0) {
        return verdict;
    }

    repair->looked++;
    memcpy(repair->after, key.data, key.len);
    repair->after_len = key.len;

    if (verdict == PASS) {
        repair->after_len = gray_follow_behind(repair->after);
        return PASS;
    }

    if (verdict == RIGHT) {
        return RIGHT;
    }

    repair->found++;
    if (repair->mend) {
        int rc = mend(txn, repair, walk, value);

        return rc != GRAY_STORE_OK ? rc : WRONG;
    }

    if (walk->look == look_owner && key.len > 8) {
        repair->after_len = gray_follow_behind(repair->after);
        return PASS;
    }

    return RIGHT;
}

/* Up to BURST entries, or to the first that ends a walk with one cursor.
 * ENOTFOUND at the end of the database. */
static int
burst(gray_txn_t *txn, gray_repair_t *repair, const walk_t *walk)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    int rc = mdb_cursor_open(txn->txn, txn->store->dbi[walk->db], &cursor);
    int verdict = RIGHT;

    if (rc != 0) {
        return gray_store_error(rc);
    }

    rc = gray_follow_seek(
        cursor, gray_bytes(repair->after, repair->after_len), &k, &v);
    for (unsigned i = 0; rc == 0 && verdict == RIGHT && i < BURST; i++) {
        verdict = look(txn, repair, walk, gray_bytes(k.mv_data, k.mv_size),
            gray_bytes(v.mv_data, v.mv_size));
        if (verdict == RIGHT) {
            rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
        }
    }
    mdb_cursor_close(cursor);

    return verdict < 0 ? verdict : gray_store_error(rc);
}

int
gray_store_repair_step(gray_txn_t *txn, gray_repair_t *repair)
{
    uint64_t deadline = gray_store_clock() + SLICE;

    do {
        const walk_t *walk = &walks[repair->part][repair->walk];
        int rc = burst(txn, repair, walk);

        if (rc == GRAY_STORE_ENOTFOUND) {
            repair->after_len = 0;
            repair->walk++;
            if (repair->walk == WALKS
                || walks[repair->part][repair->walk].look == NULL) {
                return 0;
            }
        } else if (rc != GRAY_STORE_OK) {
            return rc;
        }
    } while (gray_store_clock() < deadline);

    return 1;
}
